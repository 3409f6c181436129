#include "cli/text_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace saltus::cli {

namespace {

constexpr std::size_t k_head = 12;  // "saturated   "

// Characters of UTF-8 text.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

// At most `most` characters, the end as ".." where it is cut.
std::string cut(const std::string& text, std::size_t most) {
    if (width_of(text) <= most) {
        return text;
    }
    std::size_t at = 0;
    for (std::size_t seen = 0; at < text.size(); ++at) {
        const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (starts && seen++ == most - 2) {
            break;
        }
    }
    return text.substr(0, at) + "..";
}

}  // namespace

std::string text_line(const std::string& head, const std::string& words) {
    std::string out = fmt::format("{:<{}}", head, k_head);
    std::size_t column = k_head;
    bool first = true;
    for (std::size_t at = 0; at < words.size();) {
        const std::size_t end = std::min(words.find(' ', at), words.size());
        const std::string word = words.substr(at, end - at);
        if (!first && column + 1 + width_of(word) > k_text_columns) {
            out += '\n' + std::string(k_head, ' ');
            column = k_head;
            first = true;
        }
        const std::string shown = cut(word, k_text_columns - k_head);
        out += (first ? "" : " ") + shown;
        column += width_of(shown) + (first ? 0 : 1);
        first = false;
        at = end + 1;
    }
    return out + '\n';
}

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const std::vector<std::string>& row : rows) {
        for (std::size_t k = 0; k < row.size(); ++k) {
            widths[k] = std::max(widths[k], width_of(row[k]));
        }
    }
    std::size_t others = 0;
    for (std::size_t k = 1; k < widths.size(); ++k) {
        others += widths[k] + 2;
    }
    const std::size_t room = others + 12 < k_text_columns ? k_text_columns - others : 12;
    widths[0] = std::min(widths[0], room);
    std::string out;
    for (const std::vector<std::string>& row : rows) {
        const std::string name = cut(row[0], room);
        std::string text = name + std::string(widths[0] - width_of(name), ' ');
        for (std::size_t k = 1; k < row.size(); ++k) {
            text += std::string(2 + widths[k] - width_of(row[k]), ' ') + row[k];
        }
        out += text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
    }
    return out;
}

}  // namespace saltus::cli
