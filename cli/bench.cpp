// saltus bench MODEL: how long samples of a model take, and where the time goes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/bench_report.hpp"
#include "cli/coding_notes.hpp"
#include "cli/command_line.hpp"
#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/note.hpp"
#include "cli/progress.hpp"
#include "cli/sample_inputs.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "models/data/sample_range.hpp"
#include "models/files/atomic_file.hpp"
#include "models/run/benchmark.hpp"
#include "models/trace/trace.hpp"

namespace saltus::cli {

namespace {

constexpr std::uint64_t k_default_samples = 32;

struct BenchOptions {
    std::string model;
    SampleInputOptions input;
    std::optional<Tick> horizon;
    std::uint64_t seed = 0;
    unsigned threads = 1;
    unsigned repetitions = 10;
    std::string format = "md";
    std::string output;
};

std::string written(const BenchOptions& options,
                    const BenchmarkReport& report,
                    const BenchDescription& description) {
    if (options.format == "json") {
        return json_text(bench_json(report, description));
    }
    return options.format == "csv" ? bench_csv(report, description)
                                   : bench_markdown(report, description);
}

int bench(const BenchOptions& options) {
    const LoadedModel model = LoadedModel::load(options.model);
    const Pipeline pipeline(model, options.horizon);
    const Tick horizon = pipeline.network().horizon();
    const SampleInputs inputs = open_sample_inputs(model,
                                                   options.input,
                                                   MissingInput::random_numbers,
                                                   {horizon, options.horizon.has_value()},
                                                   options.seed);

    FileRoles files;
    files.reads(model);
    files.reads(inputs.by_input);
    files.writes_or_prints("--output", options.output);

    const std::string samples =
        !options.input.samples.empty()
            ? options.input.samples
            : fmt::format("0-{}", std::min(k_default_samples, inputs.samples) - 1);
    BenchmarkOptions benchmark;
    benchmark.samples = parse_sample_range(samples, inputs.samples, "--samples");
    benchmark.inputs = inputs.by_input;
    benchmark.seed = options.seed;
    benchmark.threads = options.threads;
    benchmark.short_of_threads = say_short_of_threads;
    benchmark.repetitions = options.repetitions;

    // Opened now: a place that cannot be written is said before the work, not after it.
    std::optional<AtomicFile> file;
    if (!options.output.empty() && options.output != "-") {
        file.emplace(options.output);
    }
    Progress progress("samples", benchmark_samples(benchmark));
    const std::optional<BenchmarkReport> report = run_benchmark(
        pipeline, benchmark, [&](std::uint64_t count) { progress.advance(count); }, interrupted);
    progress.finish();
    stop_if_interrupted();

    BenchDescription description;
    description.model_file = options.model;
    description.model_name = model.name();
    for (const DataSet* const set : inputs.by_input) {
        description.inputs.push_back(set->name());
    }
    description.made_up =
        std::find(inputs.made_up.begin(), inputs.made_up.end(), true) != inputs.made_up.end();
    for (const InputUse& use :
         describe_use(model, inputs, horizon, benchmark.samples, interrupted)) {
        if (!use.note.empty()) {
            description.notes.push_back(use.note);
        }
    }
    for (const std::string& note : coding_notes(model, horizon)) {
        description.notes.push_back(note);
    }
    stop_if_interrupted();
    description.samples = samples;
    description.sample_count = benchmark.samples.size();
    description.horizon = horizon;
    description.seed = options.seed;
    description.threads = report.value().threads;
    description.repetitions = options.repetitions;
    description.program = version_line();
    description.processor = collect_provenance("", "", options.threads).processor;
    const std::string text = written(options, report.value(), description);
    if (file) {
        file->write(text);
        file->commit();
    } else {
        std::cout << text;
    }
    return 0;
}

}  // namespace

void add_bench(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<BenchOptions>();
    CLI::App* const verb = app.add_subcommand(
        "bench", "Measure a model: time a sample, SynOps a second, share of time by layer");
    verb->add_option("MODEL", options->model, "A .saltus or .textproto model")->required();
    add_data_options(*verb, options->input);
    add_samples_option(*verb, options->input, "the first 32");
    takes_whole_number(
        verb->add_option(
            "-r,--repetitions", options->repetitions, "Timed repetitions (default: 10)"),
        1,
        1000000);
    takes_whole_number(
        verb->add_option("--threads", options->threads, "Threads (default: 1)"), 1, 1024);
    takes_whole_number(
        verb->add_option(
            "--horizon", options->horizon, "Ticks a sample, instead of the model's own"),
        1,
        k_most_ticks);
    takes_seed(
        verb->add_option("--seed",
                         options->seed,
                         "Seed of random encoders and of input that is made up (default: 0)"));
    verb->add_option("--format", options->format, "md, csv or json (default: md)")
        ->check(CLI::IsMember({"md", "csv", "json"}));
    verb->add_option("-o,--output", options->output, "Write to FILE instead of standard output");
    verb->footer(
        "The time is the wall clock of a repetition divided by its samples: front, encoding and "
        "simulation with\nall counting on; reading files is not in it. Before anything is timed, "
        "all "
        "samples run twice and must\ngive the same spikes, bit for bit. For want of --data or "
        "--events the input is made up, and the report\nsays so: numbers uniform in [0, the "
        "input's "
        "divide_by), spikes with probability 0.1 a tick and neuron.");
    verb->callback([options, &chosen] { chosen = [options] { return bench(*options); }; });
}

}  // namespace saltus::cli
