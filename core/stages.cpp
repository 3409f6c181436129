// What a packet passes before its synapses: the source filter, the linear pool; and what it counts.
#include <algorithm>

#include "core/pooling_window.hpp"
#include "core/projection.hpp"

namespace saltus::detail {

template <class Real>
void ProjectionState<Real>::allocate(const CompiledProjection<Real>& projection,
                                     std::uint32_t sources) {
    if (projection.filter) {
        p.resize(sources);
        p2.resize(sources);
    }
    if (projection.pool) {
        pool_sums.resize(projection.pool->pooled.size());
        pool_marks.resize(pool_sums.size());
    }
    if (projection.weights8 != nullptr) {
        sums.resize(std::max<std::uint64_t>(
            projection.targets, projection.kind == ConnectionKind::dense ? projection.pitch : 0));
    }
}

template <class Real>
void ProjectionState<Real>::reset() {
    std::fill(p.begin(), p.end(), Real(0));
    std::fill(p2.begin(), p2.end(), Real(0));
    filter_active = false;
}

template <class Real>
const Packet& filter_packet(const CompiledProjection<Real>& projection,
                            ProjectionState<Real>& state,
                            const Packet* packet) {
    const Filter<Real> f = *projection.filter;
    state.filtered.clear();
    state.filter_active = false;
    std::size_t k = 0;
    for (Slot slot = 0; slot < state.p.size(); ++slot) {
        Real x = 0;
        if (packet != nullptr && k < packet->slots.size() && packet->slots[k] == slot) {
            x = static_cast<Real>(packet->payload(k++));
        }
        const Real value = (f.a1 * state.p[slot] + f.a2 * state.p2[slot]) + f.b * x;
        state.p2[slot] = state.p[slot];
        state.p[slot] = value;
        if (value != 0) {
            state.filtered.slots.push_back(slot);
            state.filtered.payloads.push_back(static_cast<float>(value));
        }
        state.filter_active |= value != 0 || state.p2[slot] != 0;
    }
    state.filtered.drop_unit_payloads();
    return state.filtered;
}

template <class Real>
const Packet& pool_packet(const CompiledProjection<Real>& projection,
                          ProjectionState<Real>& state,
                          const Packet& packet) {
    const CompiledPool& pool = *projection.pool;
    Packet& pooled = state.pooled;
    pooled.clear();
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        for_each_pooled_slot(
            pool.source, pool.pooled, pool.k, pool.stride, packet.slots[k], [&](Slot to) {
                if (state.pool_marks[to] == 0) {
                    state.pool_marks[to] = 1;
                    state.pool_sums[to] = 0;
                    pooled.slots.push_back(to);
                }
                state.pool_sums[to] = state.pool_sums[to] + packet.payload(k);
            });
    }
    if (pooled.slots.size() * 16 < state.pool_marks.size()) {
        std::sort(pooled.slots.begin(), pooled.slots.end());
    } else {
        pooled.slots.clear();
        for (Slot slot = 0; slot < state.pool_marks.size(); ++slot) {
            if (state.pool_marks[slot] != 0) {
                pooled.slots.push_back(slot);
            }
        }
    }
    for (const Slot slot : pooled.slots) {
        state.pool_marks[slot] = 0;
        pooled.payloads.push_back(pool.average ? state.pool_sums[slot] * pool.factor
                                               : state.pool_sums[slot]);
    }
    pooled.drop_unit_payloads();
    return pooled;
}

template <class Real>
void count_arrival(const CompiledProjection<Real>& projection,
                   const Packet& packet,
                   ProjectionCounts& counts) {
    if (!projection.pool && !projection.filter && packet.payloads.empty()) {
        counts.acs += fan_out_of(projection, packet);
        return;
    }
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        std::uint64_t fan_out = 0;
        if (projection.pool) {
            const CompiledPool& pool = *projection.pool;
            for_each_pooled_slot(
                pool.source, pool.pooled, pool.k, pool.stride, packet.slots[k], [&](Slot to) {
                    fan_out += projection.fan_out(to);
                });
        } else {
            fan_out = projection.fan_out(packet.slots[k]);
        }
        const float payload = packet.payload(k);
        const bool spikes = !projection.filter && (projection.payload_counts || payload == 1.0F);
        const std::uint64_t n = spikes ? static_cast<std::uint64_t>(payload) : 1;
        (spikes ? counts.acs : counts.graded_macs) += n * fan_out;
        if (projection.pool) {
            counts.pool_operations += n;
        }
    }
}

#define SALTUS_INSTANTIATE(Real)                                                 \
    template struct ProjectionState<Real>;                                       \
    template const Packet& filter_packet<Real>(                                  \
        const CompiledProjection<Real>&, ProjectionState<Real>&, const Packet*); \
    template const Packet& pool_packet<Real>(                                    \
        const CompiledProjection<Real>&, ProjectionState<Real>&, const Packet&); \
    template void count_arrival<Real>(                                           \
        const CompiledProjection<Real>&, const Packet&, ProjectionCounts&);

SALTUS_INSTANTIATE(float)
SALTUS_INSTANTIATE(double)

}  // namespace saltus::detail
