// The update rule (docs/semantics.md#the-update-rule): what one tick, or a gap of ticks, makes of
// neurons. What else has it, faster, is held to the bits of this one. Internal to core.
#pragma once

#include <cstdint>
#include <optional>

#include "core/integrate/rule/population.hpp"
#include "core/packet.hpp"

namespace saltus::detail {

// passes(h) and reset(h, n) of docs/semantics.md#the-update-rule.
template <class Real>
inline bool passes(Comparison comparison, Real h, Real theta) {
    return comparison == Comparison::at_least ? h >= theta : h > theta;
}

template <class Real>
inline Real reset(Reset kind, Real h, Real n, Real theta, Real v_reset) {
    if (kind == Reset::subtract) {
        return h - n * theta;
    }
    return kind == Reset::to_v_reset ? v_reset : h;
}

inline constexpr std::uint32_t k_too_many_spikes = 0xFFFFFFFFU;

// The number of spikes of one neuron at h; k_too_many_spikes: that many or more, which no count
// holds, so the sample fails.
template <class Real>
inline std::uint32_t spikes_of(const NeuronSpec& rule, Real h, Real theta) {
    if (rule.spikes_per_tick == SpikesPerTick::one) {
        return passes(rule.comparison, h, theta) ? 1 : 0;
    }
    const Real n = h / theta;
    if (!(h > 0)) {
        return 0;
    }
    return n < static_cast<Real>(k_too_many_spikes) ? static_cast<std::uint32_t>(n)
                                                    : k_too_many_spikes;
}

// What an update did.
struct UpdateOutcome {
    bool changed = false;            // a bit of state (only asked for without input)
    bool passes = false;             // a membrane left over passes the test
    std::uint32_t fired = 0;         // neurons that fired
    std::optional<Slot> not_finite;  // the first neuron whose h is not finite
    std::optional<Slot> too_many;    // the first neuron that would fire 2^32 - 1 spikes or more
    // Where the plain form of the rule writes h before the test (one chunk of float32 neurons at
    // most); nullptr: nowhere. Set by neuron_replay.cpp, which explains a membrane.
    float* tested = nullptr;
};

// Takes the slots [begin, end) to tick t, `gap` ticks after their last update (1: stepped).
// `state.x` holds the input, unless x_clear or x_waits is set. Fired slots are appended to `out`
// with payloads if the population fires several spikes a tick. Cost: a few passes over the slots in
// chunks that stay in cache.
template <class Real>
void update(const CompiledNeurons<Real>& rule,
            PopulationState<Real>& state,
            std::uint32_t begin,
            std::uint32_t end,
            Tick t,
            Tick gap,
            bool ask_changed,
            Packet& out,
            UpdateOutcome& outcome);

}  // namespace saltus::detail
