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

#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/progress.hpp"
#include "cli/run_report.hpp"
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
    std::string data;
    std::string events;
    std::string labels;
    std::string samples;
    std::optional<Tick> horizon;
    std::uint64_t seed = 0;
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    std::string trace;
    std::string json;
    std::string predictions;
};

// The data sets that feed the model's inputs: --events the spike input, --data the other one.
struct Inputs {
    std::unique_ptr<DataSet> data;
    std::unique_ptr<DataSet> events;
    std::vector<const DataSet*> by_input;
    const DataSet* labels = nullptr;
    std::uint64_t samples = 0;
};

std::unique_ptr<DataSet> open_for(const std::string& where,
                                  const std::string& labels,
                                  const ModelInput& input) {
    DataSetOptions options;
    if (!labels.empty()) {
        options.labels = labels;
    }
    options.sequence = input.sequence || input.spikes;
    std::unique_ptr<DataSet> set = open_data_set(where, options);
    check_fits(*set, input.shape, options.sequence, input.name);
    return set;
}

Inputs open_inputs(const LoadedModel& model, const RunOptions& options) {
    Inputs inputs;
    for (const ModelInput& input : model.inputs()) {
        const bool spikes = input.spikes;
        const std::string& where = spikes ? options.events : options.data;
        const char* const option = spikes ? "--events" : "--data";
        std::unique_ptr<DataSet>& set = spikes ? inputs.events : inputs.data;
        if (where.empty()) {
            throw InputError(
                option,
                "nothing",
                fmt::format(
                    "{} for input \"{}\" of the model", spikes ? "spikes" : "data", input.name));
        }
        if (set) {
            check_fits(*set, input.shape, input.sequence || input.spikes, input.name);
        }
        if (!set) {
            set = open_for(where, options.labels, input);
        }
        inputs.by_input.push_back(set.get());
    }
    if (!options.events.empty() && !inputs.events) {
        throw InputError("--events", options.events, "a model with an input of spikes");
    }
    if (!options.data.empty() && !inputs.data) {
        throw InputError(
            "--data", options.data, "a model with an input other than spikes (use --events)");
    }
    const DataSet* const first = inputs.data ? inputs.data.get() : inputs.events.get();
    if (first == nullptr) {
        throw InputError(options.model, "no inputs", "a model that takes input");
    }
    inputs.samples = first->samples();
    if (inputs.data && inputs.events && inputs.events->samples() != inputs.samples) {
        throw InputError("--events",
                         fmt::format("{} samples", inputs.events->samples()),
                         fmt::format("{}, as --data has", inputs.samples));
    }
    if (first->has_labels()) {
        inputs.labels = first;
    }
    return inputs;
}

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
    if (!options.data.empty()) {
        line += " --data " + options.data;
    }
    if (!options.events.empty()) {
        line += " --events " + options.events;
    }
    if (!options.samples.empty()) {
        line += " --samples " + options.samples;
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
    const Inputs inputs = open_inputs(model, options);
    if (inputs.labels != nullptr && network.readout_count() > 0) {
        check_labels(*inputs.labels,
                     network.population(network.readout(0).population).shape.size());
    }
    if (!options.predictions.empty() && network.readout_count() == 0) {
        throw InputError("--predictions", "a model without readouts", "a readout");
    }

    SampleRunnerOptions runner;
    runner.samples = options.samples.empty()
                         ? parse_sample_range(
                               fmt::format("0-{}", inputs.samples - 1), inputs.samples, "--samples")
                         : parse_sample_range(options.samples, inputs.samples, "--samples");
    runner.inputs = inputs.by_input;
    runner.labels = inputs.labels;
    runner.seed = options.seed;
    runner.threads = options.threads;
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
        options.samples,
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
    verb->add_option(
        "--data",
        options->data,
        "WHERE[:train|:test]: a folder of MNIST-type IDX files or CIFAR-10 batches, a .npy array "
        "[sample, ...], or mnist, fashion-mnist, cifar10");
    verb->add_option("--events", options->events, "Spike input, a .npy array [sample, tick, ...]");
    verb->add_option("--labels", options->labels, "Labels, a .npy array [sample]");
    verb->add_option(
        "--samples", options->samples, "Which samples: 0-999, or 1,3,7-9 (default: all)");
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
