// A field of a CSV line.
#pragma once

#include <string>

namespace saltus {

// The text as one field (RFC 4180): in quotes, and its quotes doubled, if it must be. Safe to open
// elsewhere: what a spreadsheet would take for a formula (a leading = + - or @) gets an apostrophe
// in front, as one that stands before such a sign already does; control characters and bytes that
// are no UTF-8 are written \x0A, so that a line of text is a line of the table.
std::string csv_field(const std::string& text);

// The text without the apostrophe that csv_field() put in front.
std::string without_csv_guard(const std::string& text);

}  // namespace saltus
