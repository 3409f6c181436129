#include "cli/run_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "cli/number_text.hpp"

namespace saltus::cli {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

std::string layer_table(const RunReport& report) {
    std::size_t widest = 5;
    for (const LayerActivity& layer : report.layers) {
        widest = std::max(widest, layer.name.size());
    }
    std::string text = fmt::format("{:<{}}  {:<8}  {:>9}  {:>13}  {:>13}  {:>13}  {:>17}  {:>8}\n",
                                   "layer",
                                   widest,
                                   "kind",
                                   "neurons",
                                   "spikes/sample",
                                   "SynOps/sample",
                                   "MACs/sample",
                                   "operations/sample",
                                   "sparsity");
    for (const LayerActivity& layer : report.layers) {
        const bool neural =
            layer.kind == "neurons" || layer.kind == "encoder" || layer.kind == "max_pool";
        text += fmt::format(
            "{:<{}}  {:<8}  {:>9}  {:>13}  {:>13}  {:>13}  {:>17}  {:>8}\n",
            layer.name,
            widest,
            layer.kind,
            grouped_text(layer.neurons),
            layer.spiking ? number_text(layer.spikes_per_sample) : "-",
            neural && layer.kind != "encoder" ? number_text(layer.synaptic_operations_per_sample)
                                              : "-",
            layer.macs_per_sample > 0 ? number_text(layer.macs_per_sample) : "-",
            layer.synaptic_operations_per_sample + layer.macs_per_sample > 0
                ? number_text(layer.effective_synaptic_operations_per_sample +
                              layer.effective_macs_per_sample)
                : "-",
            layer.activation_sparsity ? percent_text(*layer.activation_sparsity) : "-");
    }
    return text;
}

std::string notes(const RunReport& report) {
    std::string text;
    for (const LayerActivity& layer : report.layers) {
        if (!layer.spiking || layer.neurons == 0) {
            continue;
        }
        if (layer.silent_neurons == layer.neurons) {
            text += fmt::format("note: {} never fired\n", layer.name);
        } else if (layer.silent_neurons > 0) {
            text += fmt::format("note: {} of {} neurons of {} never fired in this run\n",
                                grouped_text(layer.silent_neurons),
                                grouped_text(layer.neurons),
                                layer.name);
        }
        if (layer.saturated_neurons > 0) {
            text += fmt::format("note: {} of {} neurons of {} fired at every tick\n",
                                grouped_text(layer.saturated_neurons),
                                grouped_text(layer.neurons),
                                layer.name);
        }
    }
    if (report.undecided > 0) {
        text +=
            fmt::format("note: {} of {} samples had no output spike: their prediction is a tie\n",
                        grouped_text(report.undecided),
                        grouped_text(report.samples));
    }
    return text;
}

}  // namespace

