#include "models/training/rate_function.hpp"

#include <algorithm>

namespace saltus::training {

double leak_a_tick(const Neurons& neurons) { return (1 - neurons.beta) * (0.5 - neurons.rest); }

double rate(const Neurons& neurons, double x) {
    return std::clamp(x - leak_a_tick(neurons), 0.0, 1.0);
}

double rate_bound(const Neurons& neurons, std::int64_t T) {
    const auto ticks = static_cast<double>(T);
    return (1 - neurons.beta) / 2 + (1 + neurons.alpha / (1 - neurons.alpha)) / ticks;
}

}  // namespace saltus::training
