#include "cli/run_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "cli/number_text.hpp"
#include "models/trace/trace.hpp"

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

// " by NAME", where a model has several readouts.
std::string by_name(const RunReport& report, const ReadoutActivity& readout) {
    return report.readouts.size() > 1 ? " by " + readout.name : "";
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
    for (const ReadoutActivity& readout : report.readouts) {
        if (readout.undecided > 0) {
            text += fmt::format(
                "note: {} of {} samples had no output spike: their prediction{} is a tie\n",
                grouped_text(readout.undecided),
                grouped_text(report.samples),
                by_name(report, readout));
        }
    }
    return text;
}

// Notes on what was run, whatever came of it.
std::string input_notes(const RunDescription& run) {
    std::string text;
    for (const InputUse& input : run.inputs) {
        text += input.note.empty() ? "" : fmt::format("note: {}\n", input.note);
    }
    for (const std::string& note : run.notes) {
        text += fmt::format("note: {}\n", note);
    }
    return text;
}

std::string accuracy_lines(const RunReport& report) {
    std::string text;
    for (const ReadoutActivity& readout : report.readouts) {
        const char* const head = text.empty() ? "accuracy" : "";
        const std::string by = by_name(report, readout);
        if (!readout.accuracy) {
            text += fmt::format("{:<14}unknown{}: {}\n",
                                head,
                                by,
                                readout.labelled == 0 ? "no labels" : "labels beyond its neurons");
            continue;
        }
        const Proportion& a = *readout.accuracy;
        text += fmt::format("{:<14}{}  [{:.2f}, {:.2f}] at 95 %, {} of {} right{}\n",
                            head,
                            percent_text(a.value),
                            a.low * 100,
                            a.high * 100,
                            grouped_text(readout.right),
                            grouped_text(readout.labelled),
                            by);
        if (readout.right_undecided > 0) {
            text += fmt::format(
                "{:<14}{} without {} right by the rule for ties alone (no output "
                "spike){}\n",
                "",
                percent_text(readout.accuracy_decided->value),
                grouped_text(readout.right_undecided),
                by);
        }
    }
    return text.empty() ? "accuracy      unknown: no readout\n" : text;
}

Json proportion_or_null(const std::optional<Proportion>& proportion) {
    return proportion ? Json(proportion->value) : Json(nullptr);
}

Json readout_json(const ReadoutActivity& readout) {
    Json interval = nullptr;
    if (readout.accuracy) {
        interval = Json::array({readout.accuracy->low, readout.accuracy->high});
    }
    return {{"name", readout.name},
            {"population", readout.population},
            {"shows", readout_text(readout.kind, readout.logit)},
            {"right", readout.accuracy ? Json(readout.right) : Json(nullptr)},
            {"accuracy", proportion_or_null(readout.accuracy)},
            {"accuracy_interval", interval},
            {"undecided", readout.undecided},
            {"right_undecided", readout.accuracy ? Json(readout.right_undecided) : Json(nullptr)},
            {"accuracy_decided", proportion_or_null(readout.accuracy_decided)}};
}

Json failed_json(const RunReport& report) {
    Json failed = Json::array();
    for (const FailedSample& sample : report.failed) {
        failed.push_back({{"sample", sample.number}, {"error", sample.text}});
    }
    return failed;
}

Json inputs_json(const RunDescription& run) {
    Json inputs = Json::array();
    for (const InputUse& input : run.inputs) {
        Json row = {{"name", input.name}, {"source", input.source}};
        if (input.has_time_axis) {
            row["frames"] = input.frames;
            row["frames_run"] = input.frames_run;
            row["unused_events"] = input.unused_events;
        }
        inputs.push_back(row);
    }
    return inputs;
}

}  // namespace

Json run_json(const RunReport& report, const RunDescription& run) {
    // The first readout's stand at the top too.
    const Json first =
        readout_json(report.readouts.empty() ? ReadoutActivity{} : report.readouts[0]);
    Json readouts = Json::array();
    for (const ReadoutActivity& readout : report.readouts) {
        readouts.push_back(readout_json(readout));
    }
    Json notes = run.notes;
    for (const InputUse& input : run.inputs) {
        if (!input.note.empty()) {
            notes.push_back(input.note);
        }
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
        {"inputs", inputs_json(run)},
        {"notes", notes},
        {"horizon", run.horizon},
        {"seed", run.seed},
        {"threads", run.threads},
        {"samples", report.samples},
        {"failed", failed_json(report)},
        {"right", first["right"]},
        {"accuracy", first["accuracy"]},
        {"accuracy_interval", first["accuracy_interval"]},
        {"undecided", first["undecided"]},
        {"right_undecided", first["right_undecided"]},
        {"accuracy_decided", first["accuracy_decided"]},
        {"readouts", readouts},
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
    const std::string sources =
        run.data + (run.data.empty() || run.events.empty() ? "" : " and ") + run.events;
    std::string text = fmt::format("{} on {}: {} sample{}, {} ticks",
                                   run.model_name.empty() ? run.model_file : run.model_name,
                                   sources,
                                   grouped_text(report.samples),
                                   report.samples == 1 ? "" : "s",
                                   run.horizon);
    if (run.tick_seconds > 0) {
        text += fmt::format(" of {}", seconds_text(run.tick_seconds));
    }
    text += fmt::format(", seed {}\n\n", run.seed);
    if (!report.failed.empty()) {
        text += fmt::format("failed        {} of {} samples; nothing below counts them\n",
                            grouped_text(report.failed.size()),
                            grouped_text(report.failed.size() + report.samples));
    }
    if (report.samples == 0) {
        return text;
    }
    text += accuracy_lines(report);
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
    const std::string remarks = notes(report) + input_notes(run);
    return remarks.empty() ? text : text + "\n" + remarks;
}

}  // namespace saltus::cli
