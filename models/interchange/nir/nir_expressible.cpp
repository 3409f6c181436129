#include "models/interchange/nir/nir_expressible.hpp"

#include <algorithm>
#include <optional>
#include <variant>

#include <fmt/format.h>

#include "models/files/faults.hpp"
#include "models/interchange/nir/nir_convention.hpp"

namespace saltus::detail {

namespace {

constexpr std::uint64_t k_most_laid_out = std::uint64_t{1} << 24;

bool all_of(const Parameter& parameter, double value) {
    return std::all_of(
        parameter.values.begin(), parameter.values.end(), [&](double one) { return one == value; });
}

bool same(const Parameter& a, const Parameter& b) {
    const std::size_t size = std::max(a.values.size(), b.values.size());
    for (std::size_t k = 0; k < size; ++k) {
        if (a.at(k) != b.at(k)) {
            return false;
        }
    }
    return true;
}

class Check {
  public:
    Check(const LoadedModel& model, const NetworkSpec& spec, bool spiking_part)
        : model_(model), spec_(spec), spiking_part_(spiking_part), faults_(model.origin()) {}

    NirWords words() {
        for (std::size_t p = 0; p < spec_.populations.size(); ++p) {
            check_population(p);
        }
        for (const ProjectionSpec& projection : spec_.projections) {
            check_projection(projection);
        }
        faults_.throw_if_any();
        name_convention();
        return std::move(words_);
    }

  private:
    void refuse(const std::string& where, const std::string& found, const std::string& needed) {
        faults_.add(where, found, needed);
    }

    void check_population(std::size_t p) {
        const PopulationSpec& population = spec_.populations[p];
        if (population.name.find('/') != std::string::npos) {
            refuse(population.name, "a name with a slash", "one without: NIR nests graphs by it");
        }
        if (std::holds_alternative<MaxPoolSpec>(population.kind)) {
            refuse(population.name, "a max pool of spikes", "a part that NIR has");
        } else if (std::holds_alternative<EncoderSpec>(population.kind)) {
            check_encoder(p, population);
        } else {
            check_neurons(population.name, std::get<NeuronSpec>(population.kind));
        }
    }

    void check_encoder(std::size_t p, const PopulationSpec& population) {
        for (const EncoderBinding& encoder : model_.encoders()) {
            if (encoder.population != p || (std::holds_alternative<EventsCoding>(encoder.coding) &&
                                            encoder.front.layers.empty())) {
                continue;
            }
            if (!spiking_part_) {
                refuse(population.name,
                       "artificial layers or a coding",
                       "an encoder of events, or --spiking-part, which cuts them off");
            } else {
                words_.notes.push_back(population.name +
                                       " is an input of what its encoder sends; the encoder and "
                                       "what stands in front are cut off");
            }
        }
    }

    void check_neurons(const std::string& name, const NeuronSpec& n) {
        const auto cannot = [&](bool is, const char* found, const char* needed) {
            if (is) {
                refuse(name, found, needed);
            }
        };
        cannot(n.receptors.size() != 1, "several receptors", "one");
        const ReceptorSpec& receptor = n.receptors.front();
        cannot(receptor.second_order.has_value() || n.reset_trace.has_value(),
               "a second-order current or a reset trace",
               "a part that NIR has");
        cannot(n.refractory_ticks > 1, "a refractory period", "none");
        cannot(n.firing_window.from != 0 || n.firing_window.until.has_value() ||
                   receptor.drive_window.from != 0 || receptor.drive_window.until.has_value(),
               "a window of ticks",
               "none");
        cannot(n.reset_when != ResetWhen::at_firing, "a reset at the next tick", "at firing");
        cannot(std::any_of(receptor.alpha.values.begin(),
                           receptor.alpha.values.end(),
                           [](double a) { return a >= 1; }),
               "a lasting current",
               "alpha below 1");
        const bool current = !all_of(receptor.alpha, 0);
        const bool leaks =
            std::any_of(n.beta.values.begin(), n.beta.values.end(), [](double b) { return b < 1; });
        cannot(leaks &&
                   std::any_of(
                       n.beta.values.begin(), n.beta.values.end(), [](double b) { return b == 1; }),
               "neurons with and without leak",
               "either");
        cannot(current && !leaks, "a current without a leak", "a leak");
        cannot(!leaks && !all_of(n.v_rest, 0), "a rest without a leak", "none");
        cannot(n.spikes_per_tick == SpikesPerTick::trunc && leaks,
               "several spikes a tick with a leak",
               "one");
        const bool floored = n.floor.has_value();
        cannot(floored && (leaks || !n.theta.is_one() || *n.floor != -n.theta.at(0)),
               "a floor of its own",
               "none, or -theta of an integrate-and-fire neuron");
        NirConvention own = nir_conventions()[0];
        own.comparison = n.comparison;
        own.reset = n.reset == Reset::subtract ? NirConvention::Reset::subtract
                                               : NirConvention::Reset::to_v_reset;
        own.previous_reset_counts = n.previous_reset_counts;
        own.current = n.current_used;
        own.several_spikes = n.spikes_per_tick == SpikesPerTick::trunc;
        own.floor_at_minus_theta = floored;
        if (all_of(n.v_init, 0)) {
            own.start = NirConvention::Start::zero;
        } else if (same(n.v_init, n.v_rest)) {
            own.start = NirConvention::Start::v_leak;
        } else if (same(n.v_init, n.v_reset) && n.fires) {
            own.start = NirConvention::Start::v_reset;
        } else {
            refuse(name, "an initial membrane of its own", "0, v_rest or v_reset");
        }
        take_convention(name, n, own, leaks, current);
    }

