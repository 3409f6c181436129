// The name that somebody may have meant.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace saltus {

// Levenshtein's distance: characters to insert, drop or replace.
inline std::size_t name_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] =
                std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

// The first of the nearest; empty if there are no names.
inline std::string nearest_name(const std::vector<std::string>& names, std::string_view wanted) {
    std::string nearest;
    std::size_t least = 0;
    for (const std::string& name : names) {
        const std::size_t distance = name_distance(name, wanted);
        if (nearest.empty() || distance < least) {
            nearest = name;
            least = distance;
        }
    }
    return nearest;
}

}  // namespace saltus
