// Numbers on the command line, and the nearest of what was meant.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
class Option;
class ParseError;
}  // namespace CLI

namespace saltus::cli {

inline constexpr std::uint64_t k_most_ticks = std::uint64_t{1} << 53;

// Of an option that takes a whole number: decimal digits alone ("012" is 12; "0x10", "1e3", "+1"
// and what is out of range are refused, with the range in words). The option's help shows N.
void takes_whole_number(CLI::Option* option, std::uint64_t least, std::uint64_t most);
// Of an option that takes a seed: any whole number below 2^64.
void takes_seed(CLI::Option* option);
// Of an option that takes a finite decimal number above 0. The help shows X.
void takes_positive_number(CLI::Option* option);

// One line for what CLI11 found wrong, with the nearest verb or option where one is unknown.
std::string parse_complaint(const CLI::App& app, const CLI::ParseError& error);

}  // namespace saltus::cli
