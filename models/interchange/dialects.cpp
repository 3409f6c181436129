#include "models/interchange/dialects.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {
namespace {

// f of every number, rounded once to float32.
template <class F>
Parameter rounded(const Parameter& p, F f) {
    std::vector<double> values;
    values.reserve(p.values.size());
    for (const double v : p.values) {
        values.push_back(static_cast<float>(f(v)));
    }
    return Parameter(std::move(values));
}

// 1 - dt rate: what is left of a leaking quantity after a tick.
Parameter kept(const Parameter& rate, double dt) {
    return rounded(rate, [dt](double r) { return 1.0 - dt * r; });
}

Parameter step(const Parameter& rate, double dt) {
    return rounded(rate, [dt](double r) { return dt * r; });
}

template <class Holds>
void need(const char* path, const Parameter& p, Holds holds, const char* needed) {
    const auto bad =
        std::find_if(p.values.begin(), p.values.end(), [&](double v) { return !holds(v); });
    if (bad != p.values.end()) {
        throw ModelError(path, fmt::format("{}", *bad), needed);
    }
}

// A factor as snnTorch takes it, torch.clamp(0, 1): a learned one may lie outside.
Parameter clamped(const Parameter& factor) {
    return rounded(factor, [](double f) { return f < 0 ? 0.0 : f > 1 ? 1.0 : f; });
}

// Fires above (or at) the threshold, resets at once.
NeuronSpec plain(const Parameter& theta, Comparison comparison) {
    NeuronSpec spec;
    spec.theta = theta;
    spec.comparison = comparison;
    return spec;
}

void reset_to(NeuronSpec& spec, const Parameter& v_reset) {
    spec.reset = Reset::to_v_reset;
    spec.v_reset = v_reset;
}

// snnTorch's reset: done at the next tick, as `zero_when` says if it is to zero, or without delay
// at once.
void reset_as_snntorch(NeuronSpec& spec,
                       SnntorchLeaky::Reset reset,
                       bool delay,
                       ResetWhen zero_when,
                       const char* threshold_path) {
    if (reset == SnntorchLeaky::Reset::subtract) {
        spec.reset_when = delay ? ResetWhen::next_after_input : ResetWhen::at_firing;
        spec.previous_reset_counts = !delay;
        return;
    }
    // Without delay v is 0 after a spike and at most threshold otherwise, so r is never 1: a plain
    // reset.
    need(
        threshold_path, spec.theta, [](double theta) { return theta >= 0; }, "at least 0");
    reset_to(spec, 0.0);
    spec.reset_when = delay ? zero_when : ResetWhen::at_firing;
}

}  // namespace

NeuronSpec neuron_of(const SnntorchLeaky& neuron) {
    NeuronSpec spec = plain(neuron.threshold, Comparison::above);
    spec.beta = clamped(neuron.beta);
    reset_as_snntorch(spec,
                      neuron.reset,
                      neuron.reset_delay,
                      ResetWhen::next_before_leak,
                      "snntorch.Leaky.threshold");
    return spec;
}

NeuronSpec neuron_of(const SnntorchSynaptic& neuron) {
    NeuronSpec spec = plain(neuron.threshold, Comparison::above);
    spec.beta = clamped(neuron.beta);
    spec.receptors[0].alpha = clamped(neuron.alpha);
    reset_as_snntorch(spec,
                      neuron.reset,
                      neuron.reset_delay,
                      ResetWhen::next_over_all,
                      "snntorch.Synaptic.threshold");
    return spec;
}

NeuronSpec neuron_of(const SpikingJellyIf& neuron) {
    NeuronSpec spec = plain(neuron.threshold, Comparison::at_least);
    if (neuron.v_reset) {
        reset_to(spec, *neuron.v_reset);
        spec.v_init = *neuron.v_reset;
    }
    return spec;
}

NeuronSpec neuron_of(const SpikingJellyLif& neuron) {
    need(
        "SpikingJelly.LIF.tau", neuron.tau, [](double tau) { return tau > 1; }, "above 1");
    NeuronSpec spec = neuron_of(SpikingJellyIf{neuron.threshold, neuron.v_reset});
    spec.beta = rounded(neuron.tau, [](double tau) { return 1.0 - 1.0 / tau; });
    if (neuron.v_reset) {
        spec.v_rest = *neuron.v_reset;
    }
    if (neuron.decay_input) {
        spec.receptors[0].gain = rounded(neuron.tau, [](double tau) { return 1.0 / tau; });
    }
    return spec;
}

NeuronSpec neuron_of(const NorseLif& neuron) {
    NeuronSpec spec = plain(neuron.threshold, Comparison::above);
    reset_to(spec, neuron.v_reset);
    spec.beta = kept(neuron.tau_mem_inv, neuron.dt);
    spec.v_rest = neuron.v_leak;
    spec.v_init = neuron.v_leak;
    // i[t] = alpha i[t-1] + x is Norse's current between its jump and its decay, which is what it
    // uses.
    spec.receptors[0].alpha = kept(neuron.tau_syn_inv, neuron.dt);
    spec.receptors[0].gain = step(neuron.tau_mem_inv, neuron.dt);
    return spec;
}

NeuronSpec neuron_of(const NorseLifBox& neuron) {
    NeuronSpec spec = plain(neuron.threshold, Comparison::above);
    if (neuron.reset == NorseLifBox::Reset::value) {
        reset_to(spec, neuron.v_reset);
    }
    spec.beta = kept(neuron.tau_mem_inv, neuron.dt);
    spec.v_rest = neuron.v_leak;
    spec.v_init = neuron.v_leak;
    spec.receptors[0].gain = step(neuron.tau_mem_inv, neuron.dt);
    return spec;
}

NeuronSpec neuron_of(const NorseIaf& neuron) {
    NeuronSpec spec = plain(neuron.threshold, Comparison::above);
    reset_to(spec, neuron.v_reset);
    spec.v_init = neuron.v_reset;
    return spec;
}

NeuronSpec neuron_of(const SinabsIaf& neuron) {
    NeuronSpec spec = plain(neuron.threshold, Comparison::at_least);
    if (neuron.spike == SinabsIaf::Spike::multi) {
        spec.spikes_per_tick = SpikesPerTick::trunc;
    }
    spec.floor = neuron.min_v;
    return spec;
}

}  // namespace saltus
