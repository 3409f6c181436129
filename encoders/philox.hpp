// The random numbers of the encoders: Philox4x32-10, counter based. A draw depends on what it is
// for and on nothing before it, so any neuron, tick and sample can be drawn alone, in any order, on
// any thread.
//
//   key     = (low word, high word) of the seed
//   counter = the low 32 bits of (neuron index, tick, sample, population * 256 + draw)
//
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
#pragma once

#include <array>
#include <cstdint>

#include "core/tick.hpp"

namespace saltus {

using RandomWords = std::array<std::uint32_t, 4>;

// What a draw is for.
struct RandomKey {
    std::uint64_t seed = 0;
    std::uint64_t sample = 0;  // its number in the data set, not in the run
    PopulationId population = 0;
    std::uint32_t draw = 0;  // below 256; numbers several draws of one neuron and tick
};

RandomWords philox(const RandomKey& key, NeuronIndex index, Tick tick);

// (word >> 8) * 2^-24: one of the 2^24 multiples of 2^-24 in [0, 1), exact in float32.
inline float unit_uniform(std::uint32_t word) {
    return static_cast<float>(word >> 8) * 0x1p-24F;
}

}  // namespace saltus
