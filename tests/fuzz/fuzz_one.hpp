// One fuzz target a program: what it does with one input. Bad input must end in one of our own
// errors, which the target swallows; anything else (another exception, a crash, a hang, a wild
// allocation) is a fault. Run two ways: replay.cpp is an ordinary test over the committed corpus
// and seeded mutations of it; libfuzzer.cpp, with -DSALTUS_LIBFUZZER=ON, searches on.
#pragma once

#include <cstddef>
#include <span>

namespace saltus::fuzz {

void fuzz_one(std::span<const std::byte> input);

}  // namespace saltus::fuzz
