// A dense or convolutional connection as sparse rows, its weights of zero left out.
//
// The network computes the same bits (proto/README.md says why): to a stepped population a weight
// of zero adds +-0 to a sum that is never -0. A lazy block and a leaping neuron are advanced by any
// stored synapse, of whatever weight; so for a lazy population a source keeps one zero in each
// block that no other weight of its row reaches, and for a leaping one it keeps them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/network_spec.hpp"

namespace saltus {

struct ThinRows {
    std::vector<std::uint64_t> offsets;  // [sources + 1], by index
    std::vector<std::uint32_t> targets;  // by index, ascending in each row
    std::vector<std::byte> weights;      // of the tensor's type, one a target listed
    std::vector<float> scales;           // int8: one, or one a target neuron; else empty
    std::uint64_t synapses_before = 0;
    std::uint64_t zeros_kept = 0;
};

// Weights of a dense or convolutional projection of `network`: how many there are, padding apart,
// and how many of them are not zero.
struct WeightCensus {
    std::uint64_t weights = 0;
    std::uint64_t nonzero = 0;
};

WeightCensus take_census(const NetworkSpec& network, const ProjectionSpec& projection);

// `projection`: dense or convolutional, of a network without faults. Empty if every weight is zero
// and none is kept. Cost: two passes over all synapses.
ThinRows thin_rows(const NetworkSpec& network, const ProjectionSpec& projection);

}  // namespace saltus
