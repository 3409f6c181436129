// What a network in training consists of: parameters made, scaled, folded, kept valid, written and read.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "models/training/hybrid_network.hpp"
#include "models/training/recipe.hpp"

namespace saltus::training {

namespace {

constexpr double k_first_log_variance = -4;

Tensor number(double value) { return torch::full({}, value, torch::kFloat32); }

Tensor percentile_of(const Tensor& values, double percentile) {
    return percentile_of_sorted(std::get<0>(values.flatten().sort()), percentile);
}

Tensor mean_above_zero(const Tensor& values) {
    const Tensor above = values > 0;
    return (values * above).sum() / above.sum().clamp_min(1);
}

}  // namespace

Tensor percentile_of_sorted(const Tensor& sorted, double percentile) {
    const auto last = static_cast<double>(sorted.size(0) - 1);
    return sorted[static_cast<std::int64_t>(std::floor(last * percentile / 100))];
}

HybridNetwork::HybridNetwork(const proto::Recipe& recipe,
                             std::vector<Stage> stages,
                             std::uint64_t seed)
    : recipe_(recipe),
      stages_(std::move(stages)),
      neurons_(neurons_of(recipe.neuron())),
      parameters_(stages_.size()),
      full_scale_(number(recipe.coding().has_full_scale() ? recipe.coding().full_scale() : 1)) {
    torch::manual_seed(seed);
    const bool gaussian = recipe_.coding().has_gaussian() && !all_artificial(recipe_);
    std::size_t last_artificial = stages_.size();
    for (std::size_t k = 0; k < stages_.size(); ++k) {
        const Stage& stage = stages_[k];
        if (!stage.has_weights()) {
            continue;
        }
        const std::vector<std::int64_t> shape = stage.weight_shape();
        StageParameters& p = parameters_[k];
        const double inputs = static_cast<double>(stage.input.size()) *
                              (stage.kind == Stage::Kind::conv
                                   ? static_cast<double>(shape[1] * shape[2] * shape[3]) /
                                         static_cast<double>(stage.input.size())
                                   : 1);
        p.weight = torch::randn(shape) * std::sqrt((stage.readout ? 1 : 2) / inputs);
        p.bias = torch::zeros({shape[0]});
        p.step = number(1);
        if (recipe_.batch_norm() && !stage.readout) {
            p.gamma = torch::ones({shape[0]});
            p.beta = torch::zeros({shape[0]});
            p.mean = torch::zeros({shape[0]});
            p.variance = torch::ones({shape[0]});
        }
        if (stage.artificial) {
            last_artificial = k;
        }
    }
    if (gaussian) {
        if (last_artificial == stages_.size()) {
            throw ModelError("coding", "gaussian behind pools alone", "an artificial layer with weights");
        }
        StageParameters& p = parameters_[last_artificial];
        if (recipe_.coding().gaussian().relu()) {
            p.twin_weight = torch::zeros_like(p.weight);
            // Above 0, where the ReLU has a slope: sigma begins at exp(0.05).
            p.twin_bias = torch::full_like(p.bias, 0.1);
        } else {
            const std::int64_t n = p.bias.size(0);
            p.twin_weight = stages_[last_artificial].kind == Stage::Kind::conv
                                ? torch::zeros({n, n, 1, 1})
                                : torch::zeros({n, n});
            p.twin_bias = torch::full({n}, k_first_log_variance);
        }
    }
    for (auto& [name, tensor] : state()) {
        tensor.set_requires_grad(true);
    }
    for (StageParameters& p : parameters_) {
        for (Tensor* const kept : {&p.mean, &p.variance}) {
            if (kept->defined()) {
                kept->set_requires_grad(false);
            }
        }
    }
}

void HybridNetwork::set_scales(const std::vector<Tensor>& activations) {
    const torch::NoGradGuard guard;
    const proto::RecipeNeuron& neuron = recipe_.neuron();
    const auto T = static_cast<double>(recipe_.horizon());
    for (std::size_t k = 0; k < stages_.size(); ++k) {
        if (!stages_[k].has_weights()) {
            continue;
        }
        const Tensor positive = torch::relu(activations[k]);
        Tensor step;
        if (recipe_.activation_bits() > 0) {
            step = percentile_of(positive, neuron.has_percentile() ? neuron.percentile() : 99.9) /
                   (std::exp2(recipe_.activation_bits()) - 1);
        } else if (stages_[k].artificial) {
            step = mean_above_zero(positive);
        } else if (neuron.has_spikes_at_mean()) {
            step = mean_above_zero(positive) / neuron.spikes_at_mean();
        } else {
            step = percentile_of(positive, neuron.percentile()) / T;
        }
        parameters_[k].step.copy_(step.clamp_min(k_least_scale));
    }
    if (!recipe_.coding().has_full_scale() && recipe_.artificial_layers() > 0 &&
        !all_artificial(recipe_)) {
        const Tensor& features = activations[recipe_.artificial_layers() - 1];
        full_scale_.copy_(percentile_of(features, recipe_.coding().percentile()).clamp_min(k_least_scale));
    }
}

void HybridNetwork::fold_batch_norm() {
    const torch::NoGradGuard guard;
    for (std::size_t k = 0; k < stages_.size(); ++k) {
        StageParameters& p = parameters_[k];
        if (!p.gamma.defined()) {
            continue;
        }
        const Tensor gain = p.gamma / torch::sqrt(p.variance + k_norm_epsilon);
        p.weight.mul_(by_output(gain, p.weight.dim()));
        p.bias.copy_((p.bias - p.mean) * gain + p.beta);
        p.gamma = p.beta = p.mean = p.variance = Tensor();
    }
}

HybridNetwork::Trainable HybridNetwork::trainable(bool spiking) const {
    Trainable list;
    const bool hybrid = spiking && !all_artificial(recipe_);
    const bool frozen = hybrid && recipe_.learning() == proto::Learning::separate;
    for (std::size_t k = 0; k < stages_.size(); ++k) {
        const StageParameters& p = parameters_[k];
        if (!p.weight.defined()) {
            continue;
        }
        if (!(frozen && stages_[k].artificial)) {
            list.weights.push_back(p.weight);
            list.others.push_back(p.bias);
            if (p.gamma.defined()) {
                list.others.push_back(p.gamma);
                list.others.push_back(p.beta);
            }
        }
        if (hybrid && p.twin_weight.defined() &&
            !(frozen && recipe_.coding().gaussian().relu())) {
            list.others.push_back(p.twin_weight);
            list.others.push_back(p.twin_bias);
        }
        const bool fires = !stages_[k].artificial &&
                           !(stages_[k].readout &&
                             recipe_.readout() == proto::RecipeReadout::membrane);
        const bool quantised = spiking && recipe_.activation_bits() > 0 && !stages_[k].readout;
        if ((hybrid && fires && recipe_.neuron().trained_threshold()) ||
            (quantised && recipe_.neuron().trained_threshold())) {
            list.others.push_back(p.step);
        }
    }
    if (hybrid && recipe_.coding().trained()) {
        list.others.push_back(full_scale_);
    }
    return list;
}

void HybridNetwork::keep_valid() {
    const torch::NoGradGuard guard;
    for (StageParameters& p : parameters_) {
        if (p.mask.defined()) {
            p.weight.mul_(p.mask);
        }
        if (p.step.defined()) {
            p.step.clamp_min_(k_least_scale);
        }
    }
    full_scale_.clamp_min_(k_least_scale);
}

std::vector<std::pair<std::string, Tensor>> HybridNetwork::state() const {
    std::vector<std::pair<std::string, Tensor>> list;
    for (std::size_t k = 0; k < stages_.size(); ++k) {
        const StageParameters& p = parameters_[k];
        const std::pair<const char*, const Tensor*> members[] = {{"weight", &p.weight},
                                                                 {"bias", &p.bias},
                                                                 {"step", &p.step},
                                                                 {"twin_weight", &p.twin_weight},
                                                                 {"twin_bias", &p.twin_bias},
                                                                 {"gamma", &p.gamma},
                                                                 {"beta", &p.beta},
                                                                 {"mean", &p.mean},
                                                                 {"variance", &p.variance},
                                                                 {"mask", &p.mask}};
        for (const auto& [name, tensor] : members) {
            if (tensor->defined()) {
                list.emplace_back(stages_[k].name + "." + name, *tensor);
            }
        }
    }
    list.emplace_back("coding.full_scale", full_scale_);
    return list;
}

void HybridNetwork::set_state(const std::vector<std::pair<std::string, Tensor>>& state) {
    const torch::NoGradGuard guard;
    forget_fan_outs();
    const bool folded = std::none_of(state.begin(), state.end(), [](const auto& entry) {
        return entry.first.ends_with(".gamma");
    });
    for (StageParameters& p : parameters_) {
        if (folded) {
            p.gamma = p.beta = p.mean = p.variance = Tensor();
        }
    }
    for (const auto& [name, tensor] : state) {
        if (name == "coding.full_scale") {
            full_scale_.copy_(tensor);
            continue;
        }
        const std::size_t dot = name.find('.');
        if (std::none_of(stages_.begin(), stages_.end(), [&](const Stage& stage) {
                return stage.name == name.substr(0, dot) && stage.has_weights();
            })) {
            throw InputError(name, "a layer that is not there", "a checkpoint of these layers");
        }
        for (std::size_t k = 0; k < stages_.size(); ++k) {
            if (stages_[k].name != name.substr(0, dot)) {
                continue;
            }
            StageParameters& p = parameters_[k];
            const std::string member = name.substr(dot + 1);
            Tensor* const at = member == "weight"        ? &p.weight
                               : member == "bias"        ? &p.bias
                               : member == "step"        ? &p.step
                               : member == "twin_weight" ? &p.twin_weight
                               : member == "twin_bias"   ? &p.twin_bias
                               : member == "gamma"       ? &p.gamma
                               : member == "beta"        ? &p.beta
                               : member == "mean"        ? &p.mean
                               : member == "variance"    ? &p.variance
                                                         : &p.mask;
            if (at->defined() && at->sizes() == tensor.sizes()) {
                at->copy_(tensor);
            } else if (member == "mask") {
                *at = tensor.clone();
            } else {
                throw InputError(name, "a tensor of another shape", "a checkpoint of these layers");
            }
        }
    }
}

}  // namespace saltus::training
