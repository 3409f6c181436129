// JSON as it stands within a page.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace saltus {

// Fit to stand in a <script>: no `<` can close it or open a comment. Text that is no UTF-8 (a
// file's name) is mended.
inline std::string script_text(const nlohmann::ordered_json& json) {
    const std::string text =
        json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    std::string safe;
    safe.reserve(text.size());
    for (const char c : text) {
        if (c == '<') {
            safe += "\\u003c";
        } else {
            safe += c;
        }
    }
    return safe;
}

}  // namespace saltus
