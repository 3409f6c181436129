// A number that tells one sample's raw input from another's: in a trace, so that who replays a
// sample knows that the data are the same.
#pragma once

#include <cstdint>
#include <span>

#include "models/pipeline.hpp"

namespace saltus {

// XXH3-64 of all inputs' numbers, one input after the other, as little-endian float32, whether they
// are stored so or as bytes.
std::uint64_t input_digest(std::span<const SampleInput> inputs);

}  // namespace saltus
