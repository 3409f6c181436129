// What the neurons of other frameworks are in our update rule: one struct a neuron, named and
// parametrised as its framework has it, and neuron_of(), which gives the settings that fire the
// same spikes at the same ticks. `x` is what arrives at the neuron in a tick, r whether it owes a
// reset from the tick before. docs/neurons.md shows the settings, and what cannot be expressed.
//
// A parameter is one number or one a neuron. Factors derived here (1 - dt tau_mem_inv and the like)
// are computed in float64 and rounded once to float32. "Same bits": the rule takes the framework's
// operations in its order; elsewhere the spikes are the same unless a membrane comes within
// rounding of its threshold. "Starts at": v before the first tick; currents start at 0.
//
// Read from each framework's own source; the file and function stand beside each neuron. Held
// against spikes of these frameworks by tests/models/interchange.
//
// Throws ModelError for numbers that the framework itself has no meaning for.
#pragma once

#include <optional>

#include "core/network_spec.hpp"

namespace saltus {

// r = (v > threshold) of the tick before; subtract: v = beta v + x - r threshold; zero: v = beta (1
// - r) v + x; fires if v > threshold. reset_delay false: the reset is done at once, v -= (s - r)
// threshold, or v -= (s - r) v. A beta outside 0 to 1 is taken as the nearer end, as there. Starts
// at 0. With a reset to zero threshold >= 0. Same bits.
// Source: snnTorch 0.9.4, _neurons/leaky.py, Leaky.forward, _base_sub, _base_zero.
struct SnntorchLeaky {
    enum class Reset { subtract, zero };
    Parameter threshold = 1.0;
    Parameter beta = 0.9;
    Reset reset = Reset::subtract;
    bool reset_delay = true;
};

// i = alpha i + x; subtract: v = beta v + i - r threshold; zero: v = (beta v + i)(1 - r); fires if
// v > threshold; reset_delay, and factors outside 0 to 1, as SnntorchLeaky. Same bits. Starts at 0.
// Source: snnTorch 0.9.4, _neurons/synaptic.py, Synaptic.forward, _base_sub, _base_zero.
struct SnntorchSynaptic {
    Parameter threshold = 1.0;
    Parameter alpha = 0.9;
    Parameter beta = 0.8;
    SnntorchLeaky::Reset reset = SnntorchLeaky::Reset::subtract;
    bool reset_delay = true;
};

// h = v + x; fires if h >= threshold; v = v_reset, or without one h - threshold. Same bits. Starts
// at v_reset, or without one at 0.
// Source: SpikingJelly 0.0.0.0.14, activation_based/neuron.py, BaseNode.__init__ (the start),
// neuronal_fire, neuronal_reset, IFNode; 2.0.0, neuron/base_node.py, _ops/if_/reference.py.
struct SpikingJellyIf {
    Parameter threshold = 1.0;
    std::optional<Parameter> v_reset = {};
};

// decay_input: h = v + (x - (v - v_reset)) / tau, else h = v - (v - v_reset) / tau + x; rest 0
// without a v_reset; fires, resets and starts as SpikingJellyIf. tau > 1 (ticks).
// ParametricLIFNode is this with 1 / tau = sigmoid(w).
// Source: SpikingJelly 0.0.0.0.14, activation_based/neuron.py, LIFNode; 2.0.0, neuron/lif.py,
// _ops/lif/reference.py, charge.
struct SpikingJellyLif {
    Parameter threshold = 1.0;
    std::optional<Parameter> v_reset = {};
    Parameter tau = 2.0;
    bool decay_input = true;
};

// i += x; v += dt tau_mem_inv ((v_leak - v) + i); i -= dt tau_syn_inv i; fires if v > threshold; v
// = v_reset. Starts at v_leak. Our current is the one before its decay.
// Source: Norse 1.1.0, torch/functional/lif.py, lif_feed_forward_step; torch/module/lif.py,
// LIFCell.initial_state.
struct NorseLif {
    Parameter threshold = 1.0;
    Parameter v_leak = 0.0;
    Parameter v_reset = 0.0;
    Parameter tau_mem_inv = 100.0;  // 1 / s
    Parameter tau_syn_inv = 200.0;  // 1 / s
    double dt = 0.001;              // s
};

// v += dt tau_mem_inv (x + v_leak - v); fires if v > threshold; v = v_reset, or v - threshold.
// Starts at v_leak. Source: Norse 1.1.0, torch/functional/lif_box.py, lif_box_feed_forward_step;
// torch/functional/reset.py; torch/module/lif_box.py, LIFBoxCell.initial_state.
struct NorseLifBox {
    enum class Reset { value, subtract };
    Parameter threshold = 1.0;
    Parameter v_leak = 0.0;
    Parameter v_reset = 0.0;
    Parameter tau_mem_inv = 100.0;  // 1 / s
    double dt = 0.001;              // s
    Reset reset = Reset::value;
};

// v += x; fires if v > threshold; v = v_reset. Same bits. Starts at v_reset.
// Source: Norse 1.1.0, torch/functional/iaf.py, iaf_feed_forward_step; torch/module/iaf.py,
// IAFCell.initial_state.
struct NorseIaf {
    Parameter threshold = 1.0;
    Parameter v_reset = 0.0;
};

// v += x; fires n = trunc(v / threshold) spikes if v > 0 (multi), or one if v >= threshold
// (single); v -= n threshold; v = max(v, min_v). Same bits. Starts at 0.
// Source: sinabs 3.1.3, layers/functional/lif.py, lif_forward_single;
// activation/spike_generation.py, MultiSpike, SingleSpike; layers/stateful_layer.py.
struct SinabsIaf {
    enum class Spike { multi, single };
    Parameter threshold = 1.0;
    std::optional<double> min_v = {};
    Spike spike = Spike::multi;
};

NeuronSpec neuron_of(const SnntorchLeaky& neuron);
NeuronSpec neuron_of(const SnntorchSynaptic& neuron);
NeuronSpec neuron_of(const SpikingJellyIf& neuron);
NeuronSpec neuron_of(const SpikingJellyLif& neuron);
NeuronSpec neuron_of(const NorseLif& neuron);
NeuronSpec neuron_of(const NorseLifBox& neuron);
NeuronSpec neuron_of(const NorseIaf& neuron);
NeuronSpec neuron_of(const SinabsIaf& neuron);

}  // namespace saltus
