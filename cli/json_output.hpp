// --json FILE|-: what every command gives for programs to read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace saltus::cli {

// The help text of the option, the same in every command.
inline constexpr const char* k_json_help =
    "Write the results as JSON to FILE, or to standard output for -";

// Indented, keys in the order given, one newline at the end; always UTF-8 (names of files that are
// not are escaped, models/files/utf8.hpp).
std::string json_text(nlohmann::ordered_json json);

// To a file, which appears whole or not at all, or to standard output for "-". Throws InputError if
// it cannot be created.
void write_json(const nlohmann::ordered_json& json, const std::string& where);

}  // namespace saltus::cli
