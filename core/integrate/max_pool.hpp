// A max pool: a population without membrane (docs/semantics.md#max-pools). Internal to
// core.
#pragma once

#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/packet.hpp"

namespace saltus::detail {

struct MaxPoolState {
    std::vector<float> c;                // by_count: running sum a source slot
    std::vector<float> largest;          // by_count: M; by_tick: the largest payload of this tick
    std::vector<std::uint32_t> arrived;  // events of this tick, by slot

    void allocate(std::uint32_t sources, std::uint32_t neurons);
    void reset();
};

// Takes what arrives at this tick through the projection (behind a filter, `filtered`: then a
// source that sent nothing counts as 0) and writes what the pool emits.
template <class Real>
void pool_maximum(const CompiledProjection<Real>& projection,
                  const Shape& shape,
                  MaxPoolSpec::Mode mode,
                  bool filtered,
                  MaxPoolState& state,
                  const Packet& packet,
                  Packet& out);

}  // namespace saltus::detail
