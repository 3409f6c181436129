#include "models/picture/picture_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "models/files/utf8.hpp"

namespace saltus {

namespace {

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The code point at `at` of well-formed UTF-8, of `size` bytes.
std::uint32_t code_point(const std::string& text, std::size_t at, std::size_t& size) {
    size = 1;
    while (at + size < text.size() && continues(text[at + size])) {
        ++size;
    }
    const auto lead = static_cast<unsigned char>(text[at]);
    std::uint32_t code = size == 1 ? lead : lead & (0x7FU >> size);
    for (std::size_t k = 1; k < size; ++k) {
        code = code << 6U | (static_cast<unsigned char>(text[at + k]) & 0x3FU);
    }
    return code;
}

bool can_be_shown(std::uint32_t code) {
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    const bool turns = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
                       code == 0x200E || code == 0x200F;
    const bool breaks = code == 0x2028 || code == 0x2029;
    return !control && !turns && !breaks && code != 0xFFFE && code != 0xFFFF;
}

}  // namespace

std::string printable(const std::string& text) {
    const std::string whole = escape_bytes(text);
    std::string out;
    std::size_t size = 0;
    for (std::size_t at = 0; at < whole.size(); at += size) {
        if (can_be_shown(code_point(whole, at, size))) {
            out.append(whole, at, size);
        } else {
            out += "\uFFFD";
        }
    }
    return out;
}

std::string escape(const std::string& text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::size_t letters(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::string shorten(const std::string& name, std::size_t length) {
    const std::size_t all = letters(name);
    if (all <= length) {
        return name;
    }
    // Where character `place` starts.
    const auto start = [&](std::size_t place) {
        std::size_t at = 0;
        for (std::size_t seen = 0; at < name.size(); ++at) {
            if (!continues(name[at]) && seen++ == place) {
                break;
            }
        }
        return at;
    };
    const std::size_t tail = (length - 1) / 2;
    const std::size_t head = length - 1 - tail;
    return name.substr(0, start(head)) + "\u2026" + name.substr(start(all - tail));
}

std::string grouped(std::uint64_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, "\u2009");
    }
    return text;
}

std::string counted(std::uint64_t number, const char* noun) {
    return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::uint64_t nice_step(std::uint64_t range, std::uint64_t most) {
    std::uint64_t power = 1;
    while (true) {
        for (const std::uint64_t factor : {1U, 2U, 5U}) {
            if (range / (power * factor) <= most) {
                return power * factor;
            }
        }
        power *= 10;
    }
}

std::string time_text(double seconds) {
    constexpr std::array<std::pair<double, const char*>, 4> k_units = {
        {{1, "s"}, {1e-3, "ms"}, {1e-6, "\u00b5s"}, {1e-9, "ns"}}};
    for (const auto& [unit, name] : k_units) {
        if (seconds >= unit * 0.9999) {
            return fmt::format("{:.4g} {}", seconds / unit, name);
        }
    }
    return fmt::format("{:.4g} s", seconds);
}

}  // namespace saltus
