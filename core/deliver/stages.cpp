// What a packet passes before its synapses: the source filter, the linear pool; and what it counts.
#include <algorithm>
#include <bit>
#include <utility>

#include "core/compiled/pooling_window.hpp"
#include "core/deliver/projection.hpp"
#include "core/memory/nonzero_bytes.hpp"

namespace saltus::detail {

namespace {

constexpr std::uint32_t k_most_counted = 255;  // spikes of a window, in a byte

}  // namespace

template <class Real>
void ProjectionState<Real>::allocate(const CompiledProjection<Real>& projection,
                                     std::uint32_t sources) {
    if (projection.filter) {
        p.resize(sources);
        p2.resize(sources);
    }
    if (projection.pool) {
        const CompiledPool& pool = *projection.pool;
        pool_sums.resize(pool.pooled.size());
        pool_marks.resize((pool_sums.size() + 63) / 64);
        if (!pool.shifts.empty() && pool.k * pool.k <= k_most_counted) {
            pool_counts.resize(pool_marks.size() * 64);
        }
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

// Makes the pooled packet of all marked slots, ascending; take_sum takes a slot's sum away.
template <class Real, class TakeSum>
void take_pooled(const CompiledPool& pool, ProjectionState<Real>& state, TakeSum take_sum) {
    std::size_t count = 0;
    for (const std::uint64_t marks : state.pool_marks) {
        count += static_cast<std::size_t>(std::popcount(marks));
    }
    Packet& pooled = state.pooled;
    pooled.slots.resize(count);
    pooled.payloads.resize(count);
    std::size_t k = 0;
    for (std::size_t w = 0; w < state.pool_marks.size(); ++w) {
        for (std::uint64_t marks = state.pool_marks[w]; marks != 0; marks &= marks - 1) {
            const auto to = static_cast<Slot>(w * 64) + static_cast<Slot>(std::countr_zero(marks));
            pooled.slots[k] = to;
            pooled.payloads[k++] = take_sum(to) * pool.factor;
        }
        state.pool_marks[w] = 0;
    }
    pooled.drop_unit_payloads();
}

// Spikes in windows that do not overlap, counted by slot: sums of ones are exact.
template <class Real>
void pool_spikes(const CompiledPool& pool, ProjectionState<Real>& state, const Packet& packet) {
    std::uint8_t* const counts = state.pool_counts.data();
    const PixelOf pixel_of(pool.source.channels());
    for (const Slot slot : packet.slots) {
        if (const std::uint32_t shift = pool.shifts[pixel_of(slot)]; shift != k_no_window) {
            ++counts[slot + shift];
        }
    }
    for (std::size_t w = 0; w < state.pool_marks.size(); ++w) {
        state.pool_marks[w] = nonzero_bytes(counts + w * 64, 64);
    }
    take_pooled(
        pool, state, [&](Slot to) { return static_cast<float>(std::exchange(counts[to], 0)); });
}

template <class Real>
const Packet& pool_packet(const CompiledProjection<Real>& projection,
                          ProjectionState<Real>& state,
                          const Packet& packet) {
    const CompiledPool& pool = *projection.pool;
    if (!state.pool_counts.empty() && packet.payloads.empty()) {
        pool_spikes(pool, state, packet);
        return state.pooled;
    }
    const PixelOf pixel_of(pool.source.channels());
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        const Slot slot = packet.slots[k];
        const auto add = [&, payload = packet.payload(k)](Slot to) {
            state.pool_sums[to] = state.pool_sums[to] + payload;
            state.pool_marks[to / 64] |= std::uint64_t{1} << (to % 64);
        };
        if (pool.shifts.empty()) {
            for_each_pooled_slot(pool.source, pool.pooled, pool.k, pool.stride, slot, add);
        } else if (const std::uint32_t shift = pool.shifts[pixel_of(slot)]; shift != k_no_window) {
            add(slot + shift);
        }
    }
    take_pooled(pool, state, [&](Slot to) { return std::exchange(state.pool_sums[to], 0.0F); });
    return state.pooled;
}

// Synapses of a packet's slots before the pool.
template <class Real>
class SynapsesOf {
  public:
    explicit SynapsesOf(const CompiledProjection<Real>& projection)
        : projection_(projection),
          pixel_of_((projection.pool ? projection.pool->source : projection.seen).dims[0]) {}

    std::uint64_t operator()(Slot slot) const {
        if (!projection_.pixel_synapses.empty()) {
            return projection_.pixel_synapses[pixel_of_(slot)];
        }
        if (!projection_.pool) {
            return projection_.fan_out(slot);
        }
        const CompiledPool& pool = *projection_.pool;
        std::uint64_t synapses = 0;
        for_each_pooled_slot(pool.source, pool.pooled, pool.k, pool.stride, slot, [&](Slot to) {
            synapses += projection_.fan_out(to);
        });
        return synapses;
    }

    // Of all of them together.
    [[nodiscard]] std::uint64_t all(const std::vector<Slot>& slots) const {
        std::uint64_t synapses = 0;
        if (projection_.pixel_synapses.empty()) {
            for (const Slot slot : slots) {
                synapses += (*this)(slot);
            }
        } else {
            for (const Slot slot : slots) {
                synapses += projection_.pixel_synapses[pixel_of_(slot)];
            }
        }
        return synapses;
    }

  private:
    const CompiledProjection<Real>& projection_;
    PixelOf pixel_of_;
};

// Calls each(slot, spikes, n) for what arrives: n spikes of a slot, or one graded event.
template <class Real, class Each>
void for_each_arrival(const CompiledProjection<Real>& projection, const Packet& packet, Each each) {
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        const float payload = packet.payload(k);
        const bool spikes = !projection.filter && (projection.payload_counts || payload == 1.0F);
        each(packet.slots[k], spikes, spikes ? static_cast<std::uint64_t>(payload) : 1);
    }
}

template <class Real>
void count_arrival(const CompiledProjection<Real>& projection,
                   const Packet& packet,
                   ProjectionCounts& counts) {
    if (projection.kind == ConnectionKind::dense && !projection.pool && !projection.filter &&
        packet.payloads.empty()) {
        counts.acs += std::uint64_t{projection.targets} * packet.slots.size();
        return;
    }
    const SynapsesOf<Real> synapses_of(projection);
    if (!projection.filter && packet.payloads.empty()) {
        counts.acs += synapses_of.all(packet.slots);
        counts.pool_operations += projection.pool ? packet.slots.size() : 0;
        return;
    }
    for_each_arrival(projection, packet, [&](Slot slot, bool spikes, std::uint64_t n) {
        (spikes ? counts.acs : counts.graded_macs) += n * synapses_of(slot);
        counts.pool_operations += projection.pool ? n : 0;
    });
}

template <class Real>
void count_zero_weights(const CompiledProjection<Real>& projection,
                        std::span<const std::uint64_t> zeros,
                        const Packet& packet,
                        ZeroWeightCounts& counts) {
    if (!projection.filter && packet.payloads.empty()) {
        for (const Slot slot : packet.slots) {
            counts.acs += zeros[slot];
        }
        return;
    }
    for_each_arrival(projection, packet, [&](Slot slot, bool spikes, std::uint64_t n) {
        (spikes ? counts.acs : counts.graded_macs) += n * zeros[slot];
    });
}

#define SALTUS_INSTANTIATE(Real)                                                 \
    template struct ProjectionState<Real>;                                       \
    template const Packet& filter_packet<Real>(                                  \
        const CompiledProjection<Real>&, ProjectionState<Real>&, const Packet*); \
    template const Packet& pool_packet<Real>(                                    \
        const CompiledProjection<Real>&, ProjectionState<Real>&, const Packet&); \
    template void count_arrival<Real>(                                           \
        const CompiledProjection<Real>&, const Packet&, ProjectionCounts&);      \
    template void count_zero_weights<Real>(const CompiledProjection<Real>&,      \
                                           std::span<const std::uint64_t>,       \
                                           const Packet&,                        \
                                           ZeroWeightCounts&);

SALTUS_INSTANTIATE(float)
SALTUS_INSTANTIATE(double)

}  // namespace saltus::detail
