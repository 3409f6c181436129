#include "cli/predictions.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "models/files/csv_field.hpp"
#include "models/trace/answer_lead.hpp"

namespace saltus::cli {

namespace {

std::uint64_t values_of(const Network& network, std::size_t readout) {
    return network.population(network.readout(readout).population).shape.size();
}

// What a sample cost: ticks run, spikes of neurons, synaptic operations.
std::string cost_of(const Network& network, const Result& result) {
    std::uint64_t spikes = 0;
    for (std::size_t p = 0; p < result.counts.populations.size(); ++p) {
        const auto& kind = network.population(static_cast<PopulationId>(p)).kind;
        spikes += std::holds_alternative<NeuronSpec>(kind) ? result.counts.populations[p].spikes : 0;
    }
    std::uint64_t acs = 0;
    for (const ProjectionCounts& projection : result.counts.projections) {
        acs += projection.acs;
    }
    return fmt::format(",{},{},{}", result.ticks_run, spikes, acs);
}

}  // namespace

std::string predictions_head(const Network& network) {
    std::string head = "sample,label";
    for (std::size_t r = 0; r < network.readout_count(); ++r) {
        const std::string before = r == 0 ? "" : network.readout(r).name + ":";
        head += "," + csv_field(before + "prediction") + "," + csv_field(before + "undecided");
        for (std::uint64_t k = 0; k < values_of(network, r); ++k) {
            head += "," + csv_field(fmt::format("{}value_{}", before, k));
        }
        head += "," + csv_field(before + "margin");
    }
    return head + ",ticks,spikes,synaptic_operations\n";
}

std::string predictions_line(const Network& network, const FinishedSample& sample) {
    std::string line =
        fmt::format("{},{}", sample.number, sample.label ? std::to_string(*sample.label) : "");
    const bool failed = sample.outcome.result.error.has_value();
    for (std::size_t r = 0; r < network.readout_count(); ++r) {
        if (failed) {
            line.append(3 + values_of(network, r), ',');
            continue;
        }
        const ReadoutResult& readout = sample.outcome.result.readouts.at(r);
        line += fmt::format(",{},{}", readout.prediction, readout.undecided ? 1 : 0);
        for (const float value : readout.values) {
            line += fmt::format(",{}", value);
        }
        line += fmt::format(
            ",{}", answer_lead(network.readout(r).kind, readout.values, readout.prediction));
    }
    return line + (failed ? ",,," : cost_of(network, sample.outcome.result)) + "\n";
}

}  // namespace saltus::cli
