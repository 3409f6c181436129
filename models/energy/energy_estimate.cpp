#include "models/energy/energy_estimate.hpp"

#include <algorithm>
#include <span>
#include <variant>

#include <fmt/format.h>

namespace saltus {

namespace {

// One count is enough of each: the same thing, looked at in two ways.
constexpr Counted k_same_thing[][2] = {
    {Counted::front_macs, Counted::dense_front_macs},
    {Counted::held_macs, Counted::held_ticks},
    {Counted::neuron_updates, Counted::neuron_ticks},
};
// Counts that only some hardware has a cost for: no price is no gap.
constexpr Counted k_peculiar[] = {Counted::front_neurons, Counted::encoder_ticks};

bool priced(const EnergyModel& model, Counted counted) {
    if (model.price(counted) != nullptr) {
        return true;
    }
    for (const auto& pair : k_same_thing) {
        if ((pair[0] == counted && model.price(pair[1]) != nullptr) ||
            (pair[1] == counted && model.price(pair[0]) != nullptr)) {
            return true;
        }
    }
    return false;
}

// The second of two ways to look at one thing is not listed beside the first.
bool listed_as_gap(Counted counted) {
    return std::find(std::begin(k_peculiar), std::end(k_peculiar), counted) ==
               std::end(k_peculiar) &&
           std::none_of(std::begin(k_same_thing), std::end(k_same_thing), [&](const auto& pair) {
               return pair[1] == counted;
           });
}

double front_neurons(const Pipeline& pipeline) {
    double neurons = 0;
    std::vector<bool> counted(pipeline.model().inputs().size());
    for (std::size_t e = 0; e < pipeline.model().encoders().size(); ++e) {
        const EncoderBinding& encoder = pipeline.model().encoders()[e];
        if (encoder.front.layers.empty()) {
            continue;
        }
        if (!counted[encoder.input]) {
            neurons += static_cast<double>(pipeline.model().inputs()[encoder.input].shape.size());
            counted[encoder.input] = true;
        }
        for (std::size_t l = 0; l < encoder.front.layers.size(); ++l) {
            if (std::holds_alternative<FrontDense>(encoder.front.layers[l].kind) ||
                std::holds_alternative<FrontConv2d>(encoder.front.layers[l].kind)) {
                neurons += static_cast<double>(pipeline.front(e).layer_output(l).size());
            }
        }
    }
    return neurons;
}

}  // namespace

double weight_width(const LoadedModel& model) {
    double numbers = 0;
    double bytes = 0;
    for (const TensorSummary& tensor : model.tensors()) {
        const double width = tensor.type == "int8"                                   ? 1
                             : tensor.type == "float16" || tensor.type == "bfloat16" ? 2
                             : tensor.type == "float32"                              ? 4
                                                                                     : 0;
        numbers += width > 0 ? static_cast<double>(tensor.numbers) : 0;
        bytes += width * static_cast<double>(tensor.numbers);
    }
    return numbers > 0 ? bytes / numbers : 4;
}

EnergyCounts energy_counts(const Pipeline& pipeline, const RunReport& report, double ticks) {
    const SampleMeans& m = report.means;
    const Network& network = pipeline.network();
    EnergyCounts counts;
    const auto set = [&](Counted counted, double value) {
        counts.of[static_cast<std::size_t>(counted)] = value;
    };
    set(Counted::front_macs, m.effective_front_macs);
    set(Counted::dense_front_macs, m.front_macs);
    set(Counted::front_neurons, front_neurons(pipeline));
    set(Counted::held_macs, m.effective_held_drive_macs);
    set(Counted::held_ticks, m.effective_held_drive_macs * ticks);
    set(Counted::graded_macs, m.effective_graded_macs);
    set(Counted::acs, m.effective_synaptic_operations);
    set(Counted::neuron_updates, m.neuron_updates);
    set(Counted::spikes, m.spikes + m.encoder_spikes + m.max_pool_spikes);
    set(Counted::pool_operations, m.pool_operations);
    double neurons = 0;
    double encoders = 0;
    for (std::size_t p = 0; p < network.population_count(); ++p) {
        const PopulationSpec& population = network.population(static_cast<PopulationId>(p));
        const auto size = static_cast<double>(population.shape.size());
        neurons += std::holds_alternative<NeuronSpec>(population.kind) ? size : 0;
        encoders += std::holds_alternative<EncoderSpec>(population.kind) ? size : 0;
    }
    set(Counted::neuron_ticks, neurons * ticks);
    set(Counted::encoder_ticks, encoders * ticks);
    counts.state_bytes = 4 * neurons;
    for (const TensorSummary& tensor : pipeline.model().tensors()) {
        counts.weight_bytes += static_cast<double>(tensor.bytes);
    }
    counts.weight_width = weight_width(pipeline.model());
    if (pipeline.model().tick_seconds() > 0) {
        counts.seconds = ticks * pipeline.model().tick_seconds();
    }
    return counts;
}

double piece_joules(const EnergyModel& model,
                    const EnergyPrice& price,
                    const EnergyCounts& counts) {
    return price.joules +
           price.weight_reads * (counts.weight_width / 4) *
               model.access_joules(counts.weight_bytes) +
           (price.state_reads + price.state_writes) * model.access_joules(counts.state_bytes);
}

EnergyEstimate estimate_energy(const EnergyModel& model, const EnergyCounts& counts) {
    EnergyEstimate estimate;
    for (const EnergyPrice& price : model.prices) {
        const double count = counts.at(price.of);
        if (count == 0) {
            continue;
        }
        const double joules = count * piece_joules(model, price, counts);
        estimate.terms.push_back({counted_words(price.of),
                                  count,
                                  joules,
                                  joules - count * price.joules,
                                  price.source,
                                  price.kind});
        estimate.joules += joules;
    }
    if (model.static_watts && counts.seconds) {
        const double joules = *model.static_watts * *counts.seconds;
        estimate.terms.push_back(
            {"static power", *counts.seconds, joules, 0, "", EnergyKind::published});
        estimate.joules += joules;
    }
    for (std::size_t k = 0; k < k_counted; ++k) {
        const auto counted = static_cast<Counted>(k);
        if (counts.at(counted) > 0 && listed_as_gap(counted) && !priced(model, counted)) {
            estimate.unpriced.emplace_back(counted_words(counted));
        }
    }
    if (model.memory.empty()) {
        estimate.unpriced.emplace_back("memory");
    }
    if (!model.static_watts || !counts.seconds) {
        estimate.unpriced.emplace_back(model.static_watts
                                           ? "static power (the model states no length of a tick)"
                                           : "static power");
    }
    return estimate;
}

}  // namespace saltus
