// saltus run MODEL --data WHERE: samples through a model, predictions, counts and a trace out.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "cli/coding_notes.hpp"
#include "cli/command_line.hpp"
#include "cli/energy_report.hpp"
#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/note.hpp"
#include "cli/predictions.hpp"
#include "cli/progress.hpp"
#include "cli/record_options.hpp"
#include "cli/run_report.hpp"
#include "cli/sample_inputs.hpp"
#include "cli/scale_notes.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "core/error.hpp"
#include "models/data/data_set.hpp"
#include "models/data/sample_range.hpp"
#include "models/files/atomic_file.hpp"
#include "models/files/model_digest.hpp"
#include "models/files/output_place.hpp"
#include "models/run/sample_runner.hpp"
#include "models/study/changed_model.hpp"
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
    RecordOptions record;
    std::string json;
    std::string predictions;
    std::vector<std::string> energy;  // names or files of energy models
    std::vector<std::string> sets;    // PATH=VALUE
    bool keep_going = false;
};

std::string command_line(const RunOptions& options) {
    std::string line = "saltus run " + options.model;
    for (const std::string& data : options.input.data) {
        line += " --data " + data;
    }
    for (const std::string& events : options.input.events) {
        line += " --events " + events;
    }
    if (options.input.time_first) {
        line += " --time-first";
    }
    if (!options.input.samples.empty()) {
        line += " --samples " + options.input.samples;
    }
    if (options.horizon) {
        line += fmt::format(" --horizon {}", *options.horizon);
    }
    for (const std::string& set : options.sets) {
        line += " --set " + set;
    }
    return line + fmt::format(" --seed {}", options.seed) + record_text(options.record);
}

TraceHeader trace_header(const RunOptions& options,
                         const LoadedModel& model,
                         const Network& network) {
    TraceHeader header =
        make_trace_header(network, model.name(), model.tick_seconds(), options.seed);
    if (options.sets.empty()) {  // else it is another model than the file
        header.model_digest = model_digest(model);
    }
    header.input_digests = true;
    choose_recording(options.record.choice, header);
    return header;
}

std::vector<std::uint64_t> without_failed(const std::vector<std::uint64_t>& samples,
                                          const RunReport& report) {
    std::vector<std::uint64_t> failed;
    for (const FailedSample& sample : report.failed) {
        failed.push_back(sample.number);
    }
    std::vector<std::uint64_t> others;  // all three ascend
    std::set_difference(
        samples.begin(), samples.end(), failed.begin(), failed.end(), std::back_inserter(others));
    return others;
}

bool goes_to_standard_output(const std::string& name) {
    const OutputPlace place = find_output_place(name);
    return place.kind == OutputPlace::Kind::descriptor && place.descriptor == 1;
}

// --horizon is a setting like others.
std::vector<Setting> settings_of(const RunOptions& options) {
    std::vector<Setting> settings;
    for (const std::string& set : options.sets) {
        settings.push_back(parse_setting(set, "--set"));
    }
    if (options.horizon) {
        settings.push_back({"horizon", static_cast<double>(*options.horizon)});
    }
    return settings;
}

