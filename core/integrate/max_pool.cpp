#include "core/integrate/max_pool.hpp"

#include <algorithm>

#include "core/compiled/pooling_window.hpp"

namespace saltus::detail {

void MaxPoolState::allocate(std::uint32_t sources, std::uint32_t neurons) {
    c.resize(sources);
    largest.resize(neurons);
    arrived.resize(neurons);
}

void MaxPoolState::reset() {
    std::fill(c.begin(), c.end(), 0.0F);
    std::fill(largest.begin(), largest.end(), 0.0F);
    std::fill(arrived.begin(), arrived.end(), 0U);
}

template <class Real>
void pool_maximum(const CompiledProjection<Real>& projection,
                  const Shape& shape,
                  MaxPoolSpec::Mode mode,
                  bool filtered,
                  MaxPoolState& state,
                  const Packet& packet,
                  Packet& out) {
    const Shape& source = projection.seen;
    const std::uint32_t k = projection.window_k;
    const std::uint32_t stride = projection.window_stride;
    for (std::size_t e = 0; e < packet.slots.size(); ++e) {
        const Slot slot = packet.slots[e];
        const bool by_count = mode == MaxPoolSpec::Mode::by_count;
        if (by_count) {
            state.c[slot] = state.c[slot] + packet.payload(e);
        }
        for_each_pooled_slot(source, shape, k, stride, slot, [&](Slot to) {
            if (state.arrived[to]++ == 0) {
                out.slots.push_back(to);
            }
            if (by_count) {
                return;
            }
            const float payload = packet.payload(e);
            state.largest[to] =
                state.arrived[to] == 1 ? payload : std::max(state.largest[to], payload);
        });
    }
    std::sort(out.slots.begin(), out.slots.end());

    std::size_t kept = 0;
    for (const Slot slot : out.slots) {
        float emitted = 0;
        bool emits = true;
        if (mode == MaxPoolSpec::Mode::by_tick) {
            emitted = state.largest[slot];
            if (filtered) {
                if (state.arrived[slot] < k * k) {
                    emitted = std::max(emitted, 0.0F);
                }
                emits = emitted != 0;
            }
        } else {
            const WindowSources sources(source, shape, k, stride, slot);
            float most = state.c[sources[0]];
            for (std::uint32_t n = 1; n < sources.count(); ++n) {
                most = std::max(most, state.c[sources[n]]);
            }
            emitted = most - state.largest[slot];
            state.largest[slot] = most;
            emits = emitted > 0;
        }
        state.arrived[slot] = 0;
        if (emits) {
            out.slots[kept++] = slot;
            out.payloads.push_back(emitted);
        }
    }
    out.slots.resize(kept);
    out.drop_unit_payloads();
}

template void pool_maximum<float>(const CompiledProjection<float>&,
                                  const Shape&,
                                  MaxPoolSpec::Mode,
                                  bool,
                                  MaxPoolState&,
                                  const Packet&,
                                  Packet&);
template void pool_maximum<double>(const CompiledProjection<double>&,
                                   const Shape&,
                                   MaxPoolSpec::Mode,
                                   bool,
                                   MaxPoolState&,
                                   const Packet&,
                                   Packet&);

}  // namespace saltus::detail