    // All populations are read back by one convention; what a kind of neuron does not show is free.
    void take_convention(const std::string& name,
                         const NeuronSpec& n,
                         const NirConvention& own,
                         bool leaks,
                         bool current) {
        const auto take = [&](auto& ours, auto value, const char* words) {
            if (ours && *ours != value) {
                refuse(name,
                       std::string("another ") + words + " than other populations",
                       "one for all: NIR states none");
            }
            ours = value;
        };
        if (!n.fires) {
            return;
        }
        take(comparison_, own.comparison, "comparison");
        take(reset_, own.reset, "reset");
        take(previous_, own.previous_reset_counts, "way of resetting");
        if (!all_of(n.v_rest, 0) || !all_of(n.v_reset, 0) ||
            own.start != NirConvention::Start::zero) {
            take(start_, own.start, "start");
        }
        if (current) {
            take(current_, own.current, "current");
        }
        if (!leaks) {
            take(several_, own.several_spikes, "number of spikes a tick");
            take(floor_, own.floor_at_minus_theta, "floor");
        }
    }

    void name_convention() {
        NirConvention wanted = nir_conventions()[0];
        wanted.comparison = comparison_.value_or(wanted.comparison);
        wanted.reset = reset_.value_or(wanted.reset);
        wanted.previous_reset_counts = previous_.value_or(wanted.previous_reset_counts);
        wanted.start = start_.value_or(wanted.start);
        wanted.current = current_.value_or(wanted.current);
        wanted.several_spikes = several_.value_or(wanted.several_spikes);
        wanted.floor_at_minus_theta = floor_.value_or(wanted.floor_at_minus_theta);
        words_.dialect = nir_conventions()[0].name;
        const std::vector<std::string> first = convention_words(nir_conventions()[0]);
        for (const std::string& words : convention_words(wanted)) {
            if (std::find(first.begin(), first.end(), words) == first.end() &&
                words != "previous=none") {
                words_.assumptions.push_back(words.substr(0, words.find(':')));
            }
        }
    }

    void check_projection(const ProjectionSpec& projection) {
        const std::string name = spec_.populations[projection.source].name + " -> " +
                                 spec_.populations[projection.target].name;
        if (projection.source_filter) {
            refuse(name, "a filter of its source", "a part that NIR has");
        }
        const Weights* weights = nullptr;
        if (const auto* dense = std::get_if<Dense>(&projection.connection)) {
            weights = &dense->weights;
        } else if (const auto* conv = std::get_if<Conv2d>(&projection.connection)) {
            weights = &conv->weights;
        } else if (const auto* sparse = std::get_if<Sparse>(&projection.connection)) {
            weights = &sparse->weights;
            const std::uint64_t laid_out = spec_.populations[projection.source].shape.size() *
                                           spec_.populations[projection.target].shape.size();
            if (laid_out > k_most_laid_out) {
                refuse(name,
                       fmt::format("sparse rows of {} numbers laid out", laid_out),
                       "at most 2^24: NIR has no sparse rows");
            }
        }
        if (weights != nullptr && weights->type != WeightType::float32) {
            refuse(name, "weights that are not float32", "float32");
        }
    }

    const LoadedModel& model_;
    const NetworkSpec& spec_;
    const bool spiking_part_;
    Faults faults_;
    NirWords words_;
    // Of all populations that fire; absent: none of them shows it.
    std::optional<Comparison> comparison_;
    std::optional<NirConvention::Reset> reset_;
    std::optional<bool> previous_;
    std::optional<NirConvention::Start> start_;
    std::optional<CurrentUsed> current_;
    std::optional<bool> several_;
    std::optional<bool> floor_;
};

}  // namespace

NirWords check_expressible(const LoadedModel& model, const NetworkSpec& spec, bool spiking_part) {
    return Check(model, spec, spiking_part).words();
}

}  // namespace saltus::detail