int run(const RunOptions& options) {
    const auto began = std::chrono::steady_clock::now();
    std::vector<EnergyModel> energy_models = load_energy_models(options.energy);
    const LoadedModel model = LoadedModel::load(options.model);
    const std::vector<Setting> settings = settings_of(options);
    const ChangedModel changed(model, settings, "--set");
    const Pipeline pipeline = changed.pipeline();
    const Network& network = pipeline.network();
    const SampleInputs inputs =
        open_sample_inputs(model,
                           options.input,
                           MissingInput::refuse,
                           {network.horizon(), changed.horizon().has_value()},
                           options.seed);
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
    runner.keep_going = options.keep_going;

    std::optional<TraceWriter> trace;
    if (!options.trace.empty()) {
        trace.emplace(options.trace,
                      trace_header(options, model, network),
                      collect_provenance(command_line(options), version_line(), options.threads));
        runner.recording = {&trace->header(),
                            recorded_samples(options.record, runner.samples, inputs.samples),
                            [&](std::vector<PackedChunk>& chunks) { trace->add_chunks(chunks); }};
    }
    std::optional<AtomicFile> predictions;
    if (!options.predictions.empty()) {
        predictions.emplace(options.predictions);
        predictions->write(predictions_head(network));
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
            if (const auto& error = sample.outcome.result.error) {
                if (!options.keep_going) {
                    throw Error(fmt::format("sample {}: {}", sample.number, error->text));
                }
                statistics.add_failure(sample.number, error->text);
            } else {
                statistics.add(sample.outcome, sample.front, sample.label);
                if (sample.trace) {
                    trace->add(std::move(*sample.trace));
                }
            }
            if (predictions) {
                predictions->write(predictions_line(network, sample));
            }
            progress.advance();
        },
        interrupted);
    progress.finish();
    stop_if_interrupted();
    const RunReport report = statistics.report(activity);
    const std::vector<InputUse> uses = describe_use(
        model, inputs, network.horizon(), without_failed(runner.samples, report), interrupted);
    stop_if_interrupted();
    if (trace) {
        trace->finish();
    }
    if (predictions) {
        predictions->commit();
    }

    std::vector<std::string> notes = coding_notes(model, network.horizon());
    for (std::string& note :
         scale_notes(model, inputs.by_input, without_failed(runner.samples, report))) {
        notes.push_back(std::move(note));
    }
    const RunDescription description{
        options.model,
        model.name(),
        source_names(model, inputs, false),
        source_names(model, inputs, true),
        options.input.samples,
        network.horizon(),
        model.tick_seconds(),
        options.seed,
        options.threads,
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(),
        uses,
        std::move(notes)};
    const EnergyReport energy = energy_report(std::move(energy_models), pipeline, report);
    nlohmann::ordered_json results = run_json(report, description);
    if (!options.energy.empty()) {
        results["energy"] = energy_json(energy);
    }
    if (json) {
        json->write(json_text(results));
        json->commit();
    } else if (!options.json.empty()) {
        write_json(results, options.json);
    }
    if (options.json != "-") {
        // A trace in standard output is no trace with a summary behind it.
        (goes_to_standard_output(options.trace) ? std::cerr : std::cout)
            << run_summary(report, description) << energy_text(energy);
    }
    for (const FailedSample& sample : report.failed) {
        std::cerr << fmt::format("saltus: sample {}: {}\n", sample.number, sample.text);
    }
    return report.failed.empty() ? 0 : 1;
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
    takes_whole_number(
        verb->add_option(
            "--horizon", options->horizon, "Ticks a sample, instead of the model's own"),
        1,
        k_most_ticks);
    takes_seed(verb->add_option("--seed", options->seed, "Seed of random encoders (default: 0)"));
    takes_whole_number(
        verb->add_option("--threads",
                         options->threads,
                         "Threads (default: one a core); the output is the same for any number"),
        1,
        1024);
    verb->add_option("--trace", options->trace, "Write every spike to FILE.saltrace");
    add_record_options(*verb, options->record);
    verb->add_option("--json", options->json, k_json_help);
    verb->add_option("--predictions", options->predictions, "Write one line a sample to FILE.csv");
    verb->add_option("--set",
                     options->sets,
                     "PATH=VALUE: a number of the model instead of its own, such as "
                     "hidden.theta=0.8 (docs/studies.md); "
                     "may be repeated");
    verb->add_option("--energy",
                     options->energy,
                     "Joules a sample by an energy model, NAME (saltus energy lists them) or "
                     "FILE.textproto; may be "
                     "repeated");
    verb->add_flag("--keep-going",
                   options->keep_going,
                   "Run the other samples if one fails; what failed is named, exit code 1");
    verb->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace saltus::cli
