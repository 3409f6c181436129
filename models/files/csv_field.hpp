// A field of a CSV line.
#pragma once

#include <string>

namespace saltus {

// The text as one field (RFC 4180): in quotes, and its quotes doubled, if it must be.
std::string csv_field(const std::string& text);

}  // namespace saltus
