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

constexpr double k_norm_momentum = 0.1;

Tensor number(double value) { return torch::full({}, value, torch::kFloat32); }

Tensor nonzero_mask(const Tensor& x) { return (x.detach() != 0).to(torch::kFloat32); }

// [C] onto [batch, C, rows, columns] or [batch, C].
Tensor by_channel(const Tensor& values, const Tensor& like) {
    return like.dim() == 4 ? values.view({-1, 1, 1}) : values;
}

// The pool of a stage without weights, on activations.
Tensor pooled(const Stage& stage, const Tensor& x) {
    return stage.kind == Stage::Kind::max_pool ? torch::max_pool2d(x, stage.kernel)
                                               : torch::avg_pool2d(x, stage.kernel);
}

Tensor to_int8(const Tensor& weight) {
    const Tensor scales = int8_scales(weight.detach());
    return straight_through(weight,
                            int8_codes(weight, scales) * by_output(scales, weight.dim()));
}

}  // namespace

Tensor int8_scales(const Tensor& weight) {
    return weight.flatten(1).abs().amax(1).clamp_min(k_least_scale) / 127;
}

Tensor by_output(const Tensor& values, std::int64_t dimensions) {
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(dimensions), 1);
    sizes[0] = -1;
    return values.view(sizes);
}

Tensor int8_codes(const Tensor& weight, const Tensor& scales) {
    return torch::round(weight.detach() / by_output(scales, weight.dim())).clamp(-127, 127);
}

double Operations::total() const {
    double sum = 0;
    for (std::size_t k = 0; k < macs.size(); ++k) {
        sum += macs[k] + acs[k];
    }
    return sum;
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
            x = pooled(stage, x);
            costly = costly.defined() ? pooled(stage, costly) : costly;
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
        if (!stage.has_weights()) {
            x = pooled(stage, x);
            twin = twin.defined() ? pooled(stage, twin) : twin;
            costly = costly.defined() ? pooled(stage, costly) : costly;
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
    const auto of_stage = [&stage](const Tensor& x) { return pooled(stage, x); };
    if (stage.kind == Stage::Kind::average_pool) {
        signal.total = pooled(stage, signal.total);
        signal.events = pooled(stage, signal.events) * window;
        signal.costly = pooled(stage, signal.costly) * window;
        if (signal.ticks.defined()) {
            signal.ticks = over_ticks(signal.ticks, of_stage);
        }
        return;
    }
    signal.total = pooled(stage, signal.total);
    signal.events = signal.total.detach();
    signal.costly = signal.total;
    if (spikes && signal.ticks.defined()) {
        // By count: a spike whenever the largest count so far rises.
        const Tensor most = over_ticks(signal.ticks.cumsum(0), of_stage);
        signal.ticks = torch::cat({most.slice(0, 0, 1), most.diff(1, 0)});
    }
}

Tensor HybridNetwork::weight_scale(std::size_t k, const Tensor& value) const {
    if (!is_logits(k)) {
        return value / parameters_[k].step;
    }
    return value * shared_ticks();
}

bool HybridNetwork::has_relay(std::size_t k) const {
    return recipe_.execution() == proto::Execution::phased && recipe_.coding().has_latency() &&
           recipe_.horizon() > 1 && k == recipe_.artificial_layers();
}

double HybridNetwork::shared_ticks() const {
    return recipe_.execution() == proto::Execution::concurrent
               ? static_cast<double>(recipe_.horizon())
               : 1;
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
    const Tensor bias = p.bias / (p.step * shared_ticks());
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
        return z + by_channel(bias, z) * shared_ticks();
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
            answer.logits =
                apply_scaled(k, signal.value, signal.total) / shared_ticks() + scaled_bias(k);
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

}  // namespace saltus::training
