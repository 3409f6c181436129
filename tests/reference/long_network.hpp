// Random networks that run so long that a leaping neuron's gap is longer than any table holds.
#pragma once

#include <cstdint>

#include "tests/reference/reference_network.hpp"

namespace reference {

// As random_case, with one sample, of which only the first and the last ticks are given: a few
// neurons of each clock, T above 2^16.
Json long_case(std::uint64_t seed);

}  // namespace reference
