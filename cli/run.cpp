// saltus run MODEL --data WHERE: samples through a model, predictions, counts and a trace out.
#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/note.hpp"
#include "cli/progress.hpp"
#include "cli/run_report.hpp"
#include "cli/sample_inputs.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "core/error.hpp"
#include "models/data/data_set.hpp"
#include "models/data/sample_range.hpp"
#include "models/files/atomic_file.hpp"
#include "models/run/sample_runner.hpp"
#include "models/trace/trace_writer.hpp"

namespace saltus::cli {

namespace {

struct RunOptions {
    std::string model;
    SampleInputOptions input;
    std::optional<Tick> horizon;
    std::uint64_t seed = 0;
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    std::string trace;
    std::string json;
    std::string predictions;
};

std::string csv_line(const FinishedSample& sample) {
    const ReadoutResult& readout = sample.outcome.result.readouts.at(0);
    std::string line = fmt::format("{},{},{},{}",
                                   sample.number,
                                   sample.label ? std::to_string(*sample.label) : "",
                                   readout.prediction,
                                   readout.undecided ? 1 : 0);
    for (const float value : readout.values) {
        line += fmt::format(",{}", value);
    }
    return line + "\n";
}

std::string csv_head(const Network& network) {
    std::string head = "sample,label,prediction,undecided";
    const std::uint64_t values = network.population(network.readout(0).population).shape.size();
    for (std::uint64_t k = 0; k < values; ++k) {
        head += fmt::format(",value_{}", k);
    }
    return head + "\n";
}

std::string command_line(const RunOptions& options) {
    std::string line = "saltus run " + options.model;
    if (!options.input.data.empty()) {
        line += " --data " + options.input.data;
    }
    if (!options.input.events.empty()) {
        line += " --events " + options.input.events;
    }
    if (!options.input.samples.empty()) {
        line += " --samples " + options.input.samples;
    }
    if (options.horizon) {
        line += fmt::format(" --horizon {}", *options.horizon);
    }
    return line + fmt::format(" --seed {}", options.seed);
}

int run(const RunOptions& options) {
    const auto began = std::chrono::steady_clock::now();
    const LoadedModel model = LoadedModel::load(options.model);
    const Pipeline pipeline(model, options.horizon);
    const Network& network = pipeline.network();
    const SampleInputs inputs = open_sample_inputs(
        model, options.input, MissingInput::refuse, network.horizon(), options.seed);
    if (inputs.labels != nullptr && network.readout_count() > 0) {
        check_labels(*inputs.labels,
                     network.population(network.readout(0).population).shape.size());
    }
    if (!options.predictions.empty() && network.readout_count() == 0) {
        throw InputError("--predictions", "a model without readouts", "a readout");
    }

    FileRoles files;
    files.reads(model);
    files.reads(inputs.by_input);
    files.writes("--trace", options.trace);
    files.writes("--predictions", options.predictions);
    files.writes_or_prints("--json", options.json);

    SampleRunnerOptions runner;
    runner.samples = options.input.samples.empty()
                         ? parse_sample_range(
                               fmt::format("0-{}", inputs.samples - 1), inputs.samples, "--samples")
                         : parse_sample_range(options.input.samples, inputs.samples, "--samples");
    runner.inputs = inputs.by_input;
    runner.labels = inputs.labels;
    runner.seed = options.seed;
    runner.threads = options.threads;
    runner.short_of_threads = say_short_of_threads;
    runner.collect_traces = !options.trace.empty();

    std::optional<TraceWriter> trace;
    if (!options.trace.empty()) {
        trace.emplace(options.trace,
                      make_trace_header(network, model.name(), model.tick_seconds(), options.seed),
                      collect_provenance(command_line(options), version_line(), options.threads));
    }
    std::optional<AtomicFile> predictions;
    if (!options.predictions.empty()) {
        predictions.emplace(options.predictions);
        predictions->write(csv_head(network));
    }

    // Opened now: a place that cannot be written is said before the run, not after it.
    std::optional<AtomicFile> json;
    if (!options.json.empty() && options.json != "-") {
        json.emplace(options.json);
    }

    RunStatistics statistics(pipeline);
    Progress progress("samples", runner.samples.size());
    const NeuronActivity activity = run_samples(
        pipeline,
        runner,
        [&](FinishedSample&& sample) {
            if (sample.outcome.result.error) {
                throw Error(
                    fmt::format("sample {}: {}", sample.number, sample.outcome.result.error->text));
            }
            statistics.add(sample.outcome, sample.front, sample.label);
            if (trace) {
                trace->add(*sample.trace);
            }
            if (predictions) {
                predictions->write(csv_line(sample));
            }
            progress.advance();
        },
        interrupted);
    progress.finish();
    stop_if_interrupted();
    if (trace) {
        trace->finish();
    }
    if (predictions) {
        predictions->commit();
    }

    const RunReport report = statistics.report(activity);
    const RunDescription description{
        options.model,
        model.name(),
        inputs.data ? inputs.data->name() : "",
        inputs.events ? inputs.events->name() : "",
        options.input.samples,
        network.horizon(),
        model.tick_seconds(),
        options.seed,
        options.threads,
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()};
    if (json) {
        json->write(json_text(run_json(report, description)));
        json->commit();
    } else if (!options.json.empty()) {
        write_json(run_json(report, description), options.json);
    }
    if (options.json != "-") {
        std::cout << run_summary(report, description);
    }
    return 0;
}

}  // namespace

void add_run(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<RunOptions>();
    CLI::App* const verb = app.add_subcommand(
        "run", "Run samples through a model: predictions, spikes, counts, a trace");
    verb->add_option("MODEL", options->model, "A .saltus or .textproto model")->required();
    add_data_options(*verb, options->input);
    add_labels_option(*verb, options->input);
    add_samples_option(*verb, options->input, "all");
    verb->add_option("--horizon", options->horizon, "Ticks a sample, instead of the model's own")
        ->check(CLI::Range(Tick{1}, Tick{1} << 53));
    verb->add_option("--seed", options->seed, "Seed of random encoders (default: 0)")
        ->check(CLI::NonNegativeNumber);
    verb->add_option("--threads",
                     options->threads,
                     "Threads (default: one a core); the output is the same for any number")
        ->check(CLI::Range(1U, 1024U));
    verb->add_option("--trace", options->trace, "Write every spike to FILE.saltrace");
    verb->add_option("--json", options->json, k_json_help);
    verb->add_option("--predictions", options->predictions, "Write one line a sample to FILE.csv");
    verb->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace saltus::cli
