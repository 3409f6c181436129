// Delivery: what a packet adds to its targets, on its way through a projection's source filter and
// pool. Internal to core.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/counts.hpp"
#include "core/deliver/touched_blocks.hpp"
#include "core/memory/lanes.hpp"
#include "core/packet.hpp"

namespace saltus::detail {

// A projection's mutable state and scratch.
template <class Real>
struct ProjectionState {
    std::uint64_t waits_for = 0;  // number of the next packet of the source that has not arrived
    std::vector<Real> p, p2;      // source filter, by source slot
    bool filter_active = false;   // a filter value is not 0

    Packet filtered;                        // what the filter sends at this tick
    Packet pooled;                          // what the pool sends at this tick
    std::vector<float> pool_sums;           // by pooled slot
    std::vector<std::uint64_t> pool_marks;  // a bit a pooled slot: has a sum
    // Spikes by pooled slot; empty if windows overlap or are large.
    std::vector<std::uint8_t> pool_counts;
    std::vector<std::int32_t> sums;  // int8: exact sums of this tick, by target slot

    void allocate(const CompiledProjection<Real>& projection, std::uint32_t sources);
    void reset();
};

// Advances the source filter by one tick (packet: what arrives, or nullptr) and returns what it
// sends: every value that is not 0.
template <class Real>
const Packet& filter_packet(const CompiledProjection<Real>& projection,
                            ProjectionState<Real>& state,
                            const Packet* packet);

// Sums (averages) a packet's payloads by pooled slot, in ascending source slot.
template <class Real>
const Packet& pool_packet(const CompiledProjection<Real>& projection,
                          ProjectionState<Real>& state,
                          const Packet& packet);

// Counts a packet that arrives (before the pool) as docs/metrics.md#model-counts defines.
template <class Real>
void count_arrival(const CompiledProjection<Real>& projection,
                   const Packet& packet,
                   ProjectionCounts& counts);

// Counts, of the same, what goes through weights of zero. `zeros`: see ZeroWeights::of; not empty.
template <class Real>
void count_zero_weights(const CompiledProjection<Real>& projection,
                        std::span<const std::uint64_t> zeros,
                        const Packet& packet,
                        ZeroWeightCounts& counts);

// Adds the packet (behind filter and pool) to x, one contribution at a time in ascending source
// slot. Returns the bytes of weights read.
template <class Real>
std::uint64_t add_to_targets(const CompiledProjection<Real>& projection,
                             ProjectionState<Real>& state,
                             const Packet& packet,
                             Lanes<Real>& x);

// Marks the blocks (of `block` consecutive target slots) into which the packet has a stored
// synapse.
template <class Real>
void mark_blocks(const CompiledProjection<Real>& projection,
                 const Packet& packet,
                 std::uint32_t block,
                 TouchedBlocks& touched);

// Adds weight * value of a held packet to the drive, in ascending slot.
template <class Real>
void add_held(const CompiledProjection<Real>& projection, const Packet& held, Lanes<Real>& drive);

// Stored synapses of all slots of a packet, behind filter and pool.
template <class Real>
std::uint64_t fan_out_of(const CompiledProjection<Real>& projection, const Packet& packet) {
    if (projection.kind == ConnectionKind::dense) {
        return std::uint64_t{projection.targets} * packet.slots.size();
    }
    std::uint64_t synapses = 0;
    for (const Slot slot : packet.slots) {
        synapses += projection.fan_out(slot);
    }
    return synapses;
}

// Bytes that adding a synapse's weight reads.
template <class Real>
std::uint64_t weight_bytes(const CompiledProjection<Real>& projection) {
    const std::uint64_t element = projection.one_weight             ? 0
                                  : projection.weights8 != nullptr  ? 1
                                  : projection.weights32 != nullptr ? 4
                                                                    : 8;
    const std::uint64_t index = projection.kind != ConnectionKind::sparse ? 0
                                : projection.sparse_targets16 != nullptr  ? sizeof(std::uint16_t)
                                                                          : sizeof(Slot);
    return element + index;
}

// Calls each(target begin, target end, weight offset) for every run of targets of a seen slot.
template <class Real, class Each>
void for_each_run(const CompiledProjection<Real>& projection, Slot slot, Each each) {
    switch (projection.kind) {
        case ConnectionKind::dense:
            each(Slot{0}, Slot{projection.targets}, slot * projection.pitch);
            return;
        case ConnectionKind::conv2d: {
            const std::uint32_t channels = projection.seen.channels();
            const std::uint32_t c = slot % channels;
            const std::uint32_t pixel = slot / channels;
            const std::uint32_t out = projection.target_shape.channels();
            const std::uint32_t run = out / projection.groups;
            const std::uint32_t first = c / (channels / projection.groups) * run;
            const std::uint32_t width = projection.target_shape.width();
            const std::uint32_t y = pixel / projection.seen.width();
            const std::uint32_t x = pixel % projection.seen.width();
            for (std::uint32_t r = projection.row_starts[y]; r < projection.row_starts[y + 1];
                 ++r) {
                const Tap row = projection.row_taps[r];
                for (std::uint32_t k = projection.column_starts[x];
                     k < projection.column_starts[x + 1];
                     ++k) {
                    const Tap column = projection.column_taps[k];
                    const Slot to = (row.target * width + column.target) * out + first;
                    const std::uint64_t tap =
                        (std::uint64_t{c} * projection.kernel_height + row.kernel) *
                            projection.kernel_width +
                        column.kernel;
                    each(to, to + run, tap * projection.pitch);
                }
            }
            return;
        }
        default:
            return;
    }
}

}  // namespace saltus::detail
