#include "models/training/codings.hpp"

#include "models/training/straight_through.hpp"

namespace saltus::training {

namespace {

Tensor nonzero_mask(const Tensor& x) { return (x.detach() != 0).to(torch::kFloat32); }

// a / c, 0 to 1, in the encoders' order of operations.
Tensor unit(const Tensor& activations, const Tensor& c) { return (activations / c).clamp(0, 1); }

Tensor levels_of(const Tensor& p, std::int64_t T) {
    return torch::floor(static_cast<double>(T) * p.detach() + 0.5);
}

Signal encode_gaussian(const Tensor& activations,
                       const Tensor& c,
                       std::int64_t T,
                       bool with_ticks) {
    const Tensor mean = activations[0];
    const Tensor sigma = torch::exp(activations[1] / 2);
    std::vector<std::int64_t> sizes = mean.sizes().vec();
    sizes.insert(sizes.begin(), T);
    const Tensor x = mean + sigma * torch::randn(sizes, mean.options().requires_grad(false));
    Signal signal;
    signal.total = x.sum(0);
    if (with_ticks) {
        signal.ticks = x;
    }
    signal.value = torch::tensor(1.0 / static_cast<double>(T));
    signal.events = nonzero_mask(x).sum(0);
    signal.costly = static_cast<double>(T) * unit(mean, c);
    signal.multiplies = true;
    return signal;
}

Signal encode_random(const Tensor& activations,
                     const Tensor& c,
                     std::int64_t T,
                     bool with_ticks,
                     bool several) {
    std::vector<std::int64_t> sizes = activations.sizes().vec();
    sizes.insert(sizes.begin(), T);
    const Tensor p = several ? (activations / c).clamp_min(0) : unit(activations, c);
    const Tensor rates = p.detach().expand(sizes);
    const Tensor spikes = several ? torch::poisson(rates) : torch::bernoulli(rates);
    Signal signal;
    signal.total = straight_through(p * static_cast<double>(T), spikes.sum(0));
    if (with_ticks) {
        signal.ticks = spikes;
    }
    signal.value = c / static_cast<double>(T);
    signal.events = signal.total.detach();
    signal.costly = signal.total;
    return signal;
}

Signal encode_latency(const Tensor& activations,
                      const Tensor& c,
                      std::int64_t T,
                      bool with_ticks) {
    const Tensor p = unit(activations, c);
    const Tensor q = levels_of(p, T);
    Signal signal;
    signal.total = straight_through(p * static_cast<double>(T), q);
    if (with_ticks) {
        std::vector<Tensor> ticks;
        for (std::int64_t t = 0; t < T; ++t) {
            ticks.push_back((q >= static_cast<double>(T - t)).to(torch::kFloat32));
        }
        signal.ticks = torch::stack(ticks);
    }
    signal.value = c / static_cast<double>(T);
    signal.events = nonzero_mask(q);
    signal.costly = p;
    return signal;
}

}  // namespace

Signal encode(const proto::RecipeCoding& coding,
              const Tensor& activations,
              const Tensor& c,
              std::int64_t T,
              bool with_ticks) {
    switch (coding.coding_case()) {
        case proto::RecipeCoding::kGaussian:
            return encode_gaussian(activations, c, T, with_ticks);
        case proto::RecipeCoding::kBernoulli:
            return encode_random(activations, c, T, with_ticks, false);
        case proto::RecipeCoding::kPoisson:
            return encode_random(activations, c, T, with_ticks, true);
        case proto::RecipeCoding::kLatency:
            return encode_latency(activations, c, T, with_ticks);
        case proto::RecipeCoding::kEvents: {
            Signal signal;
            signal.total = activations.sum(1);
            if (with_ticks) {
                signal.ticks = activations.transpose(0, 1).contiguous();
            }
            signal.value = c / static_cast<double>(T);
            signal.events = signal.total;
            signal.costly = signal.total;
            return signal;
        }
        default: {
            Signal signal;
            signal.total = activations * static_cast<double>(T);
            signal.value = torch::tensor(1.0 / static_cast<double>(T));
            signal.events = nonzero_mask(activations);
            signal.costly = unit(activations, c);
            signal.multiplies = true;
            return signal;
        }
    }
}

Tensor mean_of_coding(const proto::RecipeCoding& coding,
                      const Tensor& activations,
                      const Tensor& c,
                      std::int64_t T) {
    switch (coding.coding_case()) {
        case proto::RecipeCoding::kLatency: {
            const Tensor p = unit(activations, c);
            return straight_through(p, levels_of(p, T) / static_cast<double>(T)) * c;
        }
        case proto::RecipeCoding::kBernoulli:
            return unit(activations, c) * c;
        case proto::RecipeCoding::kPoisson:
            return activations.clamp_min(0);
        case proto::RecipeCoding::kEvents:
            return activations.mean(1) * c;
        default:
            return activations;
    }
}

}  // namespace saltus::training
