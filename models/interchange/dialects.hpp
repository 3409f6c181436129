// What the neurons of other frameworks are in our update rule: one struct a neuron, named and
// parametrised as its framework has it, and neuron_of(), which gives the settings that fire the
// same spikes at the same ticks. `x` is what arrives at the neuron in a tick, r whether it owes a
// reset from the tick before.
//
// A parameter is one number or one a neuron. Factors derived here (1 - dt tau_mem_inv and the like)
// are computed in float64 and rounded once to float32. "Same bits": the rule takes the framework's
// operations in its order; elsewhere the spikes are the same unless a membrane comes within
// rounding of its threshold. States start at zero except where said; where a framework's instance
// starts elsewhere (SpikingJelly with a v_reset), set v_init.
//
// Throws ModelError for numbers that the framework itself has no meaning for.
#pragma once

#include <optional>

#include "core/network_spec.hpp"

namespace saltus {

// r = (v > threshold) of the tick before; subtract: v = beta v + x - r threshold; zero: v = beta (1
// - r) v + x; fires if v > threshold. reset_delay false: the reset is done at once, v -= (s - r)
// threshold, or v -= (s - r) v. Same bits. threshold >= 0. Source: snnTorch 0.9.4, snn.Leaky.
struct SnntorchLeaky {
    enum class Reset { subtract, zero };
    Parameter threshold = 1.0;
    Parameter beta = 0.9;
    Reset reset = Reset::subtract;
    bool reset_delay = true;
};

// i = alpha i + x; subtract: v = beta v + i - r threshold; zero: v = (beta v + i)(1 - r); fires if
// v > threshold. Same bits. Source: snnTorch 0.9.4, snn.Synaptic.
struct SnntorchSynaptic {
    Parameter threshold = 1.0;
    Parameter alpha = 0.9;
    Parameter beta = 0.8;
    SnntorchLeaky::Reset reset = SnntorchLeaky::Reset::subtract;
};

// h = v + x; fires if h >= threshold; v = v_reset, or without one h - threshold. Same bits.
// Source: SpikingJelly, neuron.IFNode.
struct SpikingJellyIf {
    Parameter threshold = 1.0;
    std::optional<Parameter> v_reset = {};
};

// decay_input: h = v + (x - (v - v_reset)) / tau, else h = v - (v - v_reset) / tau + x; rest 0
// without a v_reset; fires and resets as SpikingJellyIf. tau >= 1 (ticks). Source: SpikingJelly,
// neuron.LIFNode.
struct SpikingJellyLif {
    Parameter threshold = 1.0;
    std::optional<Parameter> v_reset = {};
    Parameter tau = 2.0;
    bool decay_input = true;
};

// i += x; v += dt tau_mem_inv ((v_leak - v) + i); i -= dt tau_syn_inv i; fires if v > threshold; v
// = v_reset. Starts at v_leak. Our current is the one before its decay. Source: Norse, LIFCell.
struct NorseLif {
    Parameter threshold = 1.0;
    Parameter v_leak = 0.0;
    Parameter v_reset = 0.0;
    Parameter tau_mem_inv = 100.0;  // 1 / s
    Parameter tau_syn_inv = 200.0;  // 1 / s
    double dt = 0.001;              // s
};

// v += dt tau_mem_inv (x + v_leak - v); fires if v > threshold; v = v_reset, or v - threshold.
// Starts at v_leak. Source: Norse, LIFBoxCell.
struct NorseLifBox {
    enum class Reset { value, subtract };
    Parameter threshold = 1.0;
    Parameter v_leak = 0.0;
    Parameter v_reset = 0.0;
    Parameter tau_mem_inv = 100.0;  // 1 / s
    double dt = 0.001;              // s
    Reset reset = Reset::value;
};

// v += x; fires if v > threshold; v = v_reset. Same bits. Source: Norse, IAFCell.
struct NorseIaf {
    Parameter threshold = 1.0;
    Parameter v_reset = 0.0;
};

// v += x; fires n = trunc(v / threshold) spikes if v > 0 (multi), or one if v >= threshold
// (single); v -= n threshold; v = max(v, min_v). Same bits. Source: sinabs 3.1, layers.IAF.
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
