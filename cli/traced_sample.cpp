#include "cli/traced_sample.hpp"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::cli {

namespace {

// The horizon to run the model at: its own, unless the run that was traced had another.
std::optional<Tick> horizon_of(const TraceHeader& header, const LoadedModel& model) {
    return header.horizon == model.horizon() ? std::nullopt : std::optional<Tick>(header.horizon);
}

}  // namespace

void check_model(const Network& network, const TraceHeader& header, const std::string& trace) {
    const auto refuse = [&](const std::string& found, const std::string& needed) {
        throw InputError("--model", found, fmt::format("{}, as {} has", needed, trace));
    };
    if (network.population_count() != header.populations.size()) {
        refuse(fmt::format("{} populations", network.population_count()),
               std::to_string(header.populations.size()));
    }
    for (PopulationId id = 0; id < network.population_count(); ++id) {
        const PopulationSpec& spec = network.population(id);
        const TracePopulation& recorded = header.populations[id];
        if (spec.name != recorded.name || spec.shape != recorded.shape) {
            refuse(fmt::format("population {} {}", spec.name, spec.shape.text()),
                   fmt::format("{} {}", recorded.name, recorded.shape.text()));
        }
    }
}

void add_replay_options(CLI::App& verb, ReplayOptions& options) {
    verb.add_option("--model", options.model, "The model that made the trace")->required();
    add_data_options(verb, options.input);
}

TracedRun::TracedRun(const std::string& trace, const ReplayOptions& options)
    : trace_(trace),
      model_path_(options.model),
      file_(trace),
      model_(LoadedModel::load(options.model)),
      pipeline_(model_, horizon_of(file_.header(), model_)),
      inputs_(open_sample_inputs(model_,
                                 options.input,
                                 MissingInput::refuse,
                                 {pipeline_.network().horizon(), true},
                                 file_.header().seed)),
      replayer_(pipeline_, inputs_.by_input, file_.header().seed) {
    check_model(pipeline_.network(), file_.header(), trace);
}

Digest TracedRun::traced_digest(std::uint64_t sample) const {
    return file_.digest(chosen_place(file_, std::to_string(sample)));
}

std::uint64_t TracedRun::sample_number(const TraceChoice& choice) const {
    return file_.number(chosen_place(file_, choice.samples));
}

void TracedRun::reads(FileRoles& files) const {
    files.reads("the trace", trace_);
    files.reads(model_);
    files.reads(inputs_.by_input);
}

ReplayedSample TracedRun::replay(std::uint64_t sample) {
    const Digest traced = traced_digest(sample);
    ReplayedSample replayed = replayer_.run(sample);
    if (replayed.result.error) {
        throw InputError(
            trace_,
            fmt::format("sample {} fails when replayed: {}", sample, replayed.result.error->text),
            "the model and data that made the trace");
    }
    if (replayed.digest != traced) {
        const std::string& traced_model = file_.header().model;
        const bool same_name = traced_model == model_.name();
        throw InputError(model_path_,
                         fmt::format("other spikes for sample {} than {} holds", sample, trace_),
                         same_name
                             ? "the data and the version of the model that made the trace"
                             : fmt::format("the model that made the trace, \"{}\" (this is \"{}\")",
                                           traced_model,
                                           model_.name()));
    }
    return replayed;
}

}  // namespace saltus::cli
