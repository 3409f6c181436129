// Workloads C, C-fine and C2: the balanced network of current-based neurons of Vogels and Abbott
// (2005), as benchmarked by Brette et al. (2007, "CUBA"): sparse, recurrent, irregular activity.
//
//   dv/dt = (g_e + g_i - (v - rest)) / tau_m, integrated exactly per tick; dg_k/dt = -g_k / tau_k
//
//   tau_m 20 ms, tau_e 5 ms, tau_i 10 ms, threshold -50 mV, reset -60 mV, rest -49 mV, refractory
//   5 ms (v kept, currents go on), delay 1.5 ms, weights 1.62 mV (excitatory) and -9 mV
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "tests/bench/networks/owned_network.hpp"

namespace saltus::bench {

struct VogelsAbbott {
    std::uint32_t neurons = 4000;
    std::uint32_t excitatory = 3200;  // the first of them
    double weight_scale = 1;          // times both weights
    std::vector<std::uint32_t> pre;   // by synapse, ascending
    std::vector<std::uint32_t> post;
    std::vector<double> v0;  // volt, by neuron
};

// C's wiring and initial membranes: v0.f64 and pre.i32, post.i32 (or the same with .xz, which needs
// the xz program) in `directory`. Throws std::runtime_error if a file is missing or does not fit.
VogelsAbbott read_vogels_abbott(const std::filesystem::path& directory);

// C2: 10,000 neurons, each ordered pair of different neurons connected with probability 0.1, C's
// weights times 0.08, v0 uniform between reset and threshold. About 10^7 synapses.
VogelsAbbott draw_vogels_abbott(std::uint64_t seed);

// One population with two receptors, `seconds` long, with ticks of 0.1 ms (ticks_per_ms 10) or
// 0.01 ms (100); parameters are float64 values, which the float32 engine rounds.
OwnedNetwork vogels_abbott_network(const VogelsAbbott& wiring,
                                   std::uint32_t ticks_per_ms,
                                   Clock clock,
                                   double seconds = 1);

}  // namespace saltus::bench
