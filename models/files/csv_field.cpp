#include "models/files/csv_field.hpp"

#include <cstddef>

#include <fmt/format.h>

#include "models/files/utf8.hpp"

namespace saltus {

namespace {

// Whether it is apostrophes, none too, and then a sign that starts a formula.
bool starts_formula(const std::string& text, std::size_t from) {
    const std::size_t first = text.find_first_not_of('\'', from);
    return first != std::string::npos && std::string("=+-@").find(text[first]) != std::string::npos;
}

std::string without_controls(const std::string& text) {
    std::string out;
    for (const char c : escape_bytes(text)) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7F ? fmt::format("\\x{:02X}", byte) : std::string(1, c);
    }
    return out;
}

}  // namespace

std::string csv_field(const std::string& text) {
    const std::string shown = (starts_formula(text, 0) ? "'" : "") + without_controls(text);
    if (shown.find_first_of(",\"") == std::string::npos) {
        return shown;
    }
    std::string quoted = "\"";
    for (const char c : shown) {
        quoted += c;
        if (c == '"') {
            quoted += '"';
        }
    }
    return quoted + '"';
}

std::string without_csv_guard(const std::string& text) {
    return !text.empty() && text[0] == '\'' && starts_formula(text, 1) ? text.substr(1) : text;
}

}  // namespace saltus
