#include "models/training/hybrid_network.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "models/training/recipe.hpp"
#include "models/training/rate_function.hpp"
#include "models/training/spike_counts.hpp"
#include "models/training/straight_through.hpp"

namespace saltus::training {

namespace {

constexpr double k_least_scale = 1e-6;
constexpr double k_norm_epsilon = 1e-5;
constexpr double k_norm_momentum = 0.1;
constexpr double k_first_log_variance = -4;

Tensor number(double value) { return torch::full({}, value, torch::kFloat32); }

Tensor nonzero_mask(const Tensor& x) { return (x.detach() != 0).to(torch::kFloat32); }

// [C] onto [batch, C, rows, columns] or [batch, C].
Tensor by_channel(const Tensor& values, const Tensor& like) {
    return like.dim() == 4 ? values.view({-1, 1, 1}) : values;
}

// int8 by output: round(w / s) s, s = max |w| / 127.
Tensor to_int8(const Tensor& weight) {
    const Tensor w = weight.detach();
    const Tensor scale = int8_scales(w);
    std::vector<std::int64_t> column(static_cast<std::size_t>(w.dim()), 1);
    column[0] = -1;
    const Tensor s = scale.view(column);
    return straight_through(weight, torch::round(w / s).clamp(-127, 127) * s);
}

Tensor percentile_of(const Tensor& values, double percentile) {
    const Tensor sorted = std::get<0>(values.flatten().sort());
    const auto last = static_cast<double>(sorted.size(0) - 1);
    return sorted[static_cast<std::int64_t>(std::floor(last * percentile / 100))];
}

Tensor mean_above_zero(const Tensor& values) {
    const Tensor above = values > 0;
    return (values * above).sum() / above.sum().clamp_min(1);
}

}  // namespace

Tensor int8_scales(const Tensor& weight) {
    return weight.flatten(1).abs().amax(1).clamp_min(k_least_scale) / 127;
}

double Operations::total() const {
    double sum = 0;
    for (std::size_t k = 0; k < macs.size(); ++k) {
        sum += macs[k] + acs[k];
    }
    return sum;
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

Tensor HybridNetwork::apply(const Stage& stage, const Tensor& weight, const Tensor& x) const {
    if (stage.kind == Stage::Kind::linear) {
        return torch::matmul(x.flatten(1), weight.t());
    }
    return torch::conv2d(x, weight, {}, stage.stride, stage.padding);
}

Tensor HybridNetwork::normalised(std::size_t k, const Tensor& z, bool training) {
    StageParameters& p = parameters_[k];
    if (!p.gamma.defined()) {
        return z;
    }
    return torch::batch_norm(
        z, p.gamma, p.beta, p.mean, p.variance, training, k_norm_momentum, k_norm_epsilon, false);
}

void HybridNetwork::count_front(std::size_t k, const Tensor& x, const Asked& asked) {
    if (asked.operations != nullptr) {
        asked.operations->macs[k] += (nonzero_mask(x) * fan_out(k)).sum().item<double>();
    }
}

void HybridNetwork::add_price(Answer& answer, const Tensor& events, std::size_t k) {
    const Tensor cost = (events * fan_out(k)).sum();
    answer.price = answer.price.defined() ? answer.price + cost : cost;
}

Answer HybridNetwork::artificial(const Tensor& input, bool training, const Asked& asked) {
    Answer answer;
    Tensor x = input;
    if (recipe_.artificial_layers() == 0) {
        x = mean_of_coding(recipe_.coding(), x, full_scale_, recipe_.horizon());
    }
    Tensor costly;
    for (std::size_t k = 0; k < stages_.size(); ++k) {
        const Stage& stage = stages_[k];
        if (!stage.has_weights()) {
            x = stage.kind == Stage::Kind::max_pool ? torch::max_pool2d(x, stage.kernel)
                                                    : torch::avg_pool2d(x, stage.kernel);
            if (costly.defined()) {
                costly = stage.kind == Stage::Kind::max_pool
                             ? torch::max_pool2d(costly, stage.kernel)
                             : torch::avg_pool2d(costly, stage.kernel);
            }
        } else {
            count_front(k, x, asked);
            if (asked.price && costly.defined()) {
                add_price(answer, costly, k);
            }
            const Tensor z = apply(stage, parameters_[k].weight, x);
            x = normalised(k, z + by_channel(parameters_[k].bias, z), training);
            if (!stage.readout) {
                x = torch::relu(x);
                if (asked.quantised) {
                    const Tensor step = parameters_[k].step;
                    const double most = std::exp2(recipe_.activation_bits()) - 1;
                    x = rate_counts(x / step, 0.5, 0, most) * step;
                }
                costly = x / parameters_[k].step.detach();
                if (asked.dropout && recipe_.dropout() > 0) {
                    x = torch::dropout(x, recipe_.dropout(), true);
                }
            }
        }
        if (asked.activations != nullptr) {
            asked.activations->push_back(x.detach());
        }
    }
    answer.logits = x;
    return answer;
}

// The features that are encoded; gaussian: [2, batch, ...].
Tensor HybridNetwork::front(const Tensor& input, const Asked& asked, Answer& answer) {
    const bool frozen = recipe_.learning() == proto::Learning::separate;
    const torch::AutoGradMode tape(!frozen && torch::GradMode::is_enabled());
    Tensor x = input;
    Tensor twin;
    Tensor costly;
    std::size_t twin_stage = stages_.size();
    for (std::size_t k = 0; k < recipe_.artificial_layers(); ++k) {
        const Stage& stage = stages_[k];
        const auto pooled = [&stage](const Tensor& y) {
            return stage.kind == Stage::Kind::max_pool ? torch::max_pool2d(y, stage.kernel)
                                                       : torch::avg_pool2d(y, stage.kernel);
        };
        if (!stage.has_weights()) {
            x = pooled(x);
            twin = twin.defined() ? pooled(twin) : twin;
            costly = costly.defined() ? pooled(costly) : costly;
            continue;
        }
        const StageParameters& p = parameters_[k];
        count_front(k, x, asked);
        if (asked.price && costly.defined()) {
            add_price(answer, costly, k);
        }
        if (p.twin_weight.defined()) {
            twin_stage = k;
            if (recipe_.coding().gaussian().relu()) {
                const Tensor z = apply(stage, p.twin_weight, x);
                twin = torch::relu(z + by_channel(p.twin_bias, z));
                count_front(k, x, asked);  // as many weights again
            }
        }
        const Tensor z = apply(stage, p.weight, x);
        x = torch::relu(z + by_channel(p.bias, z));
        costly = x / p.step.detach();
    }
    if (twin_stage == stages_.size()) {
        return x;
    }
    if (!twin.defined()) {
        const torch::AutoGradMode trained(torch::GradMode::is_enabled() || frozen);
        const StageParameters& p = parameters_[twin_stage];
        const Tensor z = p.twin_weight.dim() == 4 && x.dim() == 4
                             ? torch::conv2d(x, p.twin_weight)
                             : torch::matmul(x.flatten(1), p.twin_weight.t());
        twin = (z + by_channel(p.twin_bias, z)).view_as(x);
        if (asked.operations != nullptr) {
            // The identity of the means, and the log-variances' weights.
            const double n = nonzero_mask(p.twin_weight).sum().item<double>() /
                             static_cast<double>(p.twin_bias.size(0));
            asked.operations->macs[twin_stage] += (1 + n) * nonzero_mask(x).sum().item<double>();
        }
    }
    return torch::stack({x, twin});
}

void HybridNetwork::pool(const Stage& stage, Signal& signal, bool spikes) const {
    const auto over_ticks = [](const Tensor& ticks, const auto& f) {
        return f(ticks.flatten(0, 1)).unflatten(0, {ticks.size(0), ticks.size(1)});
    };
    const auto window = static_cast<double>(stage.kernel) * stage.kernel;
    const auto average = [&stage](const Tensor& x) { return torch::avg_pool2d(x, stage.kernel); };
    const auto largest = [&stage](const Tensor& x) { return torch::max_pool2d(x, stage.kernel); };
    if (stage.kind == Stage::Kind::average_pool) {
        signal.total = average(signal.total);
        signal.events = average(signal.events) * window;
        signal.costly = average(signal.costly) * window;
        if (signal.ticks.defined()) {
            signal.ticks = over_ticks(signal.ticks, average);
        }
        return;
    }
    signal.total = largest(signal.total);
    signal.events = signal.total.detach();
    signal.costly = signal.total;
    if (spikes && signal.ticks.defined()) {
        // By count: a spike whenever the largest count so far rises.
        const Tensor most = over_ticks(signal.ticks.cumsum(0), largest);
        signal.ticks = torch::cat({most.slice(0, 0, 1), most.diff(1, 0)});
    }
}

Tensor HybridNetwork::weight_scale(std::size_t k, const Tensor& value) const {
    if (!is_logits(k)) {
        return value / parameters_[k].step;
    }
    return recipe_.execution() == proto::Execution::concurrent
               ? value * static_cast<double>(recipe_.horizon())
               : value;
}

bool HybridNetwork::has_relay(std::size_t k) const {
    return recipe_.execution() == proto::Execution::phased && recipe_.coding().has_latency() &&
           recipe_.horizon() > 1 && k == recipe_.artificial_layers();
}

bool HybridNetwork::is_logits(std::size_t k) const {
    return stages_[k].readout && recipe_.readout() == proto::RecipeReadout::membrane;
}

// A scale of the few sums costs less than one of the weights; but the engine's sums are of weights
// that were rounded.
Tensor HybridNetwork::apply_scaled(std::size_t k, const Tensor& value, const Tensor& x) const {
    const bool int8 = recipe_.precision() == proto::Precision::int8;
    return rounds_ || int8
               ? apply(stages_[k], scaled_weight(k, value), x)
               : apply(stages_[k], parameters_[k].weight, x) * weight_scale(k, value);
}

Tensor HybridNetwork::scaled_weight(std::size_t k, const Tensor& value) const {
    const Tensor& plain = parameters_[k].weight;
    const bool int8 = recipe_.precision() == proto::Precision::int8;
    const Tensor weight = (int8 ? to_int8(plain) : plain) * weight_scale(k, value);
    return rounds_ && !int8 ? to_grid(weight) : weight;
}

Tensor HybridNetwork::scaled_bias(std::size_t k) const {
    const StageParameters& p = parameters_[k];
    if (is_logits(k)) {
        return p.bias;
    }
    const bool concurrent = recipe_.execution() == proto::Execution::concurrent;
    const double T = concurrent ? static_cast<double>(recipe_.horizon()) : 1;
    const Tensor bias = p.bias / (p.step * T);
    return rounds_ ? to_grid(bias) : bias;
}

Tensor HybridNetwork::to_grid(const Tensor& values) const {
    const double grid = std::exp2(recipe_.grid_bits());
    return recipe_.grid_bits() > 0 ? torch::round(values * grid) / grid : values;
}

void HybridNetwork::fire_stage(std::size_t k, Signal& signal, bool spikes, const Asked& asked) {
    const Tensor bias = scaled_bias(k);
    const bool concurrent = recipe_.execution() == proto::Execution::concurrent;
    const auto T = static_cast<double>(recipe_.horizon());
    const double most = recipe_.execution() == proto::Execution::burst ? k_no_limit : T;
    const double leak = concurrent && !neurons_.seed ? leak_a_tick(neurons_) * T : 0;
    const auto whole_input = [&] {
        const Tensor z = apply_scaled(k, signal.value, signal.total);
        return z + by_channel(bias, z) * (concurrent ? T : 1);
    };
    if (asked.inputs != nullptr) {
        asked.inputs->resize(stages_.size());
        (*asked.inputs)[k] = whole_input().detach();
    }
    if (asked.operations != nullptr && has_relay(k)) {
        // What the relay is charged with (saved_model.hpp) are spikes too.
        asked.operations->spikes[k] +=
            rate_counts(whole_input(), neurons_.start, 0, k_no_limit).sum().item<double>();
    }
    Tensor ticks;
    Tensor total;
    if (!concurrent || !spikes) {
        total = rate_counts(whole_input(), neurons_.start, leak, most);
    } else {
        const bool surrogate = recipe_.gradient() == proto::Gradient::surrogate;
        {
            const torch::AutoGradMode tape(surrogate && torch::GradMode::is_enabled());
            Tensor drive;
            if (signal.ticks.defined()) {
                const Tensor& s = signal.ticks;
                drive = apply_scaled(k, signal.value, s.flatten(0, 1))
                            .unflatten(0, {s.size(0), s.size(1)});
            } else {
                const Tensor held = apply_scaled(k, signal.value, signal.total / T);
                std::vector<std::int64_t> sizes = held.sizes().vec();
                sizes.insert(sizes.begin(), recipe_.horizon());
                drive = held.expand(sizes);
            }
            ticks = fire(neurons_,
                         drive,
                         by_channel(bias, drive[0]),
                         surrogate && torch::GradMode::is_enabled());
            total = ticks.sum(0);
        }
        if (!surrogate && torch::GradMode::is_enabled()) {
            total = with_rate_gradient(whole_input(), total, leak, most);
        }
    }
    signal = {.total = total,
              .ticks = ticks,
              .value = parameters_[k].step,
              .events = total.detach(),
              .costly = total,
              .multiplies = false};
}

Answer HybridNetwork::hybrid(const Tensor& x, bool spikes, const Asked& asked) {
    if (all_artificial(recipe_)) {
        Asked quantised = asked;
        quantised.quantised = recipe_.activation_bits() > 0;
        return artificial(x, false, quantised);
    }
    Answer answer;
    const Tensor features = front(x, asked, answer);
    Signal signal = encode(recipe_.coding(),
                           features,
                           full_scale_,
                           recipe_.horizon(),
                           spikes && recipe_.execution() == proto::Execution::concurrent);
    if (asked.operations != nullptr && !signal.multiplies) {
        asked.operations->encoder_spikes += signal.events.sum().item<double>();
    }
    const auto show = [&](std::size_t k) {
        if (asked.spikes != nullptr) {
            asked.spikes->resize(stages_.size());
            (*asked.spikes)[k] = signal.ticks.defined() ? signal.ticks : signal.total;
        }
    };
    for (std::size_t k = recipe_.artificial_layers(); k < stages_.size(); ++k) {
        const Stage& stage = stages_[k];
        if (!stage.has_weights()) {
            pool(stage, signal, spikes);
            show(k);
            continue;
        }
        if (asked.price) {
            add_price(answer, signal.costly, k);
        }
        if (asked.operations != nullptr) {
            std::vector<double>& sums =
                signal.multiplies ? asked.operations->macs : asked.operations->acs;
            sums[k] += (signal.events * fan_out(k)).sum().item<double>();
        }
        if (stage.readout && recipe_.readout() == proto::RecipeReadout::membrane) {
            const bool concurrent = recipe_.execution() == proto::Execution::concurrent;
            const double T = concurrent ? static_cast<double>(recipe_.horizon()) : 1;
            answer.logits = apply_scaled(k, signal.value, signal.total) / T + scaled_bias(k);
            break;
        }
        fire_stage(k, signal, spikes, asked);
        show(k);
        if (asked.operations != nullptr) {
            asked.operations->spikes[k] += signal.events.sum().item<double>();
        }
        if (stage.readout) {
            answer.logits = signal.total;
        }
    }
    return answer;
}

Tensor HybridNetwork::fan_out(std::size_t k) {
    fan_outs_.resize(stages_.size());
    if (!fan_outs_[k].defined()) {
        const torch::AutoGradMode tape(true);
        const Stage& stage = stages_[k];
        Tensor weight = parameters_[k].weight.detach();
        if (rounds_ && !stage.artificial) {
            weight = scaled_weight(k, input_value(k)).detach();
        }
        std::vector<std::int64_t> sizes(stage.input.dims.begin(), stage.input.dims.end());
        sizes.insert(sizes.begin(), 1);
        const Tensor events = torch::zeros(sizes).set_requires_grad(true);
        const Tensor arrived = apply(stage, nonzero_mask(weight), events).sum();
        fan_outs_[k] = torch::autograd::grad({arrived}, {events})[0][0].detach();
    }
    return fan_outs_[k];
}

Tensor HybridNetwork::input_value(std::size_t k) const {
    for (std::size_t j = k; j-- > recipe_.artificial_layers();) {
        if (stages_[j].has_weights()) {
            return parameters_[j].step;
        }
    }
    const bool real = recipe_.coding().has_duplicate() || recipe_.coding().has_gaussian();
    return (real ? number(1) : full_scale_) / static_cast<double>(recipe_.horizon());
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
        std::vector<std::int64_t> column(static_cast<std::size_t>(p.weight.dim()), 1);
        column[0] = -1;
        p.weight.mul_(gain.view(column));
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
