#include "cli/bench_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/number_text.hpp"
#include "models/files/csv_field.hpp"

namespace saltus::cli {

namespace {

using Json = nlohmann::ordered_json;

// A cell of a Markdown table.
std::string cell(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '|') {
            escaped += '\\';
        }
        escaped += c == '\n' ? ' ' : c;
    }
    return escaped;
}

std::string milliseconds(double seconds) {
    return fmt::format("{:.4g}", seconds * 1e3);
}

std::string or_dash(double value) {
    return value > 0 ? number_text(value) : "-";
}

double all_macs(const SampleMeans& means) {
    return means.front_macs + means.graded_macs + means.held_drive_macs;
}

std::string head(const BenchmarkReport& report, const BenchDescription& bench) {
    std::string text =
        fmt::format("## {}\n\n", bench.model_name.empty() ? bench.model_file : bench.model_name);
    text += fmt::format("- model: {}, {} ticks\n", bench.model_file, bench.horizon);
    text += fmt::format("- input: {}\n", fmt::join(bench.inputs, "; "));
    if (bench.made_up) {
        text +=
            "- **the input is made up**, for want of --data or --events: activity, and so the "
            "time, may differ from real input's\n";
    }
    for (const std::string& note : bench.notes) {
        text += fmt::format("- note: {}\n", note);
    }
    text += fmt::format("- {} sample{} ({}), {} repetition{}, {} thread{}, seed {}\n",
                        grouped_text(bench.sample_count),
                        bench.sample_count == 1 ? "" : "s",
                        bench.samples,
                        bench.repetitions,
                        bench.repetitions == 1 ? "" : "s",
                        bench.threads,
                        bench.threads == 1 ? "" : "s",
                        bench.seed);
    text += fmt::format(
        "- exact: two runs gave the same spikes and readouts, digest `{}`; every repetition gave "
        "the same counts and readouts\n",
        report.digest);
    text += fmt::format(
        "- by {}{}{}\n\n", bench.program, bench.processor.empty() ? "" : ", on ", bench.processor);
    return text;
}

// A Markdown table that reads as one without being rendered. `left`: columns of text; the others
// are of numbers.
std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t left) {
    std::vector<std::size_t> widths(rows[0].size(), 3);
    for (const std::vector<std::string>& row : rows) {
        for (std::size_t k = 0; k < row.size(); ++k) {
            widths[k] = std::max(widths[k], row[k].size());
        }
    }
    std::string text;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t k = 0; k < widths.size(); ++k) {
            text += k < left ? fmt::format("| {:<{}} ", rows[r][k], widths[k])
                             : fmt::format("| {:>{}} ", rows[r][k], widths[k]);
        }
        text += "|\n";
        for (std::size_t k = 0; r == 0 && k < widths.size(); ++k) {
            text += fmt::format("|{:-<{}}{}", "", widths[k] + 1, k < left ? '-' : ':');
        }
        text += r == 0 ? "|\n" : "";
    }
    return text;
}

std::string total_table(const BenchmarkReport& report) {
    const Spread& s = report.spread;
    std::string text = table({{"ms a sample: mean",
                               "deviation",
                               "median",
                               "min",
                               "max",
                               "samples/s",
                               "million SynOps/s"},
                              {milliseconds(s.mean),
                               milliseconds(s.deviation),
                               milliseconds(s.median),
                               milliseconds(s.min),
                               milliseconds(s.max),
                               number_text(1 / s.median),
                               number_text(report.synaptic_operations_per_second / 1e6)}},
                             0);
    const SampleMeans& m = report.means;
    return text + fmt::format(
                      "\nA sample: {} spikes and {} of encoders, {} SynOps (ACs), {} MACs ({} "
                      "front, {} held drive, {} graded), {} operations in total (effective: zero "
                      "inputs and weights left out), {} neuron updates.\n\n",
                      number_text(m.spikes),
                      number_text(m.encoder_spikes),
                      number_text(m.synaptic_operations),
                      number_text(all_macs(m)),
                      number_text(m.front_macs),
                      number_text(m.held_drive_macs),
                      number_text(m.graded_macs),
                      number_text(m.total_operations()),
                      number_text(m.neuron_updates));
}