Json run_json(const RunReport& report, const RunDescription& run) {
    Json accuracy_interval = nullptr;
    if (report.accuracy) {
        accuracy_interval = Json::array({report.accuracy->low, report.accuracy->high});
    }
    const SampleMeans& m = report.means;
    Json layers = Json::array();
    for (const LayerActivity& layer : report.layers) {
        layers.push_back({{"name", layer.name},
                          {"kind", layer.kind},
                          {"neurons", layer.neurons},
                          {"spikes_per_sample", layer.spikes_per_sample},
                          {"synaptic_operations_per_sample", layer.synaptic_operations_per_sample},
                          {"macs_per_sample", layer.macs_per_sample},
                          {"effective_synaptic_operations_per_sample",
                           layer.effective_synaptic_operations_per_sample},
                          {"effective_macs_per_sample", layer.effective_macs_per_sample},
                          {"activation_sparsity", or_null(layer.activation_sparsity)},
                          {"silent_neurons", layer.silent_neurons},
                          {"saturated_neurons", layer.saturated_neurons}});
    }
    return {
        {"model", run.model_name},
        {"model_file", run.model_file},
        {"data", run.data},
        {"events", run.events},
        {"horizon", run.horizon},
        {"seed", run.seed},
        {"threads", run.threads},
        {"samples", report.samples},
        {"right", report.accuracy ? Json(report.right) : Json(nullptr)},
        {"accuracy", report.accuracy ? Json(report.accuracy->value) : Json(nullptr)},
        {"accuracy_interval", accuracy_interval},
        {"undecided", report.undecided},
        {"activation_sparsity", or_null(report.activation_sparsity)},
        {"seconds_per_sample", {{"median", report.median_seconds}, {"p99", report.p99_seconds}}},
        {"wall_seconds", run.wall_seconds},
        {"per_sample",
         {{"spikes", m.spikes},
          {"encoder_spikes", m.encoder_spikes},
          {"max_pool_spikes", m.max_pool_spikes},
          {"graded_events", m.graded_events},
          {"synaptic_operations", m.synaptic_operations},
          {"front_macs", m.front_macs},
          {"front_macs_nonzero", m.front_macs_nonzero},
          {"graded_macs", m.graded_macs},
          {"held_drive_macs", m.held_drive_macs},
          {"pool_operations", m.pool_operations},
          {"effective_synaptic_operations", m.effective_synaptic_operations},
          {"effective_front_macs", m.effective_front_macs},
          {"effective_graded_macs", m.effective_graded_macs},
          {"effective_held_drive_macs", m.effective_held_drive_macs},
          {"total_operations", m.total_operations()},
          {"neuron_updates", m.neuron_updates},
          {"queue_operations", m.queue_operations},
          {"bytes_touched", m.bytes_touched}}},
        {"layers", layers}};
}

std::string run_summary(const RunReport& report, const RunDescription& run) {
    const std::string sources = run.data.empty() ? run.events : run.data;
    std::string text = fmt::format("{} on {}: {} samples, {} ticks",
                                   run.model_name.empty() ? run.model_file : run.model_name,
                                   sources,
                                   grouped_text(report.samples),
                                   run.horizon);
    if (run.tick_seconds > 0) {
        text += fmt::format(" of {}", seconds_text(run.tick_seconds));
    }
    text += fmt::format(", seed {}\n\n", run.seed);
    if (report.accuracy) {
        const Proportion& a = *report.accuracy;
        text += fmt::format("accuracy      {}  [{:.2f}, {:.2f}] at 95 %, {} of {} right\n",
                            percent_text(a.value),
                            a.low * 100,
                            a.high * 100,
                            grouped_text(report.right),
                            grouped_text(report.labelled));
    } else {
        text += "accuracy      unknown: no labels\n";
    }
    const SampleMeans& m = report.means;
    text += fmt::format("spikes        {} a sample, and {} of encoders\n",
                        number_text(m.spikes),
                        number_text(m.encoder_spikes));
    text += fmt::format("SynOps        {} a sample (ACs)\n", number_text(m.synaptic_operations));
    text += fmt::format("MACs          {} a sample in the front ({} without zero inputs)\n",
                        number_text(m.front_macs),
                        number_text(m.front_macs_nonzero));
    if (m.held_drive_macs > 0) {
        text += fmt::format("              {} a sample for held drive, computed once\n",
                            number_text(m.held_drive_macs));
    }
    if (m.graded_macs > 0) {
        text += fmt::format("              {} a sample for graded events\n",
                            number_text(m.graded_macs));
    }
    text += fmt::format(
        "operations    {} a sample in total: {} MACs and {} ACs, zero inputs and zero weights left "
        "out\n",
        number_text(m.total_operations()),
        number_text(m.total_operations() - m.effective_synaptic_operations),
        number_text(m.effective_synaptic_operations));
    if (report.activation_sparsity) {
        text += fmt::format("sparsity      {} of all ReLU, sigmoid and spiking outputs are zero\n",
                            percent_text(*report.activation_sparsity));
    }
    text += fmt::format(
        "time          {} a sample (median), {} (99th percentile); {} in all, {} thread{}\n\n",
        seconds_text(report.median_seconds),
        seconds_text(report.p99_seconds),
        seconds_text(run.wall_seconds),
        run.threads,
        run.threads == 1 ? "" : "s");
    text += layer_table(report);
    const std::string remarks = notes(report);
    return remarks.empty() ? text : text + "\n" + remarks;
}

}  // namespace saltus::cli
