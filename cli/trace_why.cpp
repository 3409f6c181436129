// saltus trace why FILE --spike NAME[i]@t: what drove a neuron over its threshold, or kept it
// below.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <fmt/format.h>

#include "cli/command_line.hpp"
#include "cli/json_output.hpp"
#include "cli/trace_options.hpp"
#include "cli/trace_verbs.hpp"
#include "cli/traced_sample.hpp"
#include "core/error.hpp"
#include "models/explain/address.hpp"
#include "models/explain/why.hpp"
#include "models/files/atomic_file.hpp"

namespace saltus::cli {

namespace {

struct WhyVerb {
    TraceFileOptions options;
    ReplayOptions replay;
    std::string spike;
    std::string silent;
    WhyOptions why;
    std::string out;
    std::string json;
};

// The neuron and tick asked for, which must have fired (--spike) or not (--silent).
Address asked_for(const WhyVerb& verb, const Network& network, const Recording& recording) {
    const bool spike = !verb.spike.empty();
    const std::string option = spike ? "--spike" : "--silent";
    const Address address = parse_address(spike ? verb.spike : verb.silent, network, option);
    if (!address.neuron || !address.tick) {
        throw InputError(
            option, spike ? verb.spike : verb.silent, "NAME[i]@t, a neuron and a tick");
    }
    const Shape& shape = network.population(address.population).shape;
    const float fired =
        recording.payload(address.population, shape.slot_of(*address.neuron), *address.tick);
    const std::string text =
        address_text(network, address.population, *address.neuron, *address.tick);
    if (spike && fired == 0) {
        std::string others;
        for (const Packet& packet : recording.packets[address.population]) {
            const float there =
                recording.payload(address.population, shape.slot_of(*address.neuron), packet.tick);
            if (there != 0 && others.size() < 60) {
                others += fmt::format("{}{}", others.empty() ? "" : ", ", packet.tick);
            }
        }
        throw InputError(option,
                         text + ", which did not fire",
                         others.empty() ? "a spike (it never fires in this sample; --silent asks "
                                          "what kept it from it)"
                                        : "one of its spikes, at " + others);
    }
    if (!spike && fired != 0) {
        throw InputError(option, text + ", which fired", "a silent neuron and tick (or --spike)");
    }
    return address;
}

void write_picture(const std::string& path, const Pipeline& pipeline, const Why& why) {
    const std::string extension = std::filesystem::path(path).extension().string();
    std::string text;
    if (extension == ".svg") {
        text = why_svg(pipeline, why);
    } else if (extension == ".dot") {
        text = why_dot(pipeline, why);
    } else {
        throw InputError(path, fmt::format("extension \"{}\"", extension), ".svg or .dot");
    }
    write_whole_file(path, text);
}

int why(const WhyVerb& verb) {
    TracedRun run(verb.options.trace, verb.replay);
    FileRoles files;
    run.reads(files);
    files.writes("--out", verb.out);
    files.writes_or_prints("--json", verb.json);
    const std::uint64_t number = run.sample_number(verb.options.choice);
    const ReplayedSample sample = run.replay(number);
    const Address address = asked_for(verb, run.pipeline().network(), sample.recording);
    const Why why = explain(
        run.pipeline(), sample, address.population, *address.neuron, *address.tick, verb.why);
    if (!verb.out.empty()) {
        write_picture(verb.out, run.pipeline(), why);
    }
    if (!verb.json.empty()) {
        nlohmann::ordered_json json = {{"sample", number}};
        json.update(why_json(run.pipeline(), why));
        write_json(json, verb.json);
    }
    if (verb.json != "-") {
        std::cout << why_text(run.pipeline(), why);
    }
    return 0;
}

}  // namespace

void add_trace_why(CLI::App& trace, Chosen& chosen) {
    const auto verb = std::make_shared<WhyVerb>();
    CLI::App* const app = trace.add_subcommand(
        "why", "Explain a spike, or a silent neuron: every contribution to its membrane");
    add_trace_file(*app, verb->options);
    add_replay_options(*app, verb->replay);
    add_sample_choice(*app, verb->options.choice);
    CLI::Option_group* const which = app->add_option_group("which");
    which->add_option("--spike", verb->spike, "Why it fired: NAME[i]@t or NAME[c,y,x]@t");
    which->add_option("--silent", verb->silent, "Why it did not fire then: NAME[i]@t");
    which->require_option(1);
    takes_whole_number(
        app->add_option(
            "--depth", verb->why.depth, "Ledgers on the way back to the input (default: 1)"),
        1,
        16);
    takes_whole_number(
        app->add_option("--width", verb->why.width, "Largest causes followed at each (default: 3)"),
        1,
        16);
    app->add_option("-o,--out", verb->out, "Draw the causes: x.svg or x.dot");
    app->add_option("--json", verb->json, k_json_help)->type_name("FILE|-");
    app->callback([verb, &chosen] { chosen = [verb] { return why(*verb); }; });
}

}  // namespace saltus::cli
