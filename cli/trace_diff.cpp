// saltus trace diff A B: where two traces part, and why.
#include "models/trace/trace_diff.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/command_line.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/trace_diff_text.hpp"
#include "cli/trace_options.hpp"
#include "cli/trace_verbs.hpp"
#include "cli/traced_sample.hpp"
#include "core/error.hpp"
#include "models/explain/difference_cause.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::cli {

namespace {

constexpr int k_different = 3;

struct DiffVerb {
    std::string a;
    std::string b;
    TraceChoice choice;
    Tick tolerance = 0;
    ReplayOptions replay_a;
    ReplayOptions replay_b;  // what is not given is as on the first side
    std::string json;
};

// What is not given of the second side is as on the first.
ReplayOptions second_side(const DiffVerb& verb) {
    ReplayOptions second = verb.replay_b;
    second.model = second.model.empty() ? verb.replay_a.model : second.model;
    if (second.input.data.empty() && second.input.events.empty()) {
        if (second.input.time_first) {
            throw InputError(
                "--time-first-b", "no data of the second trace", "--data-b or --events-b");
        }
        second.input = verb.replay_a.input;
    }
    return second;
}

// Options that say how to replay need the model.
void check_replay(const DiffVerb& verb) {
    const auto any = [](const ReplayOptions& side) {
        return !side.model.empty() || !side.input.data.empty() || !side.input.events.empty() ||
               side.input.time_first;
    };
    if (verb.replay_a.model.empty() && (any(verb.replay_a) || any(verb.replay_b))) {
        throw InputError("--model", "nothing", "the model of the first trace, to replay it");
    }
}

int diff(const DiffVerb& verb) {
    check_replay(verb);
    const TraceHeader header = TraceFile(verb.a).header();
    std::unique_ptr<TracedRun> a;
    std::unique_ptr<TracedRun> b;
    TraceDiffOptions options;
    options.choice = verb.choice;
    options.tolerance_ticks = verb.tolerance;
    options.stop = interrupted;
    if (!verb.replay_a.model.empty()) {
        a = std::make_unique<TracedRun>(verb.a, verb.replay_a);
        b = std::make_unique<TracedRun>(verb.b, second_side(verb));
        for (PopulationId id = 0; id < a->pipeline().network().population_count(); ++id) {
            options.levels.push_back(a->pipeline().network().level(id));
        }
    }
    FileRoles files;
    files.reads("the first trace", verb.a);
    files.reads("the second trace", verb.b);
    if (a) {
        a->reads(files);
        b->reads(files);
    }
    files.writes_or_prints("--json", verb.json);
    const TraceDifference difference = diff_traces(verb.a, verb.b, options);
    stop_if_interrupted();
    std::optional<DifferenceCause> cause;
    if (a && difference.first) {
        a->replay(difference.first->sample);  // held against the trace
        b->replay(difference.first->sample);
        cause = find_cause(difference, a->replayer(), b->replayer());
    }
    const ToldDifference told{header, difference, cause, a ? &a->pipeline() : nullptr};
    if (!verb.json.empty()) {
        write_json(trace_diff_json(told), verb.json);
    }
    if (verb.json != "-") {
        std::cout << trace_diff_text(told);
    }
    return difference.same() ? 0 : k_different;
}

}  // namespace

void add_trace_diff(CLI::App& trace, Chosen& chosen) {
    const auto verb = std::make_shared<DiffVerb>();
    CLI::App* const app =
        trace.add_subcommand("diff", "Where two traces part, and why (exit code 3 if they do)");
    app->add_option("A", verb->a, "A .saltrace file")->required();
    app->add_option("B", verb->b, "Another, of the same populations")->required();
    takes_whole_number(
        app->add_option("--tolerance-ticks",
                        verb->tolerance,
                        "Count spikes moved by at most so many ticks apart (default: 0)"),
        0,
        k_most_ticks);
    add_samples_choice(*app, verb->choice);
    add_population_choice(*app, verb->choice, "Spikes, and no readouts,");
    add_ticks_choice(*app, verb->choice, "Spikes, and no readouts,");
    app->add_option(
        "--model", verb->replay_a.model, "The model that made the traces: finds the cause");
    add_data_options(*app, verb->replay_a.input);
    app->add_option("--model-b", verb->replay_b.model, "The model of the second, if another");
    add_data_options(*app, verb->replay_b.input, "-b");
    app->add_option("--json", verb->json, k_json_help)->type_name("FILE|-");
    app->callback([verb, &chosen] { chosen = [verb] { return diff(*verb); }; });
}

}  // namespace saltus::cli
