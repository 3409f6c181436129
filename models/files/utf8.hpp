// Text that is UTF-8, as protobuf, JSON and XML need it, and names of files that need not be.
// Source: RFC 3629.
#pragma once

#include <string>
#include <string_view>

namespace saltus {

// True if every byte is part of a well-formed character (no overlong form, no surrogate).
bool is_utf8(std::string_view text);

// The text with every byte that is part of no character as \xE9: UTF-8, for people. Text that is
// UTF-8 stays as it is.
std::string escape_bytes(std::string_view text);

}  // namespace saltus
