#include "cli/traced_sample.hpp"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/trace/trace_reader.hpp"

namespace saltus::cli {

namespace {

TraceHeader header_of(const std::string& trace) {
    return TraceReader(trace).header();
}

// The horizon to run the model at: its own, unless the run that was traced had another.
std::optional<Tick> horizon_of(const TraceHeader& header, const LoadedModel& model) {
    return header.horizon == model.horizon() ? std::nullopt : std::optional<Tick>(header.horizon);
}

void check_populations(const std::string& trace, const TraceHeader& header, const Network& network) {
    const auto differs = [&](const std::string& found, const std::string& needed) {
        throw InputError(trace, found, needed + ", as the model has");
    };
    if (header.populations.size() != network.population_count()) {
        differs(fmt::format("{} populations", header.populations.size()),
                std::to_string(network.population_count()));
    }
    for (PopulationId id = 0; id < network.population_count(); ++id) {
        const TracePopulation& population = header.populations[id];
        const PopulationSpec& spec = network.population(id);
        if (population.name != spec.name || !(population.shape == spec.shape)) {
            differs(fmt::format("population {}{}", population.name, population.shape.text()),
                    spec.name + spec.shape.text());
        }
    }
}

Digest traced_digest(const std::string& trace, std::uint64_t number) {
    TraceReader reader(trace);
    SampleTrace sample;
    std::uint64_t samples = 0;
    std::uint64_t first = 0;
    while (reader.next(sample)) {
        if (sample.number == number) {
            return digest_of(sample);
        }
        first = samples++ == 0 ? sample.number : first;
    }
    throw InputError(trace,
                     fmt::format("no sample {}", number),
                     samples == 0 ? "a trace with samples"
                                  : fmt::format("one of its {} samples, {} to {}",
                                                samples,
                                                first,
                                                sample.number));
}

}  // namespace

void add_replay_options(CLI::App& verb, ReplayOptions& options) {
    verb.add_option("--model", options.model, "The model that made the trace")->required();
    add_data_options(verb, options.input);
}

TracedRun::TracedRun(const std::string& trace, const ReplayOptions& options)
    : trace_(trace),
      model_path_(options.model),
      header_(header_of(trace)),
      model_(LoadedModel::load(options.model)),
      pipeline_(model_, horizon_of(header_, model_)),
      inputs_(open_sample_inputs(model_,
                                 options.input,
                                 MissingInput::refuse,
                                 {pipeline_.network().horizon(), true},
                                 header_.seed)),
      replayer_(pipeline_, inputs_.by_input, header_.seed) {
    check_populations(trace, header_, pipeline_.network());
}

ReplayedSample TracedRun::replay(std::uint64_t sample) {
    const Digest traced = traced_digest(trace_, sample);
    ReplayedSample replayed = replayer_.run(sample);
    if (replayed.result.error) {
        throw InputError(trace_,
                         fmt::format("sample {} fails when replayed: {}",
                                     sample,
                                     replayed.result.error->text),
                         "the model and data that made the trace");
    }
    if (replayed.digest != traced) {
        throw InputError(trace_,
                         fmt::format("sample {} of digest {}", sample, digest_text(traced)),
                         fmt::format("{}, as {} gives with these data: the model and data that made "
                                     "the trace",
                                     digest_text(replayed.digest),
                                     model_path_));
    }
    return replayed;
}

}  // namespace saltus::cli
