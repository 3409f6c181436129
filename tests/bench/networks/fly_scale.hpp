// Workload I: a sparse recurrent network of the size of the fly-brain models that people run today
// (after Shiu et al., 2024), nearly silent: event-driven ground.
//
//   dv/dt = (g - v) / tau_m, dg/dt = -g / tau_s, integrated exactly per tick of 0.1 ms
//
//   neurons    130,000; the first 60 % excite (+0.05 onto g), the others inhibit (-0.05)
//   synapses   about 14.9 million: out-degree log-normal (sigma 1.2, mean 115), targets drawn with
//              log-normal weight (sigma 1.2); drawn twice: kept once
//   neuron     tau_m 20 ms, tau_s 5 ms, threshold 1, v set to 0 at a spike, g kept; for 22 ticks v
//              is kept (hold); delay 1.8 ms; the current of the tick before
//   drive      200 excitatory neurons, each by a Poisson train of 100 Hz whose spike puts v over
//              the threshold at the next tick (+2; lost while v is kept)
#pragma once

#include <cstdint>

#include "tests/bench/networks/owned_network.hpp"

namespace saltus::bench {

struct FlyScale {
    std::uint32_t neurons = 130000;
    std::uint32_t driven = 200;
    double mean_out_degree = 115;
    double rate_hz = 100;
    double seconds = 1;
    std::uint64_t seed = 1;
};

// Population 0: the neurons (receptor 0: g, receptor 1: the trains). Population 1: the trains.
// Projections 0 and 1: excitatory and inhibitory rows; 2: a synapse from each train.
OwnedNetwork fly_scale_network(const FlyScale& size, Clock clock);

}  // namespace saltus::bench
