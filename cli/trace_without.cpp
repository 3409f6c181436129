// saltus trace without FILE --drop NAME[i]@t: what a sample would have been without some spikes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/trace_options.hpp"
#include "cli/trace_verbs.hpp"
#include "cli/traced_sample.hpp"
#include "core/error.hpp"
#include "models/explain/ablation_map.hpp"
#include "models/explain/address.hpp"
#include "models/explain/without.hpp"
#include "models/files/atomic_file.hpp"
#include "models/picture/picture.hpp"
#include "models/trace/answer_lead.hpp"

namespace saltus::cli {

namespace {

constexpr std::size_t k_most_flipped = 1000;

struct WithoutVerb {
    TraceFileOptions options;
    ReplayOptions replay;
    std::vector<std::string> drop;
    bool each = false;
    bool each_neuron = false;
    bool flip = false;
    std::string out;
    std::string json;
};

AblationScope scope_of(const WithoutVerb& verb, const TraceHeader& header) {
    const TraceChoice& choice = verb.options.choice;
    return {chosen_populations(header, choice.populations), chosen_ticks(header, choice.ticks)};
}

// An option that would change nothing is refused.
void check_scope(const WithoutVerb& verb) {
    const TraceChoice& choice = verb.options.choice;
    if (!choice.populations.empty() && !verb.drop.empty()) {
        throw InputError("--population", "--drop", "--each, --each-neuron or --flip");
    }
    if (choice.ticks && (!verb.drop.empty() || verb.each_neuron)) {
        throw InputError(
            "--ticks", verb.each_neuron ? "--each-neuron" : "--drop", "--each or --flip");
    }
}

nlohmann::ordered_json readout_json(const Result& result) {
    if (result.readouts.empty()) {
        return nullptr;
    }
    return {{"prediction", result.readouts[0].prediction},
            {"undecided", result.readouts[0].undecided},
            {"values", result.readouts[0].values}};
}

std::string text_of(const Network& network, const Silenced& silenced) {
    const std::string& name = network.population(silenced.population).name;
    if (!silenced.neuron) {
        return name;
    }
    return silenced.tick
               ? address_text(network, silenced.population, *silenced.neuron, *silenced.tick)
               : address_text(network, silenced.population, *silenced.neuron);
}

nlohmann::ordered_json changes_json(const Network& network,
                                    const std::vector<SpikeChange>& changes) {
    nlohmann::ordered_json json = {{"gone", nlohmann::ordered_json::array()},
                                   {"new", nlohmann::ordered_json::array()},
                                   {"payload", nlohmann::ordered_json::array()}};
    for (const SpikeChange& change : changes) {
        const char* const key = change.after == 0 ? "gone" : change.before == 0 ? "new" : "payload";
        json[key].push_back({{"population", network.population(change.population).name},
                             {"neuron", change.neuron},
                             {"tick", change.tick},
                             {"before", change.before},
                             {"after", change.after}});
    }
    return json;
}

std::string answer_text(const ReplayedSample& before, const Result& after) {
    if (before.result.readouts.empty() || after.readouts.empty()) {
        return {};
    }
    const auto text = [](const ReadoutResult& readout) {
        return fmt::format(
            "{}{}", readout.prediction, readout.undecided ? " (undecided: no output spike)" : "");
    };
    const ReadoutResult& was = before.result.readouts[0];
    const ReadoutResult& is = after.readouts[0];
    return was.prediction == is.prediction && was.undecided == is.undecided
               ? fmt::format("; the answer stays {}", text(was))
               : fmt::format("; the answer changes from {} to {}", text(was), text(is));
}

// What --drop names; each must send something in the sample.
std::vector<Silenced> silenced_by(const WithoutVerb& verb,
                                  const Network& network,
                                  const ReplayedSample& whole) {
    std::vector<Silenced> silenced;
    for (const std::string& text : verb.drop) {
        const Address address = parse_address(text, network, "--drop");
        const auto* const encoder =
            std::get_if<EncoderSpec>(&network.population(address.population).kind);
        if (address.tick && encoder != nullptr && encoder->holds_values) {
            throw InputError(
                "--drop", text, "a neuron without a tick: its value is held over the whole sample");
        }
        silenced.push_back({address.population, address.neuron, address.tick});
        const bool any = std::any_of(
            whole.recording.packets[address.population].begin(),
            whole.recording.packets[address.population].end(),
            [&](const Packet& packet) {
                return std::any_of(packet.slots.begin(), packet.slots.end(), [&](Slot slot) {
                    return silences(silenced.back(),
                                    address.population,
                                    network.population(address.population).shape.index_of(slot),
                                    packet.held ? address.tick.value_or(packet.tick) : packet.tick);
                });
            });
        if (!any) {
            throw InputError(
                "--drop", text + ", which sends nothing in this sample", "a spike of it");
        }
    }
    return silenced;
}

int drop(const WithoutVerb& verb, TracedRun& run, const ReplayedSample& whole) {
    const Network& network = run.pipeline().network();
    const std::vector<Silenced> silenced = silenced_by(verb, network, whole);
    const Ablation without = run_without(run.replayer(), whole, silenced);
    if (without.replay.result.error) {
        throw Error(fmt::format(
            "sample {} fails without them: {}", whole.number, without.replay.result.error->text));
    }
    std::map<PopulationId, std::pair<std::uint64_t, std::uint64_t>> by_population;
    for (const SpikeChange& change : without.changes) {
        by_population[change.population].first += change.after == 0 ? 1 : 0;
        by_population[change.population].second += change.before == 0 ? 1 : 0;
    }
    if (!verb.json.empty()) {
        nlohmann::ordered_json json = {
            {"sample", whole.number},
            {"dropped", verb.drop},
            {"silenced", changes_json(network, without.silenced)["gone"]},
            {"changed", changes_json(network, without.changes)},
            {"before", readout_json(whole.result)},
            {"after", readout_json(without.replay.result)},
            {"digest", digest_text(without.replay.digest)}};
        write_json(json, verb.json);
    }
    if (verb.json != "-") {
        fmt::print("{} silenced{}\n",
                   without.silenced.size() == 1 ? "1 spike"
                                                : fmt::format("{} spikes", without.silenced.size()),
                   answer_text(whole, without.replay.result));
        if (without.changes.empty()) {
            fmt::print("no other spike changes\n");
        }
        for (const auto& [id, counts] : by_population) {
            fmt::print("{:<12} {} gone, {} new\n",
                       network.population(id).name,
                       counts.first,
                       counts.second);
        }
    }
    return 0;
}

// The map of --each as a table that spreadsheets read.
std::string each_csv(const Network& network, const std::vector<SingleAblation>& list) {
    std::string csv = "population,neuron,tick,prediction,lead,changed_spikes\n";
    for (const SingleAblation& one : list) {
        csv += fmt::format("{},{},{},{},{},{}\n",
                           network.population(one.silenced.population).name,
                           *one.silenced.neuron,
                           one.silenced.tick ? std::to_string(*one.silenced.tick) : "",
                           one.prediction,
                           one.lead,
                           one.changes);
    }
    return csv;
}

bool is_table(const std::string& path) {
    return std::filesystem::path(path).extension() == ".csv";
}

// Refused before the replays, which take their time.
void check_map(const std::string& path) {
    if (is_table(path)) {
        return;
    }
    try {
        picture_format(path);
    } catch (const InputError& error) {
        throw InputError(error.fault().path, error.fault().found, ".csv, .svg, .png or .pdf");
    }
}

// The map of --each as a picture.
std::string each_map(const WithoutVerb& verb,
                     const TracedRun& run,
                     const ReplayedSample& whole,
                     const std::vector<SingleAblation>& list) {
    const ReadoutResult& readout = whole.result.readouts[0];
    const TraceReadout& spec = run.header().readouts.at(0);
    const Picture picture = ablation_map(
        run.pipeline().network(),
        list,
        verb.each_neuron ? AblateEach::neuron : AblateEach::spike,
        readout.prediction,
        answer_lead(spec.kind, readout.values, readout.prediction),
        {fmt::format("{}, sample {}: what the answer leans on",
                     run.header().model.empty() ? "a model without a name" : run.header().model,
                     whole.number),
         readout_text(spec.kind, spec.logit)});
    return picture_bytes(picture, picture_format(verb.out), 300);
}

int each(const WithoutVerb& verb, TracedRun& run, const ReplayedSample& whole) {
    const Network& network = run.pipeline().network();
    if (whole.result.readouts.empty()) {
        throw InputError(
            verb.each ? "--each" : "--each-neuron", "a model without readouts", "a readout");
    }
    const std::vector<SingleAblation> list =
        run_without_each(run.replayer(),
                         whole,
                         verb.each_neuron ? AblateEach::neuron : AblateEach::spike,
                         scope_of(verb, run.header()),
                         interrupted);
    stop_if_interrupted();
    if (!verb.out.empty()) {
        write_whole_file(verb.out,
                         is_table(verb.out) ? each_csv(network, list) : each_map(verb, run, whole, list));
    }
    const std::uint32_t answer = whole.result.readouts[0].prediction;
    if (!verb.json.empty()) {
        nlohmann::ordered_json rows = nlohmann::ordered_json::array();
        for (const SingleAblation& one : list) {
            nlohmann::ordered_json row = {
                {"population", network.population(one.silenced.population).name},
                {"neuron", *one.silenced.neuron}};
            if (one.silenced.tick) {
                row["tick"] = *one.silenced.tick;
            }
            row["prediction"] = one.prediction;
            row["lead"] = one.lead;
            row["changed_spikes"] = one.changes;
            rows.push_back(std::move(row));
        }
        write_json(
            {{"sample", whole.number}, {"before", readout_json(whole.result)}, {"each", rows}},
            verb.json);
    }
    if (verb.json != "-") {
        std::vector<const SingleAblation*> worst;
        std::uint64_t flips = 0;
        for (const SingleAblation& one : list) {
            worst.push_back(&one);
            flips += one.prediction != answer ? 1 : 0;
        }
        std::stable_sort(
            worst.begin(), worst.end(), [](const SingleAblation* a, const SingleAblation* b) {
                return a->lead < b->lead;
            });
        fmt::print("{} {} removed in turn: {} change the answer {}\n",
                   list.size(),
                   verb.each_neuron ? "neurons" : "spikes",
                   flips,
                   answer);
        if (!list.empty()) {
            fmt::print("those the answer leans on most:\n");
        }
        for (std::size_t k = 0; k < std::min<std::size_t>(10, worst.size()); ++k) {
            fmt::print("  {:<20} lead {:<12.6g} answer {}, {} other spikes change\n",
                       text_of(network, worst[k]->silenced),
                       worst[k]->lead,
                       worst[k]->prediction,
                       worst[k]->changes);
        }
    }
    return 0;
}

int flip(const WithoutVerb& verb, TracedRun& run, const ReplayedSample& whole) {
    const Network& network = run.pipeline().network();
    if (whole.result.readouts.empty()) {
        throw InputError("--flip", "a model without readouts", "a readout");
    }
    const Flip flip =
        find_flip(run.replayer(), whole, k_most_flipped, scope_of(verb, run.header()), interrupted);
    stop_if_interrupted();
    std::vector<std::string> names;
    for (const Silenced& silenced : flip.spikes) {
        names.push_back(text_of(network, silenced));
    }
    if (!verb.json.empty()) {
        write_json({{"sample", whole.number},
                    {"found", flip.found},
                    {"before", whole.result.readouts[0].prediction},
                    {"after", flip.prediction},
                    {"spikes", flip.found ? names : std::vector<std::string>{}},
                    {"replays", flip.replays},
                    {"search", "greedy, then pruned; a smaller set may exist"}},
                   verb.json);
    }
    if (verb.json != "-") {
        if (!flip.found) {
            fmt::print("no set of spikes found whose loss changes the answer {} ({} replays)\n",
                       whole.result.readouts[0].prediction,
                       flip.replays);
            return 0;
        }
        fmt::print(
            "without {} spikes the answer changes from {} to {} (greedy, then pruned: a "
            "smaller set may exist; {} replays)\n",
            names.size(),
            whole.result.readouts[0].prediction,
            flip.prediction,
            flip.replays);
        for (const std::string& name : names) {
            fmt::print("  {}\n", name);
        }
    }
    return 0;
}

int without(const WithoutVerb& verb) {
    if (!verb.out.empty() && !verb.each && !verb.each_neuron) {
        throw InputError("--out", verb.out, "--each or --each-neuron, whose map it takes");
    }
    if (!verb.out.empty()) {
        check_map(verb.out);
    }
    check_scope(verb);
    TracedRun run(verb.options.trace, verb.replay);
    FileRoles files;
    run.reads(files);
    files.writes("--out", verb.out);
    files.writes_or_prints("--json", verb.json);
    const ReplayedSample whole = run.replay(run.sample_number(verb.options.choice));
    if (!verb.drop.empty()) {
        return drop(verb, run, whole);
    }
    return verb.flip ? flip(verb, run, whole) : each(verb, run, whole);
}

}  // namespace

void add_trace_without(CLI::App& trace, Chosen& chosen) {
    const auto verb = std::make_shared<WithoutVerb>();
    CLI::App* const app = trace.add_subcommand(
        "without", "Replay a sample with spikes silenced: what changes, and does the answer?");
    add_trace_file(*app, verb->options);
    add_replay_options(*app, verb->replay);
    add_sample_choice(*app, verb->options.choice);
    add_population_choice(*app, verb->options.choice, "With --each or --flip: spikes");
    add_ticks_choice(*app, verb->options.choice, "With --each or --flip: spikes");
    CLI::Option_group* const what = app->add_option_group("what");
    what->add_option(
        "--drop", verb->drop, "A spike NAME[i]@t, a neuron NAME[i] or a population NAME");
    what->add_flag("--each", verb->each, "Every spike in turn");
    what->add_flag("--each-neuron", verb->each_neuron, "Every neuron that fires in turn");
    what->add_flag("--flip", verb->flip, "A small set of spikes whose loss changes the answer");
    what->require_option(1);
    app->add_option(
        "-o,--out", verb->out, "With --each: the map as x.csv, or drawn as x.svg, x.png or x.pdf");
    app->add_option("--json", verb->json, k_json_help)->type_name("FILE|-");
    app->callback([verb, &chosen] { chosen = [verb] { return without(*verb); }; });
}

}  // namespace saltus::cli
