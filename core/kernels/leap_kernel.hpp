// The innermost loop of leaping neurons, in float32: the closed form of docs/semantics.md#clocks,
// what arrives, the test, and a bound on when the neuron may fire by itself. Compiled once for each
// instruction set (kernels.hpp). Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/leap_cells.hpp"

namespace saltus::detail {

inline constexpr std::uint32_t k_most_leap_receptors = 2;
inline constexpr std::uint32_t k_segments = 16;  // a multiple of 16

// How far the terms of the closed form can reach, over segments of the ticks ahead: within segment
// s, n from start[s] to start[s + 1] - 1, v - v_rest is at most
//
//   leak (v - v_rest) + sum over k of c[k] i[k] + d[k] drive[k]
//
// with, for each term, the greater of its factor's least and greatest value in the segment. Arrays
// are [k_segments]; segments beyond `segments` repeat the last one.
struct LeapBounds {
    struct Range {
        float least[k_segments];
        float greatest[k_segments];
        float magnitude = 0;   // the greatest in all segments and ever
        float least_ever = 0;  // over all n >= 1, 0 included
        float greatest_ever = 0;
    };

    std::uint32_t start[k_segments + 1] = {};  // ticks ahead; start[0] = 1, the last: the end
    Range leak;
    Range c[k_most_leap_receptors];
    Range d[k_most_leap_receptors];
};

// Neurons to be taken to tick t: the case of CompiledNeurons::has_leap_kernel (uniform parameters,
// one or two receptors, one spike a tick).
struct LeapRun {
    const std::uint32_t* slots = nullptr;  // in any order
    std::uint32_t count = 0;
    std::uint32_t receptors = 1;
    LeapCell* cells = nullptr;  // by slot
    Tick t = 0;
    bool arrived = false;                                  // something did, at all of them:
    const float* x[k_most_leap_receptors] = {};            // in the order of slots; nullptr: +0
    const float* effective[k_most_leap_receptors] = {};    // drive by slot; nullptr: none
    const std::uint64_t* held = nullptr;                   // a bit a slot; nullptr: nobody is held
    bool remembers[k_most_leap_receptors] = {true, true};  // false: the current is no state
    float gain[k_most_leap_receptors] = {};
    // Row n - 1, row_stride apart: power(beta, n), then a and c by receptor, then b and d by
    // receptor if any is driven.
    const float* rows = nullptr;
    std::uint32_t row_stride = 0;
    Tick row_count = 0;
    const LeapBounds* bounds = nullptr;
    float v_rest = 0;
    float theta = 1;
    float v_reset = 0;
    bool current_before = false;  // what arrives is used a tick later
    bool above = false;
    bool subtracts = true;
    bool may_fire = true;  // at t
    bool looks_on = true;  // may fire at t + 1
    bool has_refractory = false;
    bool keeps_held = false;
    bool drops_held = false;
};

// What a run writes, each list with room for 16 more than its neurons.
struct LeapOut {
    std::uint32_t* fired;       // slots
    NearTick* look_ticks;       // looks that are new
    std::uint32_t* look_slots;  // whose
};

// Stops at a neuron whose gap is longer than the rows: slots[done] if done < count.
struct LeapResult {
    std::uint32_t done = 0;
    std::uint32_t fired = 0;
    std::uint32_t looks = 0;
    bool failed = false;
    std::uint32_t not_finite = 0;  // the lowest slot whose h is not
};

}  // namespace saltus::detail
