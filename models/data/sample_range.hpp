// Which samples to run: "0-999", "5", "1,3,7-9".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace saltus {

// The numbers named by `text`, ascending, each once, all below `samples`. Throws InputError whose
// path is `option` ("--samples"); `valid`: what it says is needed of a number that is not below
// `samples`; empty: just that. Memory: one number a sample of the data set at most.
std::vector<std::uint64_t> parse_sample_range(const std::string& text,
                                              std::uint64_t samples,
                                              const std::string& option,
                                              const std::string& valid = "");

}  // namespace saltus
