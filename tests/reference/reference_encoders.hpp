// The codings that the cases use, written a second time for the reference: activations -> events.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "tests/reference/reference.hpp"

namespace reference {

// Philox4x32-10 (Salmon et al. 2011): key = seed, low word first.
std::array<std::uint32_t, 4> philox(std::uint64_t seed, std::array<std::uint32_t, 4> counter);

struct EncoderKey {
    std::uint64_t seed = 0;
    std::uint64_t sample = 0;
    std::uint64_t population = 0;
    Tick T = 0;  // of the network; events at T or later are left out
};

// `population`: the JSON of an encoder (coding, T, c); `activations` by index.
Input encode(const Json& population, const std::vector<float>& activations, const EncoderKey& key);

// A case's sample: the packets of each encoder, by population number.
std::map<std::size_t, Input> read_inputs(const Json& network, const Json& sample);

}  // namespace reference
