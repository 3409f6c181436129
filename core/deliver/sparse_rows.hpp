// Sparse projections: what the rows of a packet's slots add to their targets. Internal to core.
//
// All loops go through the rows in ascending source slot, so every target takes its contributions
// in the order of docs/semantics.md#the-input-of-a-tick. Cost: about a nanosecond a synapse while x stays in cache.
#pragma once

#include <cstdint>
#include <span>

#include "core/compiled/compiled_network.hpp"
#include "core/deliver/leap_input.hpp"
#include "core/deliver/touched_blocks.hpp"

namespace saltus::detail {

// Adds every synapse's weight, times the payload of its source (empty: all 1), to x by target slot.
// Not for int8.
template <class Real>
void add_sparse_rows(const CompiledProjection<Real>& projection,
                     std::span<const Slot> slots,
                     std::span<const float> payloads,
                     Real* x);

// The same into a list, with the targets.
void list_sparse_rows(const CompiledProjection<float>& projection,
                      std::span<const Slot> slots,
                      std::span<const float> payloads,
                      LeapInput& input);

// Sends for rows that will be read soon.
void fetch_sparse_rows(const CompiledProjection<float>& projection, std::span<const Slot> slots);

// Touches the block of every target.
template <class Real>
void touch_sparse_rows(const CompiledProjection<Real>& projection,
                       std::span<const Slot> slots,
                       std::uint32_t block,
                       TouchedBlocks& touched);

// Adds x to i at every target, once, and leaves x as +0 there: what add_sparse_rows has summed,
// where x was +0 before and no i is -0.
template <class Real>
void move_sparse_rows(const CompiledProjection<Real>& projection,
                      std::span<const Slot> slots,
                      Real* x,
                      Real* i);

// Stored synapses of the slots.
template <class Real>
std::uint64_t sparse_fan_out(const CompiledProjection<Real>& projection,
                             std::span<const Slot> slots) {
    std::uint64_t synapses = 0;
    for (const Slot slot : slots) {
        synapses += projection.offsets[slot + 1] - projection.offsets[slot];
    }
    return synapses;
}

}  // namespace saltus::detail
