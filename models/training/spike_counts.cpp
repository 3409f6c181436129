#include "models/training/spike_counts.hpp"

#include <numbers>
#include <vector>

namespace saltus::training {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

class RateGradient : public torch::autograd::Function<RateGradient> {
  public:
    static Tensor forward(AutogradContext* context,
                          const Tensor& n,
                          const Tensor& counts,
                          double leak,
                          double most) {
        context->save_for_backward({n});
        context->saved_data["leak"] = leak;
        context->saved_data["most"] = most;
        return counts.clone();
    }

    static tensor_list backward(AutogradContext* context, tensor_list gradients) {
        const Tensor n = context->get_saved_variables()[0];
        const double leak = context->saved_data["leak"].toDouble();
        const double most = context->saved_data["most"].toDouble();
        const Tensor active = torch::logical_and(n > leak, n < most + leak);
        return {gradients[0] * active, Tensor(), Tensor(), Tensor()};
    }
};

// A spike where v >= 1 (or above 1), with the derivative of arctan's.
class Spike : public torch::autograd::Function<Spike> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& v, bool above) {
        context->save_for_backward({v});
        return (above ? v > 1 : v >= 1).to(v.dtype());
    }

    static tensor_list backward(AutogradContext* context, tensor_list gradients) {
        const Tensor u = (context->get_saved_variables()[0] - 1) * std::numbers::pi;
        return {gradients[0] / (1 + u * u), Tensor()};
    }
};

Tensor direct_at(const Tensor& direct, const Tensor& input, std::int64_t tick) {
    return direct.dim() == input.dim() ? direct[tick] : direct;
}

Tensor fire_seed(const Neurons& neurons, const Tensor& input, const Tensor& direct) {
    std::vector<Tensor> spikes;
    Tensor p1 = torch::zeros_like(input[0]);
    Tensor p2 = p1;
    Tensor r = p1;
    for (std::int64_t t = 0; t < input.size(0); ++t) {
        const Tensor p = (neurons.a1 * p1 + neurons.a2 * p2) + neurons.b * input[t];
        p2 = p1;
        p1 = p;
        const Tensor v = (direct.defined() ? p + direct_at(direct, input, t) : p) - r;
        spikes.push_back(Spike::apply(v, true));
        r = neurons.trace * r + spikes.back();
    }
    return torch::stack(spikes);
}

Tensor fire_leaky(const Neurons& neurons, const Tensor& input, const Tensor& direct) {
    std::vector<Tensor> spikes;
    Tensor v = torch::full_like(input[0], neurons.start);
    Tensor current;
    for (std::int64_t t = 0; t < input.size(0); ++t) {
        Tensor arriving = input[t];
        if (neurons.alpha != 0) {
            current = t == 0 ? arriving : neurons.alpha * current + arriving;
            arriving = current;
        }
        if (neurons.gain != 1) {
            arriving = neurons.gain * arriving;
        }
        if (neurons.beta != 1) {
            v = neurons.beta * (v - neurons.rest) + neurons.rest;
        }
        v = v + arriving;
        if (direct.defined()) {
            v = v + direct_at(direct, input, t);
        }
        const Tensor spike = Spike::apply(v, false);
        spikes.push_back(spike);
        v = neurons.reset_to_zero ? v * (1 - spike) : v - spike;
    }
    return torch::stack(spikes);
}

}  // namespace

Tensor rate_counts(const Tensor& n, double start, double leak, double most) {
    const Tensor counts = torch::floor(n.detach() + (start - leak)).clamp(0, most);
    return RateGradient::apply(n, counts, leak, most);
}

Tensor with_rate_gradient(const Tensor& n, const Tensor& counts, double leak, double most) {
    return RateGradient::apply(n, counts, leak, most);
}

Tensor fire(const Neurons& neurons, const Tensor& input, const Tensor& direct, bool surrogate) {
    const torch::AutoGradMode tape(surrogate);
    return neurons.seed ? fire_seed(neurons, input, direct) : fire_leaky(neurons, input, direct);
}

}  // namespace saltus::training
