#include "core/compile/validate.hpp"

#include <cmath>
#include <set>

#include <fmt/format.h>

namespace saltus::detail {

namespace {

constexpr std::uint64_t k_most_neurons = std::uint64_t{1} << 31;

bool is_encoder(const PopulationSpec& population) {
    return std::holds_alternative<EncoderSpec>(population.kind);
}

void find_population_faults(const NetworkSpec& spec, std::vector<Fault>& faults) {
    std::set<std::string> names;
    for (std::size_t p = 0; p < spec.populations.size(); ++p) {
        const PopulationSpec& population = spec.populations[p];
        const std::string path = path_of(population, p);
        if (population.name.empty()) {
            faults.push_back({path + ".name", "an empty name", "a name"});
        } else if (!names.insert(population.name).second) {
            faults.push_back(
                {path + ".name", "\"" + population.name + "\" twice", "a name of its own"});
        }
        const std::uint64_t neurons = population.shape.size();
        if (neurons == 0 || neurons > k_most_neurons) {
            faults.push_back({path + ".shape",
                              population.shape.text(),
                              "at least one dimension, each at least 1, at most 2^31 neurons"});
            continue;
        }
        if (const auto* rule = std::get_if<NeuronSpec>(&population.kind)) {
            bool driven = false;
            for (const ProjectionSpec& projection : spec.projections) {
                const bool known = projection.source < spec.populations.size();
                const auto* source =
                    known ? std::get_if<EncoderSpec>(&spec.populations[projection.source].kind)
                          : nullptr;
                driven |= projection.target == p && source != nullptr && source->holds_values;
            }
            find_neuron_faults(*rule, neurons, path, driven, faults);
        }
        if (std::holds_alternative<MaxPoolSpec>(population.kind)) {
            std::size_t incoming = 0;
            for (const ProjectionSpec& projection : spec.projections) {
                incoming += projection.target == p ? 1 : 0;
            }
            if (incoming != 1) {
                faults.push_back({path,
                                  fmt::format("{} incoming projections", incoming),
                                  "exactly one, of kind window, into a max pool"});
            }
            if (!population.shape.is_chw()) {
                faults.push_back({path + ".shape",
                                  population.shape.text(),
                                  "[channel, height, width] for a max pool"});
            }
        }
    }
}

void find_readout_faults(const NetworkSpec& spec, std::vector<Fault>& faults) {
    for (std::size_t r = 0; r < spec.readouts.size(); ++r) {
        const ReadoutSpec& readout = spec.readouts[r];
        const std::string path =
            readout.origin.empty() ? fmt::format("readouts[{}]", r) : readout.origin;
        if (readout.population >= spec.populations.size()) {
            faults.push_back({path + ".population",
                              fmt::format("{}", readout.population),
                              "a population of the network"});
            continue;
        }
        const PopulationSpec& population = spec.populations[readout.population];
        const auto* rule = std::get_if<NeuronSpec>(&population.kind);
        if (rule == nullptr) {
            faults.push_back(
                {path + ".population", "\"" + population.name + "\"", "a population of neurons"});
            continue;
        }
        if (readout.kind == ReadoutSpec::Kind::mean_membrane && rule->clock != Clock::stepped) {
            faults.push_back({path + ".kind",
                              "mean_membrane of a population whose clock is not stepped",
                              "a stepped population"});
        }
        if (!readout.logit) {
            continue;
        }
        if (readout.logit->T && *readout.logit->T < 1) {
            faults.push_back(
                {path + ".logit.T", fmt::format("{}", *readout.logit->T), "at least 1 tick"});
        }
        const std::size_t biases = readout.logit->bias.size();
        if (biases != 0 && biases != population.shape.size()) {
            faults.push_back({path + ".logit.bias",
                              fmt::format("{} numbers", biases),
                              fmt::format("none or {}, one a neuron", population.shape.size())});
        }
        for (const float bias : readout.logit->bias) {
            if (std::isfinite(bias)) {
                continue;
            }
            faults.push_back({path + ".logit.bias", fmt::format("{}", bias), "finite numbers"});
            break;
        }
    }
}

}  // namespace

std::string path_of(const PopulationSpec& population, std::size_t id) {
    return population.origin.empty() ? fmt::format("populations[{}]", id) : population.origin;
}

std::string path_of(const ProjectionSpec& projection, std::size_t id) {
    return projection.origin.empty() ? fmt::format("projections[{}]", id) : projection.origin;
}

Shape seen_shape(const ProjectionSpec& projection, const Shape& source) {
    if (!projection.pool) {
        return source;
    }
    const std::uint32_t k = projection.pool->k;
    const std::uint32_t stride = projection.pool->stride == 0 ? k : projection.pool->stride;
    if (!source.is_chw() || k == 0 || k > source.height() || k > source.width()) {
        return {};
    }
    return {
        source.channels(), (source.height() - k) / stride + 1, (source.width() - k) / stride + 1};
}

std::vector<Fault> find_faults(const NetworkSpec& spec, bool narrow) {
    std::vector<Fault> faults;
    if (spec.horizon < 1 || spec.horizon > (Tick{1} << 53)) {
        faults.push_back({"horizon", fmt::format("{}", spec.horizon), "1 to 2^53 ticks"});
    }
    if (spec.populations.empty()) {
        faults.push_back({"populations", "none", "at least one"});
    }
    find_population_faults(spec, faults);
    for (std::size_t p = 0; p < spec.projections.size(); ++p) {
        const ProjectionSpec& projection = spec.projections[p];
        const std::string path = path_of(projection, p);
        if (projection.source >= spec.populations.size() ||
            projection.target >= spec.populations.size()) {
            faults.push_back({path,
                              fmt::format("{} -> {}", projection.source, projection.target),
                              "populations of the network"});
            continue;
        }
        if (is_encoder(spec.populations[projection.target])) {
            faults.push_back({path + ".target",
                              "the encoder \"" + spec.populations[projection.target].name + "\"",
                              "a population that takes input"});
            continue;
        }
        const std::uint64_t sources = spec.populations[projection.source].shape.size();
        const std::uint64_t targets = spec.populations[projection.target].shape.size();
        if (sources == 0 || sources > k_most_neurons || targets == 0 || targets > k_most_neurons) {
            continue;
        }
        find_projection_faults(spec, p, narrow, faults);
    }
    find_readout_faults(spec, faults);
    return faults;
}

}  // namespace saltus::detail
