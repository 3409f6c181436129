#include "models/trace/raster_text.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace saltus {

std::string escape(const std::string& text) {
    std::string out;
    for (const char c : text) {
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
                // Control characters cannot stand in XML at all.
                out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

std::string shorten(const std::string& name, std::size_t length) {
    if (name.size() <= length) {
        return name;
    }
    const auto boundary = [&](std::size_t at) {
        while (at < name.size() && (static_cast<unsigned char>(name[at]) & 0xC0U) == 0x80U) {
            ++at;
        }
        return at;
    };
    const std::size_t head = boundary(length / 2 - 1);
    const std::size_t tail = boundary(name.size() - length / 2);
    return name.substr(0, head) + "\u2026" + name.substr(tail);
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
