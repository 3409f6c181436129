#include "models/study/changed_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <set>
#include <variant>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/nearest_name.hpp"

namespace saltus {

namespace {

constexpr const char* k_neuron_paths[] = {"theta_scale",
                                          "theta",
                                          "beta",
                                          "v_rest",
                                          "v_init",
                                          "v_reset",
                                          "refractory_ticks",
                                          "alpha",
                                          "gain"};

[[noreturn]] void refuse(const std::string& option,
                         const Setting& setting,
                         const std::string& needed) {
    throw InputError(option, setting.path + "=" + value_text(setting.value), needed);
}

void check_whole(const std::string& option, const Setting& setting, double least, double most) {
    if (setting.value < least || setting.value > most ||
        setting.value != std::floor(setting.value)) {
        refuse(option, setting, fmt::format("a whole number from {} to {}", least, most));
    }
}

void scale(Parameter& parameter, double factor) {
    for (double& value : parameter.values) {
        value = static_cast<double>(static_cast<float>(value * factor));
    }
}

double rounded(double value) {
    return static_cast<double>(static_cast<float>(value));
}

std::optional<double> value_of(std::span<const Setting> settings, const std::string& path) {
    const auto at = std::find_if(
        settings.begin(), settings.end(), [&](const Setting& one) { return one.path == path; });
    return at == settings.end() ? std::nullopt : std::optional(at->value);
}

bool is_scale(const Setting& setting) {
    return setting.path == "theta_scale" || setting.path.ends_with(".theta_scale");
}

Weights* weights_of(ProjectionSpec& projection) {
    if (auto* dense = std::get_if<Dense>(&projection.connection)) {
        return &dense->weights;
    }
    if (auto* conv = std::get_if<Conv2d>(&projection.connection)) {
        return &conv->weights;
    }
    auto* sparse = std::get_if<Sparse>(&projection.connection);
    return sparse == nullptr ? nullptr : &sparse->weights;
}

void change(std::span<float> weights, double prune, double bits) {
    prune_by_magnitude(weights, prune);
    if (bits > 0) {
        round_to_bits(weights, bits);
    }
}

// Weights from one padding to the next in a rows_by_source tensor; 0: there is no padding.
std::uint64_t run_length(const ProjectionSpec& projection, const NetworkSpec& spec) {
    if (std::holds_alternative<Dense>(projection.connection)) {
        return spec.populations[projection.target].shape.size();
    }
    if (const auto* conv = std::get_if<Conv2d>(&projection.connection)) {
        return spec.populations[projection.target].shape.channels() / conv->groups;
    }
    return 0;
}

// Only the weights of padded rows, not the padding, which would count as the smallest.
void change_runs(std::span<float> rows, std::uint64_t run, double prune, double bits) {
    const std::uint64_t pitch = row_pitch(run, sizeof(float));
    std::vector<float> weights;
    for (std::size_t row = 0; row + run <= rows.size(); row += pitch) {
        weights.insert(weights.end(),
                       rows.begin() + static_cast<std::ptrdiff_t>(row),
                       rows.begin() + static_cast<std::ptrdiff_t>(row + run));
    }
    change(weights, prune, bits);
    std::size_t from = 0;
    for (std::size_t row = 0; row + run <= rows.size(); row += pitch, from += run) {
        std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(from),
                    run,
                    rows.begin() + static_cast<std::ptrdiff_t>(row));
    }
}

}  // namespace

std::vector<std::string> setting_paths(const LoadedModel& model) {
    std::vector<std::string> paths = {"horizon", "theta_scale", "weights.bits", "weights.prune"};
    const NetworkSpec spec = model.network_spec();
    for (const PopulationSpec& population : spec.populations) {
        if (const auto* neurons = std::get_if<NeuronSpec>(&population.kind)) {
            for (const char* const path : k_neuron_paths) {
                if (neurons->fires || std::string_view(path).substr(0, 5) != "theta") {
                    paths.push_back(population.name + "." + path);
                }
            }
        }
    }
    return paths;
}

void prune_by_magnitude(std::span<float> weights, double share) {
    const auto gone = static_cast<std::size_t>(share * static_cast<double>(weights.size()));
    if (gone == weights.size()) {
        std::fill(weights.begin(), weights.end(), 0.0F);
        return;
    }
    std::vector<float> magnitudes(weights.size());
    std::transform(weights.begin(), weights.end(), magnitudes.begin(), [](float weight) {
        return std::abs(weight);
    });
    const auto least_kept = magnitudes.begin() + static_cast<std::ptrdiff_t>(gone);
    std::nth_element(magnitudes.begin(), least_kept, magnitudes.end());
    for (float& weight : weights) {
        if (std::abs(weight) < *least_kept) {
            weight = 0;
        }
    }
}

void round_to_bits(std::span<float> weights, double bits) {
    float largest = 0;
    for (const float weight : weights) {
        largest = std::max(largest, std::abs(weight));
    }
    const double step = static_cast<double>(largest) / (std::exp2(bits - 1) - 1);
    for (float& weight : weights) {
        weight =
            largest == 0
                ? weight
                : static_cast<float>(std::nearbyint(static_cast<double>(weight) / step) * step);
    }
}

