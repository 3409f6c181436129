// Rate functions: how many spikes a neuron fires in T ticks under a constant input, and how far the
// real count can be from it. Their derivative is the gradient that spiking layers are trained with.
//
// Threshold 1, reset by subtraction, v[0] = start, input x a tick, n = T x the whole input. With
// u = v - rest the update u[t] = beta u[t-1] + i[t] - s[t] summed over all ticks gives, exactly and
// whatever the order of the input,
//
//   N = sum i[t] - (1 - beta) sum u[t-1] - (u[T] - u[0])                                 (balance)
//
// A neuron that fires regularly, at most once a tick, spends its time evenly in [-rest, 1 - rest):
// u is 1/2 - rest on average, so
//
//   rate(x) = clip(x - (1 - beta) (1/2 - rest), 0, 1)        (rest = 1/2, or no leak: clip(x, 0, 1))
//
// Bound, for 0 <= x <= 1, 0 <= start < 1, 0 <= rest < 1 and a constant input: v stays in
// [min(0, start), 1) after its first reset, so each u[t] is within 1/2 of that average and u[T] -
// u[0] within 1 of 0:
//
//   |N / T - rate(x)| <= (1 - beta) / 2 + 1 / T                                            (leaky)
//
// Without leak (beta = 1) it is 1 / T. A synaptic current of factor alpha and gain 1 - alpha brings
// x (1 - alpha^(t+1)) at tick t: at most x alpha / (1 - alpha) of the input is still on its way at
// the end, which adds alpha / ((1 - alpha) T) to the bound.
//
// Source: the balance of charge of soft-reset neurons (Rueckauer et al. 2017; Bu et al. 2022 for
// start = 1/2); the leaky form with rest = start = 1/2 is derived here.
#pragma once

#include <cstdint>

#include "models/training/neurons.hpp"

namespace saltus::training {

// (1 - beta) (1/2 - rest): input a tick, in thresholds, that the leak takes.
double leak_a_tick(const Neurons& neurons);

// Spikes a tick under a constant input of x thresholds a tick. Neurons with a rate function alone
// (has_rate_function).
double rate(const Neurons& neurons, double x);

// The most that the measured rate over T ticks may differ from it, 0 <= x <= 1.
double rate_bound(const Neurons& neurons, std::int64_t T);

}  // namespace saltus::training
