// Lines and tables of at most 100 columns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace saltus::cli {

inline constexpr std::size_t k_text_columns = 100;

// A line that starts with `head`, in a column of its own; words move to further lines where they do
// not fit.
std::string text_line(const std::string& head, const std::string& words);

// The first column to the left, the others to the right; the first is cut where a row would be too
// long. Rows: the head first; a row may lack cells at its end.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace saltus::cli
