// The synapses between two neurons, as stored: for explanations, exporters and bindings.
#pragma once

#include <optional>
#include <vector>

#include "core/network.hpp"

namespace saltus {

// One stored synapse on the way from a source neuron to a target neuron. What arrives is weight *
// factor * payload.
struct Synapse {
    double weight = 0;  // int8: scale * q, not rounded; identity: 1
    double factor = 1;  // of an average pool in front: 1 / k^2 as float32; else 1

    friend bool operator==(const Synapse&, const Synapse&) = default;
};

// All synapses of a projection from one neuron to another, by index: one at most, unless a pool or
// a pool's overlapping windows stand in front of the weights. Empty: the neurons are not connected,
// or the projection is a max pool's. Cost: O(1) for dense, O(kernel) for convolutions, a binary
// search of the row for sparse.
std::vector<Synapse> synapses_between(const Network& network,
                                      ProjectionId projection,
                                      NeuronIndex source,
                                      NeuronIndex target);

namespace detail {

template <class Real>
struct CompiledProjection;

// Where a projection's weight from a seen slot (behind its pool) to a target slot is stored, in
// elements; none: no synapse. Not for identity and max pools.
std::optional<std::uint64_t> weight_place(const CompiledProjection<float>& projection,
                                          Slot seen,
                                          Slot target);

// The target slot of a seen slot through an identity.
Slot identity_target(const CompiledProjection<float>& projection, Slot seen);

}  // namespace detail

}  // namespace saltus
