// Numbers as people read them, the same in every report.
#pragma once

#include <cstdint>
#include <string>

namespace saltus::cli {

std::string grouped_text(std::uint64_t n);  // 1234567 as "1,234,567"
std::string number_text(double value);      // two decimals at most, or whole and grouped: "182.76"
std::string seconds_text(double seconds);   // with a unit: "75 us", "1.23 ms"
std::string percent_text(double share);     // 0.5 as "50.00 %"
std::string short_number(double value);     // four digits: "0.01234", "1.2e-06"
std::string samples_text(std::uint64_t n);  // "1 sample", "1,234 samples"

}  // namespace saltus::cli
