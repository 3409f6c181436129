#include "models/training/conversion_report.hpp"

#include <algorithm>

#include "models/training/spike_counts.hpp"

namespace saltus::training {

namespace {

constexpr double k_percentiles[] = {99, 99.5, 99.9, 99.95, 99.99, 100};
constexpr std::int64_t k_longest = 64;
constexpr double k_most_left = 0.2;

double mean_abs(const Tensor& x) { return x.abs().mean().item<double>(); }

// Clipping and quantisation of activations (thresholds of now) at another horizon and threshold.
double error_at(const Tensor& activations, double threshold, std::int64_t T, double start) {
    const double step = threshold / static_cast<double>(T);
    const Tensor n = activations / step;
    const Tensor counts = torch::floor(n + start).clamp(0, static_cast<double>(T));
    return mean_abs(n - counts) * step;
}

void suggest(LayerConversion& layer, const Tensor& n, double error, double start, bool limited,
             std::int64_t now) {
    if (!limited || error <= 0) {
        return;
    }
    const Tensor activations = torch::relu(n).flatten();
    const Tensor sorted = std::get<0>(activations.sort());
    for (std::int64_t T = now; T <= k_longest; T *= 2) {
        double least = k_most_left * error;
        for (const double percentile : k_percentiles) {
            const double threshold = percentile_of_sorted(sorted, percentile).item<double>();
            if (threshold <= 0) {
                continue;
            }
            const double there = error_at(activations, threshold, T, start);
            if (there <= least) {
                least = there;
                layer.horizon = T;
                layer.percentile = percentile;
            }
        }
        if (layer.horizon) {
            return;
        }
    }
}

}  // namespace

std::vector<LayerConversion> explain_conversion(Trainer& trainer, std::uint64_t samples) {
    const torch::NoGradGuard guard;
    HybridNetwork& network = trainer.network();
    const proto::Recipe& recipe = network.recipe();
    const std::size_t stages = network.stages().size();
    std::vector<Tensor> inputs;
    std::vector<Tensor> spikes;
    static_cast<void>(
        network.hybrid(trainer.held_out(samples), true, {.spikes = &spikes, .inputs = &inputs}));
    inputs.resize(stages);
    const bool limited = recipe.execution() != proto::Execution::burst;
    const double most = limited ? static_cast<double>(recipe.horizon()) : k_no_limit;
    const double start = recipe.neuron().start();
    std::vector<LayerConversion> layers;
    for (std::size_t k = 0; k < stages; ++k) {
        if (!inputs[k].defined()) {
            continue;
        }
        const Tensor& n = inputs[k];
        const bool ticks = spikes[k].dim() == n.dim() + 1;
        const Tensor counts = ticks ? spikes[k].sum(0) : spikes[k];
        const Tensor wanted = torch::relu(n);
        const Tensor clipped = n.clamp(0, most);
        const Tensor quantised = torch::floor(n + start).clamp(0, most);
        LayerConversion layer;
        layer.name = network.stages()[k].name;
        layer.mean_count = wanted.mean().item<double>();
        const double unit = std::max(layer.mean_count, 1e-12);
        layer.clipping = mean_abs(wanted - clipped) / unit;
        layer.quantisation = mean_abs(clipped - quantised) / unit;
        layer.unevenness = mean_abs(quantised - counts) / unit;
        suggest(layer, n, mean_abs(wanted - quantised), start, limited, recipe.horizon());
        layers.push_back(layer);
    }
    return layers;
}

}  // namespace saltus::training
