// Random networks of the size that runs layer by layer and tile by tile: deep, wide and long where
// those of random_network.hpp are small and odd. In the same format; the same seed gives the same
// network everywhere.
#pragma once

#include <cstdint>

#include "tests/reference/reference_network.hpp"

namespace reference {

// As random_case, with one sample or two. Two networks side by side, each of dense layers of 64
// targets and more, of convolutions behind pools, or of hundreds of neurons of any kind; weights
// mostly of one type, float32 or int8; sources that fire seldom, often or at every tick; T to 150.
Json deep_case(std::uint64_t seed);

}  // namespace reference
