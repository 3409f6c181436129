// How a NIR file's equations become ticks. NIR says differential equations; every framework has its
// own way of stepping them, and files say little of it. A convention is one such way; docs/nir.md
// has where each was read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/network_spec.hpp"

namespace saltus {

struct NirConvention {
    enum class Reset { to_v_reset, subtract };
    enum class Decay { euler, exponential };  // 1 - dt / tau; exp(-dt / tau)
    enum class Start { zero, v_leak, v_reset };

    std::string name;
    std::string title;
    std::optional<double> tick;  // the framework's own, where files do not state it; s
    Comparison comparison = Comparison::above;
    Reset reset = Reset::to_v_reset;  // a missing v_reset is 0
    bool previous_reset_counts =
        false;  // of subtract, as NeuronSpec has it: snnTorch without reset delay
    Decay decay = Decay::euler;
    Start start = Start::zero;
    CurrentUsed current = CurrentUsed::this_tick;  // of CubaLIF
    bool several_spikes = false;                   // IF: trunc(v / theta) a tick
    bool floor_at_minus_theta = false;             // IF: v never below -theta
};

// All that are known by name, in the order they are shown; the first is taken where nothing else is
// said.
const std::vector<NirConvention>& nir_conventions();

// Throws InputError naming the nearest.
NirConvention nir_convention(const std::string& name);

// "fires at v > theta", ...: one line each, for people.
std::vector<std::string> convention_words(const NirConvention& convention);

// Sets one of comparison, reset, previous, decay, start, current, spikes, floor:
// "comparison=at_least". Throws InputError with what there is.
void set_assumption(NirConvention& convention, const std::string& assignment);

}  // namespace saltus
