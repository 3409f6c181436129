// The innermost loop of stepped neurons with synaptic currents, in float32: one pass over a run of
// neurons, compiled once for each instruction set (kernels.hpp). Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>

namespace saltus::detail {

inline constexpr std::uint32_t k_most_currents = 2;

// A run of leaky neurons with one or two receptors that decay (alpha not 0), uniform parameters,
// one spike a tick and a reset at firing, with neither floor, trace nor second order: the case of
// CompiledNeurons::has_current_kernel. For each neuron, docs/semantics.md#the-update-rule:
//
//   i'[k] = alpha[k] i[k] + x[k]
//   h     = (beta (v - v_rest) + v_rest) + gain[k] u[k] for k ascending, u = i or i'
//   test, reset
struct CurrentRun {
    std::uint32_t size = 0;
    std::uint32_t first = 0;  // slot of v[0], a multiple of 64
    std::uint32_t receptors = 1;
    float* v = nullptr;
    float* i[k_most_currents] = {};
    float* x[k_most_currents] = {};       // the input of the tick; left as +0. nullptr: no input
    const std::uint64_t* held = nullptr;  // a bit a neuron of the run; nullptr: nobody is held
    float beta = 1;
    float v_rest = 0;
    float theta = 1;
    float v_reset = 0;
    float alpha[k_most_currents] = {};
    float gain[k_most_currents] = {};
    bool current_before = false;  // u is the current of the tick before
    bool above = false;           // v > theta, not v >= theta
    bool subtracts = true;        // else to v_reset
    bool may_fire = true;
    bool keeps_held = false;  // held neurons keep v
    bool drops_held = false;  // held neurons take no input
    bool ask_changed = false;
};

struct CurrentResult {
    std::uint32_t fired = 0;       // slots written
    std::uint32_t not_finite = 0;  // place of the first h that is not; run.size: none
    bool passes = false;           // a membrane left over passes the test; if asked for changes
    bool changed = false;          // a bit of v or i, if asked for
};

// Consecutive ticks of the same, x staying in the nearest cache, v and i in registers: run.x[k] is
// the input of the first tick, the others' lie `x_pitch` apart, readable in whole words of 64
// neurons; all of it is left as +0. Masks have a bit a neuron.
struct CurrentStretch {
    CurrentRun run;  // not: held
    std::uint32_t ticks = 0;
    std::uint32_t x_pitch = 0;
    std::uint64_t* held = nullptr;  // [words]: before the first tick, then after the last
    // Who may fire again at a tick: [words, ticks], where those who fire and come free again so
    // soon are added.
    std::uint64_t* released = nullptr;
    std::uint32_t refractory = 0;    // ticks, at least as many as matter; 0: nobody is ever held
    std::uint64_t* fires = nullptr;  // [ticks, fires_pitch]: gets who fires
    std::size_t fires_pitch = 0;
    // [words]: gets the neurons whose v and i are as before, since they or neighbours of theirs did
    // not stay finite.
    std::uint64_t* stuck = nullptr;
};

struct CurrentStretchResult {
    bool changed = false;  // a bit of v or i, if asked for
    bool finite = true;
};

}  // namespace saltus::detail
