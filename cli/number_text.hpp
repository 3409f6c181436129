// Numbers as people read them, the same in every report.
#pragma once

#include <cstdint>
#include <string>

namespace saltus::cli {

std::string grouped_text(std::uint64_t n);  // 1234567 as "1,234,567"
std::string number_text(double value);      // two decimals at most, or whole and grouped: "182.76"
std::string seconds_text(double seconds);   // with a unit: "75 us", "1.23 ms"
std::string percent_text(double share);     // 0.5 as "50.00 %"

}  // namespace saltus::cli