std::string layer_table(const BenchmarkReport& report) {
    std::vector<std::vector<std::string>> rows = {{"layer",
                                                   "kind",
                                                   "neurons",
                                                   "share of time",
                                                   "ms a sample",
                                                   "spikes",
                                                   "SynOps",
                                                   "MACs",
                                                   "operations"}};
    for (const BenchmarkLayer& layer : report.layers) {
        rows.push_back({cell(layer.name),
                        layer.kind,
                        layer.neurons > 0 ? grouped_text(layer.neurons) : "-",
                        percent_text(layer.share),
                        milliseconds(layer.seconds),
                        or_dash(layer.spikes),
                        or_dash(layer.synaptic_operations),
                        or_dash(layer.macs),
                        or_dash(layer.operations)});
    }
    return table(rows, 2) +
           "\nBy layer: further runs on one thread, each part timed by itself. rest: beginning, "
           "the "
           "queue of wake-ups,\nfinishing. SynOps and MACs: those that arrive in the layer; "
           "operations: both, zero inputs and\nweights left out.\n";
}

}  // namespace

std::string bench_markdown(const BenchmarkReport& report, const BenchDescription& bench) {
    return head(report, bench) + total_table(report) + layer_table(report);
}

std::string bench_csv(const BenchmarkReport& report, const BenchDescription& bench) {
    std::string text =
        "layer,kind,neurons,share,seconds_per_sample,deviation,median,min,max,spikes_per_sample,"
        "synaptic_operations_per_sample,macs_per_sample,synaptic_operations_per_second,samples,"
        "repetitions,threads,made_up,digest,total_operations_per_sample\n";
    for (const BenchmarkLayer& layer : report.layers) {
        text += fmt::format("{},{},{},{},{},,,,,{},{},{},,,,,,,{}\n",
                            csv_field(layer.name),
                            layer.kind,
                            layer.neurons,
                            layer.share,
                            layer.seconds,
                            layer.spikes,
                            layer.synaptic_operations,
                            layer.macs,
                            layer.operations);
    }
    const Spread& s = report.spread;
    const SampleMeans& m = report.means;
    return text + fmt::format("total,total,,1,{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                              s.mean,
                              s.deviation,
                              s.median,
                              s.min,
                              s.max,
                              m.spikes,
                              m.synaptic_operations,
                              all_macs(m),
                              report.synaptic_operations_per_second,
                              bench.sample_count,
                              bench.repetitions,
                              bench.threads,
                              bench.made_up ? 1 : 0,
                              report.digest,
                              m.total_operations());
}

Json bench_json(const BenchmarkReport& report, const BenchDescription& bench) {
    Json layers = Json::array();
    for (const BenchmarkLayer& layer : report.layers) {
        layers.push_back({{"name", layer.name},
                          {"kind", layer.kind},
                          {"neurons", layer.neurons},
                          {"share", layer.share},
                          {"seconds_per_sample", layer.seconds},
                          {"spikes_per_sample", layer.spikes},
                          {"synaptic_operations_per_sample", layer.synaptic_operations},
                          {"macs_per_sample", layer.macs},
                          {"total_operations_per_sample", layer.operations}});
    }
    const Spread& s = report.spread;
    const SampleMeans& m = report.means;
    return {{"model", bench.model_name},
            {"model_file", bench.model_file},
            {"inputs", bench.inputs},
            {"made_up", bench.made_up},
            {"samples", bench.sample_count},
            {"horizon", bench.horizon},
            {"seed", bench.seed},
            {"threads", bench.threads},
            {"repetitions", bench.repetitions},
            {"program", bench.program},
            {"processor", bench.processor},
            {"digest", report.digest},
            {"seconds_per_sample",
             {{"mean", s.mean},
              {"deviation", s.deviation},
              {"median", s.median},
              {"min", s.min},
              {"max", s.max},
              {"of_each_repetition", report.seconds}}},
            {"synaptic_operations_per_second", report.synaptic_operations_per_second},
            {"per_sample",
             {{"spikes", m.spikes},
              {"encoder_spikes", m.encoder_spikes},
              {"synaptic_operations", m.synaptic_operations},
              {"front_macs", m.front_macs},
              {"graded_macs", m.graded_macs},
              {"held_drive_macs", m.held_drive_macs},
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

}  // namespace saltus::cli
