// Spike counts with a gradient: what a spiking layer gives in the forward pass, and the derivative
// of its rate function in the backward pass.
#pragma once

#include <cstdint>
#include <optional>

#include "models/training/neurons.hpp"
#include "models/training/torch.hpp"

namespace saltus::training {

// No limit on the spikes of a presentation (burst execution).
inline constexpr double k_no_limit = 1e30;

// The quantised rate function: floor(n - leak + start), 0 to `most`, where n is the whole input of
// the presentation in thresholds and `leak` what leaks of it. Without leak these are the counts of
// phased and burst execution, exactly.
Tensor rate_counts(const Tensor& n, double start, double leak, double most);

// `counts` forward, whatever they are; backward the derivative of clip(n - leak, 0, most): 1 where
// leak < n < most + leak, else 0. `counts` gets no gradient.
Tensor with_rate_gradient(const Tensor& n, const Tensor& counts, double leak, double most);

// Every tick of a layer, concurrent execution. `input`: [T, ...], thresholds, through the synaptic
// current; `direct`: [...] or [T, ...], added to the membrane as it is (biases); undefined: none.
// Returns the spikes, [T, ...], 0 or 1. With `surrogate` they carry the tape, the spike's
// derivative being 1 / (1 + (pi (v - 1))^2); without, none.
Tensor fire(const Neurons& neurons, const Tensor& input, const Tensor& direct, bool surrogate);

}  // namespace saltus::training