ChangedModel::ChangedModel(const LoadedModel& model,
                           std::span<const Setting> settings,
                           const std::string& option)
    : model_(&model) {
    const std::vector<std::string> paths = setting_paths(model);
    std::set<std::string> seen;
    for (const Setting& setting : settings) {
        if (std::find(paths.begin(), paths.end(), setting.path) == paths.end()) {
            throw InputError(option,
                             '"' + setting.path + '"',
                             "a number of this model or run; the nearest is \"" +
                                 nearest_name(paths, setting.path) + '"');
        }
        if (!seen.insert(setting.path).second) {
            refuse(option, setting, "each path once");
        }
        if (setting.path == "horizon") {
            check_whole(option, setting, 1, 9007199254740992.0);
            horizon_ = static_cast<Tick>(setting.value);
        }
    }
    spec_ = model.network_spec(horizon_);
    for (const EncoderBinding& encoder : model.encoders()) {
        fronts_.push_back(encoder.front);
    }
    const std::optional<double> prune = value_of(settings, "weights.prune");
    const std::optional<double> bits = value_of(settings, "weights.bits");
    if (prune && (*prune < 0 || *prune > 1)) {
        refuse(option, {"weights.prune", *prune}, "a share from 0 to 1");
    }
    if (bits) {
        check_whole(option, {"weights.bits", *bits}, 2, 16);
    }
    if (prune || bits) {
        change_weights(prune.value_or(0), bits.value_or(0), option);
    }
    for (const bool scales : {false, true}) {
        for (const Setting& setting : settings) {
            if (is_scale(setting) == scales && setting.path != "horizon" &&
                !setting.path.starts_with("weights.")) {
                set_population(setting.path.rfind('.'), setting, option);
            }
        }
    }
}

// `dot`: of the path, between the population's name and its number; npos: all populations.
void ChangedModel::set_population(std::size_t dot,
                                  const Setting& setting,
                                  const std::string& option) {
    const std::string name = dot == std::string::npos ? "" : setting.path.substr(0, dot);
    const std::string number =
        dot == std::string::npos ? setting.path : setting.path.substr(dot + 1);
    const double value = rounded(setting.value);
    for (PopulationSpec& population : spec_.populations) {
        auto* neurons = std::get_if<NeuronSpec>(&population.kind);
        if (neurons == nullptr || (!name.empty() && population.name != name)) {
            continue;
        }
        if (number == "theta_scale") {
            if (!(value > 0)) {
                refuse(option, setting, "a factor above 0");
            }
            if (neurons->fires) {
                scale(neurons->theta, setting.value);
            }
        } else if (number == "refractory_ticks") {
            check_whole(option, setting, 0, 9007199254740992.0);
            neurons->refractory_ticks = static_cast<Tick>(setting.value);
        } else {
            Parameter& parameter = number == "theta"     ? neurons->theta
                                   : number == "beta"    ? neurons->beta
                                   : number == "v_rest"  ? neurons->v_rest
                                   : number == "v_init"  ? neurons->v_init
                                   : number == "v_reset" ? neurons->v_reset
                                   : number == "alpha"   ? neurons->receptors.at(0).alpha
                                                         : neurons->receptors.at(0).gain;
            parameter = Parameter(value);
        }
    }
}

// A copy that starts on a cache line, as rows_by_source tensors must.
std::span<float> ChangedModel::copied(std::span<const float> weights) {
    constexpr std::size_t k_line = 64;
    std::vector<float>& memory = owned_.emplace_back(weights.size() + k_line / sizeof(float));
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    const std::size_t skip = (k_line - address % k_line) % k_line / sizeof(float);
    const std::span<float> copy(memory.data() + skip, weights.size());
    std::copy(weights.begin(), weights.end(), copy.begin());
    return copy;
}

void ChangedModel::change_weights(double prune, double bits, const std::string& option) {
    for (ProjectionSpec& projection : spec_.projections) {
        Weights* const weights = weights_of(projection);
        if (weights == nullptr) {
            continue;
        }
        if (weights->type != WeightType::float32) {
            throw InputError(option,
                             std::string("weights.") + (prune > 0 ? "prune" : "bits") + " where " +
                                 projection.origin + " is not float32",
                             "a model of float32 weights");
        }
        std::vector<float> numbers(weights->data.size() / sizeof(float));
        std::memcpy(numbers.data(), weights->data.data(), numbers.size() * sizeof(float));
        const std::span<float> copy = copied(numbers);
        const std::uint64_t run =
            weights->layout == WeightLayout::rows_by_source ? run_length(projection, spec_) : 0;
        if (run == 0) {
            change(copy, prune, bits);
        } else {
            change_runs(copy, run, prune, bits);
        }
        weights->data = std::as_bytes(copy);
    }
    for (FrontSpec& front : fronts_) {
        for (FrontLayer& layer : front.layers) {
            std::span<const float>* weight = nullptr;
            if (auto* dense = std::get_if<FrontDense>(&layer.kind)) {
                weight = &dense->weight;
            } else if (auto* conv = std::get_if<FrontConv2d>(&layer.kind)) {
                weight = &conv->weight;
            }
            if (weight != nullptr) {
                const std::span<float> copy = copied(*weight);
                change(copy, prune, bits);
                *weight = copy;
            }
        }
    }
}

Pipeline ChangedModel::pipeline() const {
    return Pipeline(*model_, spec_, fronts_);
}

}  // namespace saltus
