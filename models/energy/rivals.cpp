#include "models/energy/rivals.hpp"

#include <fmt/format.h>

#include "saltus/model.pb.h"

namespace saltus {

namespace {

std::string times(double ratio) {
    return fmt::format("{:.3g}", ratio);
}

std::string verdict(const EnergyModel& model,
                    const EnergyEstimate& estimate,
                    const RivalComparison& found,
                    double operations) {
    const std::string ours = fmt::format(
        "under {} this network costs {} a sample", model.name, joules_text(estimate.joules));
    if (found.rivals.empty()) {
        return ours +
               "; the model carries no artificial networks to compare with (saltus train "
               "--baselines)";
    }
    if (!found.nearest) {
        const bool priced = found.rivals.front().joules.has_value();
        return ours +
               (priced
                    ? "; none of its rivals is as accurate"
                    : "; the energy model has no price for artificial layers, so nothing follows");
    }
    const Rival& rival = found.rivals[*found.nearest];
    const std::string its =
        fmt::format("; the cheapest rival that is as accurate ({}, {:.2f} %) costs {}",
                    rival.kind,
                    100 * rival.accuracy,
                    joules_text(*rival.joules));
    const bool wins = found.ratio >= 1;
    const double flip = wins ? 1 : -1;
    const auto part = [&](double ratio) { return flip > 0 ? ratio : 1 / ratio; };
    return ours + its +
           fmt::format(
               ": spiking {} by {} times, {} by the price of an operation and {} by their number "
               "({:.0f} against {:.0f})",
               wins ? "wins" : "loses",
               times(part(found.ratio)),
               times(part(found.by_price)),
               times(part(found.by_operations)),
               operations,
               rival.macs);
}

}  // namespace

std::optional<double> rival_joules(const EnergyModel& model,
                                   double weight_width,
                                   const proto::Baseline& baseline) {
    const EnergyPrice* price = model.price(Counted::front_macs);
    if (price == nullptr) {
        price = model.price(Counted::dense_front_macs);
    }
    if (price == nullptr) {
        return std::nullopt;
    }
    EnergyCounts its;
    its.weight_width = weight_width;
    its.weight_bytes = static_cast<double>(baseline.weights()) * weight_width;
    return baseline.effective_macs_per_sample() * piece_joules(model, *price, its);
}

RivalComparison compare_with_rivals(const EnergyModel& model,
                                    const EnergyCounts& counts,
                                    const EnergyEstimate& estimate,
                                    const Pipeline& pipeline,
                                    const RunReport& report) {
    RivalComparison found;
    double least = 2;  // accuracy of a rival that is as accurate; none is where ours is not known
    if (!report.readouts.empty() && report.readouts[0].accuracy) {
        least = report.readouts[0].accuracy->low;
    }
    for (const proto::Baseline& baseline : pipeline.model().message().baselines()) {
        Rival rival;
        rival.kind = baseline.kind();
        rival.data_set = baseline.data_set();
        rival.accuracy = baseline.samples() == 0 ? 0
                                                 : static_cast<double>(baseline.right()) /
                                                       static_cast<double>(baseline.samples());
        rival.macs = baseline.effective_macs_per_sample();
        rival.joules = rival_joules(model, counts.weight_width, baseline);
        rival.as_accurate = rival.accuracy >= least;
        found.rivals.push_back(rival);
        if (rival.as_accurate && rival.joules &&
            (!found.nearest || *rival.joules < *found.rivals[*found.nearest].joules)) {
            found.nearest = found.rivals.size() - 1;
        }
    }
    const double operations = report.means.total_operations();
    if (found.nearest && estimate.joules > 0 && operations > 0) {
        const Rival& rival = found.rivals[*found.nearest];
        found.ratio = *rival.joules / estimate.joules;
        found.by_operations = rival.macs / operations;
        found.by_price = found.ratio / found.by_operations;
    } else {
        found.nearest.reset();
    }
    found.verdict = verdict(model, estimate, found, operations);
    return found;
}

std::optional<double> spikes_per_synapse(const Pipeline& pipeline, const RunReport& report) {
    double synapses = 0;
    const Network& network = pipeline.network();
    for (std::size_t j = 0; j < network.projection_count(); ++j) {
        const auto id = static_cast<ProjectionId>(j);
        const auto* encoder =
            std::get_if<EncoderSpec>(&network.population(network.source(id)).kind);
        if (encoder == nullptr || !encoder->holds_values) {
            synapses += static_cast<double>(network.synapses(id));
        }
    }
    if (synapses == 0) {
        return std::nullopt;
    }
    return report.means.synaptic_operations / synapses;
}

const std::vector<BreakEven>& published_break_evens() {
    static const std::vector<BreakEven> k_points = {
        {1.72, 1.72, "Davidson and Furber 2021"},
        {0.15, 1.38, "Dampfhoffer et al. 2023"},
        {0.06, 0.35, "Yan et al. 2024, with data movement"},
    };
    return k_points;
}

}  // namespace saltus
