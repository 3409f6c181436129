// saltus trace diff A B: where two traces part, and why.
#include "models/trace/trace_diff.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/trace_verbs.hpp"
#include "cli/traced_sample.hpp"
#include "core/error.hpp"
#include "models/explain/difference_cause.hpp"
#include "models/explain/why.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::cli {

namespace {

constexpr int k_different = 3;

struct DiffVerb {
    std::string a;
    std::string b;
    Tick tolerance = 0;
    ReplayOptions replay_a;
    ReplayOptions replay_b;  // what is not given is as on the first side
    std::string json;
};

// Options of one side; `side`: "" for both, "-b" for what differs on the second.
void add_side(CLI::App& verb, ReplayOptions& options, const std::string& side) {
    const std::string whose =
        side.empty() ? "that made the traces: finds the cause" : "of the second trace, if another";
    verb.add_option("--model" + side, options.model, "The model " + whose);
    verb.add_option("--data" + side, options.input.data, "The data " + whose);
    verb.add_option("--events" + side, options.input.events, "The spike input " + whose);
}

std::string address(const TraceHeader& header, const FirstDifference& first) {
    return fmt::format(
        "{}[{}]@{}", header.populations[first.population].name, first.neuron, first.tick);
}

nlohmann::ordered_json first_json(const TraceHeader& header, const FirstDifference& first) {
    return {{"sample", first.sample},
            {"tick", first.tick},
            {"level", first.level},
            {"population", header.populations[first.population].name},
            {"neuron", first.neuron},
            {"fired_a", first.fired_a},
            {"fired_b", first.fired_b},
            {"others", first.others}};
}

nlohmann::ordered_json cause_json(const Pipeline& pipeline, const DifferenceCause& cause) {
    nlohmann::ordered_json json = {{"kind", cause.what}, {"words", cause.words}};
    if (cause.a && cause.b) {
        const auto side = [](const Ledger& ledger) -> nlohmann::ordered_json {
            return {{"h", ledger.h ? nlohmann::ordered_json(*ledger.h) : nlohmann::ordered_json()},
                    {"sum", ledger.sum},
                    {"theta", ledger.theta},
                    {"fired", ledger.fired}};
        };
        json["a"] = side(*cause.a);
        json["b"] = side(*cause.b);
        json["terms_that_differ"] = nlohmann::ordered_json::array();
        for (const TermPair& pair : unequal_terms(*cause.a, *cause.b)) {
            json["terms_that_differ"].push_back(
                {{"term", term_text(pipeline, pair.a != nullptr ? *pair.a : *pair.b)},
                 {"a", pair.a == nullptr ? 0 : pair.a->contribution},
                 {"b", pair.b == nullptr ? 0 : pair.b->contribution}});
        }
    }
    return json;
}

std::string summary(const TraceHeader& header,
                    const TraceDifference& difference,
                    const std::optional<DifferenceCause>& cause,
                    const Pipeline* pipeline) {
    std::string out;
    if (difference.samples_only_a + difference.samples_only_b > 0) {
        out += fmt::format("{} samples are in the first trace only, {} in the second only\n",
                           difference.samples_only_a,
                           difference.samples_only_b);
    }
    if (difference.same()) {
        return out + fmt::format("the same: {} samples, {} spikes\n",
                                 difference.samples,
                                 difference.spikes_a);
    }
    if (!difference.first) {
        return out + fmt::format("the same spikes in {} samples; readouts differ in {}\n",
                                 difference.samples,
                                 difference.readouts);
    }
    const FirstDifference& first = *difference.first;
    const auto fired = [](float payload) {
        return payload == 0   ? std::string("silent")
               : payload == 1 ? std::string("fired")
                              : fmt::format("fired {:g}", payload);
    };
    out += fmt::format("first difference: sample {}, {}: {} in the first, {} in the second{}\n",
                       first.sample,
                       address(header, first),
                       fired(first.fired_a),
                       fired(first.fired_b),
                       first.others.empty() ? ""
                                            : fmt::format(" ({} more neurons of it at that tick)",
                                                          first.others.size()));
    if (cause) {
        out += fmt::format("cause: {}\n", cause->words);
        if (cause->a && cause->b) {
            const std::vector<TermPair> unequal = unequal_terms(*cause->a, *cause->b);
            for (std::size_t k = 0; k < std::min<std::size_t>(8, unequal.size()); ++k) {
                const TermPair& pair = unequal[k];
                out += fmt::format("  {:>+12.6f} {:>+12.6f}  {}\n",
                                   pair.a == nullptr ? 0.0 : pair.a->contribution,
                                   pair.b == nullptr ? 0.0 : pair.b->contribution,
                                   term_text(*pipeline, pair.a != nullptr ? *pair.a : *pair.b));
            }
        }
    }
    out += fmt::format("{} of {} samples differ in spikes, {} in readouts, {} in the answer\n",
                       difference.samples_different,
                       difference.samples,
                       difference.readouts,
                       difference.predictions);
    for (std::size_t id = 0; id < difference.populations.size(); ++id) {
        const PopulationDifference& population = difference.populations[id];
        if (population.only_a + population.only_b + population.payload + population.moved == 0) {
            continue;
        }
        out += fmt::format("{:<12} {} spikes in the first only, {} in the second only",
                           header.populations[id].name,
                           population.only_a,
                           population.only_b);
        out += population.payload > 0 ? fmt::format(", {} of another payload", population.payload)
                                      : "";
        out += population.moved > 0
                   ? fmt::format(", {} moved within the tolerance", population.moved)
                   : "";
        out += "\n";
    }
    return out;
}

nlohmann::ordered_json diff_json(const TraceHeader& header,
                                 const TraceDifference& difference,
                                 const std::optional<DifferenceCause>& cause,
                                 const Pipeline* pipeline) {
    nlohmann::ordered_json json = {{"same", difference.same()},
                                   {"samples", difference.samples},
                                   {"samples_only_a", difference.samples_only_a},
                                   {"samples_only_b", difference.samples_only_b},
                                   {"samples_different", difference.samples_different},
                                   {"readouts_different", difference.readouts},
                                   {"answers_different", difference.predictions},
                                   {"changed_answers", difference.changed_answers}};
    if (difference.first) {
        json["first"] = first_json(header, *difference.first);
    }
    if (difference.first_of_neurons) {
        json["first_of_neurons"] = first_json(header, *difference.first_of_neurons);
    }
    if (cause) {
        json["cause"] = cause_json(*pipeline, *cause);
    }
    for (std::size_t id = 0; id < difference.populations.size(); ++id) {
        const PopulationDifference& population = difference.populations[id];
        json["populations"].push_back({{"name", header.populations[id].name},
                                       {"only_a", population.only_a},
                                       {"only_b", population.only_b},
                                       {"payload", population.payload},
                                       {"moved", population.moved}});
    }
    return json;
}

int diff(DiffVerb verb) {
    const TraceHeader header = TraceFile(verb.a).header();
    std::unique_ptr<TracedRun> a;
    std::unique_ptr<TracedRun> b;
    TraceDiffOptions options;
    options.tolerance_ticks = verb.tolerance;
    options.stop = interrupted;
    if (!verb.replay_a.model.empty()) {
        ReplayOptions second = verb.replay_b;
        second.model = second.model.empty() ? verb.replay_a.model : second.model;
        if (second.input.data.empty() && second.input.events.empty()) {
            second.input = verb.replay_a.input;
        }
        a = std::make_unique<TracedRun>(verb.a, verb.replay_a);
        b = std::make_unique<TracedRun>(verb.b, second);
        for (PopulationId id = 0; id < a->pipeline().network().population_count(); ++id) {
            options.levels.push_back(a->pipeline().network().level(id));
        }
    } else if (!verb.replay_b.model.empty() || !verb.replay_a.input.data.empty() ||
               !verb.replay_a.input.events.empty()) {
        throw InputError("--model", "nothing", "the model of the first trace, to replay it");
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
    const Pipeline* const pipeline = a ? &a->pipeline() : nullptr;  // of the cause
    if (!verb.json.empty()) {
        write_json(diff_json(header, difference, cause, pipeline), verb.json);
    }
    if (verb.json != "-") {
        std::cout << summary(header, difference, cause, pipeline);
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
    app->add_option("--tolerance-ticks",
                    verb->tolerance,
                    "Count spikes moved by at most so many ticks apart (default: 0)")
        ->check(CLI::Range(Tick{0}, Tick{1} << 53));
    add_side(*app, verb->replay_a, "");
    add_side(*app, verb->replay_b, "-b");
    app->add_option("--json", verb->json, k_json_help)->type_name("FILE|-");
    app->callback([verb, &chosen] { chosen = [verb] { return diff(*verb); }; });
}

}  // namespace saltus::cli
