#include "cli/energy_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/number_text.hpp"
#include "core/error.hpp"

namespace saltus::cli {

namespace {

using Json = nlohmann::ordered_json;

// Arithmetic of int8 prices no float32 weights, nor the other way round; said, since counts are the
// same.
std::string weights_note(const EnergyModel& model, const EnergyCounts& counts) {
    const bool bytes = counts.weight_width < 2;
    if (model.weights.empty() || (model.weights == "int8") == bytes) {
        return "";
    }
    return fmt::format("{} prices arithmetic of {}; this model's weights are {}",
                       model.name,
                       model.weights,
                       bytes ? "int8" : "of more bits");
}

std::string view_text(const EnergyView& view) {
    std::string text =
        fmt::format("\nenergy by {} ({}), a sample\n", view.model.name, view.model.title);
    for (const EnergyTerm& term : view.estimate.terms) {
        text += fmt::format(
            "  {:<42}{:>14}{:>12}  {}{}\n",
            term.what,
            number_text(term.count),
            joules_text(term.joules),
            term.source,
            term.source.empty() ? "" : fmt::format(", {}", energy_kind_name(term.kind)));
    }
    text += fmt::format("  {:<42}{:>14}{:>12}\n", "in all", "", joules_text(view.estimate.joules));
    text += fmt::format("  not priced: {}\n", fmt::join(view.estimate.unpriced, ", "));
    for (const Rival& rival : view.comparison.rivals) {
        text += fmt::format("  {:<42}{:>14}{:>12}  {:.2f} %{}\n",
                            "rival: " + rival.kind + ", MACs",
                            number_text(rival.macs),
                            rival.joules ? joules_text(*rival.joules) : "no price",
                            100 * rival.accuracy,
                            rival.as_accurate ? "" : ", less accurate");
    }
    if (!view.note.empty()) {
        text += fmt::format("  note: {}\n", view.note);
    }
    return text + "  " + view.comparison.verdict + "\n";
}

Json view_json(const EnergyView& view) {
    Json terms = Json::array();
    for (const EnergyTerm& term : view.estimate.terms) {
        terms.push_back({{"what", term.what},
                         {"count", term.count},
                         {"joules", term.joules},
                         {"joules_of_memory", term.memory},
                         {"source", term.source},
                         {"kind", energy_kind_name(term.kind)}});
    }
    Json rivals = Json::array();
    for (const Rival& rival : view.comparison.rivals) {
        rivals.push_back({{"kind", rival.kind},
                          {"data_set", rival.data_set},
                          {"accuracy", rival.accuracy},
                          {"macs", rival.macs},
                          {"joules", rival.joules ? Json(*rival.joules) : Json(nullptr)},
                          {"as_accurate", rival.as_accurate}});
    }
    const RivalComparison& found = view.comparison;
    Json nearest = nullptr;
    if (found.nearest) {
        nearest = {{"kind", found.rivals[*found.nearest].kind},
                   {"ratio", found.ratio},
                   {"by_price", found.by_price},
                   {"by_operations", found.by_operations}};
    }
    return {{"model", view.model.name},
            {"chip", view.model.chip},
            {"process", view.model.process},
            {"joules_per_sample", view.estimate.joules},
            {"terms", terms},
            {"unpriced", view.estimate.unpriced},
            {"leaves_out", view.model.leaves_out},
            {"note", view.note},
            {"rivals", rivals},
            {"nearest_rival", nearest},
            {"verdict", found.verdict}};
}

}  // namespace

std::vector<EnergyModel> load_energy_models(const std::vector<std::string>& names) {
    std::vector<EnergyModel> models;
    for (const std::string& name : names) {
        EnergyModel model = load_energy_model(name);
        const std::vector<std::string> known = energy_model_names();
        if (model.name != name &&
            std::find(known.begin(), known.end(), model.name) != known.end()) {
            throw InputError("--energy " + name + ": name",
                             '"' + model.name + "\", which is a model that comes with Saltus",
                             "a name of its own");
        }
        if (std::any_of(models.begin(), models.end(), [&](const EnergyModel& other) {
                return other.name == model.name;
            })) {
            throw InputError("--energy", '"' + model.name + "\" twice", "each model once");
        }
        models.push_back(std::move(model));
    }
    return models;
}

EnergyReport energy_report(std::vector<EnergyModel> models,
                           const Pipeline& pipeline,
                           const RunReport& report) {
    EnergyReport found;
    if (models.empty() || report.samples == 0) {
        return found;
    }
    const EnergyCounts counts = energy_counts(pipeline, report, static_cast<double>(pipeline.network().horizon()));
    found.spikes_per_synapse = spikes_per_synapse(pipeline, report);
    for (EnergyModel& model : models) {
        EnergyView view;
        view.estimate = estimate_energy(model, counts);
        view.comparison = compare_with_rivals(model, counts, view.estimate, pipeline, report);
        view.note = weights_note(model, counts);
        view.model = std::move(model);
        found.views.push_back(std::move(view));
    }
    return found;
}

std::string energy_text(const EnergyReport& report) {
    std::string text;
    for (const EnergyView& view : report.views) {
        text += view_text(view);
    }
    if (report.spikes_per_synapse && !report.views.empty()) {
        text += fmt::format(
            "\nspikes a synapse and sample: {:.3g}; published break-even points against a "
            "dense network of equal size:",
            *report.spikes_per_synapse);
        for (const BreakEven& point : published_break_evens()) {
            text += point.low == point.high
                        ? fmt::format("\n  {:g} ({})", point.low, point.source)
                        : fmt::format("\n  {:g} to {:g} ({})", point.low, point.high, point.source);
        }
        text += '\n';
    }
    return text;
}

Json energy_json(const EnergyReport& report) {
    Json views = Json::array();
    for (const EnergyView& view : report.views) {
        views.push_back(view_json(view));
    }
    return {{"spikes_per_synapse",
             report.spikes_per_synapse ? Json(*report.spikes_per_synapse) : Json(nullptr)},
            {"models", views}};
}

}  // namespace saltus::cli
