// conformance_run reference|engine CASE.json: a command-line simulator as tests/semantics/check
// runs it. Reads a case without its expected values, runs it by the slow reference or by the
// engine, and prints what came out as JSON (docs/conformance.md).
#include <bit>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "core/network.hpp"

#include "tests/reference/case_network.hpp"
#include "tests/reference/engine_run.hpp"
#include "tests/reference/reference_encoders.hpp"

using namespace reference;

namespace {

std::string hex_floats(const std::vector<float>& values) {
    std::string text;
    for (const float value : values) {
        char word[10];
        std::snprintf(word,
                      sizeof word,
                      "%s%08x",
                      text.empty() ? "" : " ",
                      std::bit_cast<std::uint32_t>(value));
        text += word;
    }
    return text;
}

// The first 8 hex digits of the digest of all v after each tick, -0 as +0.
std::string tick_hashes(const std::vector<std::vector<float>>& ticks) {
    std::string text;
    for (std::vector<float> values : ticks) {
        for (float& value : values) {
            value = value == 0 ? 0.0F : value;
        }
        text +=
            (text.empty() ? "" : " ") + hex(hash(values.data(), 4 * values.size())).substr(0, 8);
    }
    return text;
}

Json events_of(const std::vector<Event>& events) {
    Json list = Json::array();
    for (const Event& e : events) {
        list.push_back({e.tick, e.index, e.payload});
    }
    return list;
}

Json counts_of(const Network& network, const Run<float>& run) {
    Json counts = {{"spikes", 0},
                   {"encoder_spikes", 0},
                   {"max_pool_spikes", 0},
                   {"graded_events", 0},
                   {"acs", 0},
                   {"graded_macs", 0},
                   {"held_macs", 0},
                   {"pool_operations", 0}};
    const auto add = [&counts](const std::string& name, std::uint64_t n) {
        counts[name] = counts[name].get<std::uint64_t>() + n;
    };
    for (std::size_t P = 0; P < network.populations.size(); ++P) {
        const std::string& kind = network.populations[P].kind;
        for (const Fired& fired : run.populations[P].fired) {
            add(kind == "neurons" ? "spikes" : kind + "_spikes", fired.spikes);
            add("graded_events", fired.graded_events);
        }
    }
    for (const std::vector<Cost>& costs : run.projections) {
        for (const Cost& cost : costs) {
            add("acs", cost.acs);
            add("graded_macs", cost.graded_macs);
            add("held_macs", cost.held_macs);
            add("pool_operations", cost.pool_operations);
        }
    }
    return counts;
}

Json answer_of(const Network& network, const Run<float>& run) {
    Json answer = {{"spikes", Json::object()},
                   {"state", Json::object()},
                   {"readouts", Json::array()},
                   {"counts", counts_of(network, run)},
                   {"streams", Json::object()},
                   {"digest", hex(run.digest)}};
    for (std::size_t P = 0; P < network.populations.size(); ++P) {
        const Population& population = network.populations[P];
        const PopulationRun<float>& out = run.populations[P];
        answer["spikes"][population.name] = events_of(out.events);
        answer["streams"][population.name] = out.stream;
        if (population.kind == "neurons") {
            answer["state"][population.name] = {{"v", hex_floats(out.v.back())},
                                                {"v_ticks", tick_hashes(out.v)}};
        }
    }
    for (const ReadoutRun& readout : run.readouts) {
        answer["readouts"].push_back({{"values", hex_floats(readout.values)},
                                      {"prediction", readout.prediction},
                                      {"tied", readout.tied},
                                      {"undecided", readout.undecided}});
    }
    return answer;
}

// Both simulators behind one call: a sample of a case, stopped after tick `cut` unless negative.
class Both {
  public:
    Both(const Json& network, bool engine)
        : json_(network), network_(read_network(network)), engine_(engine) {}

    Run<float> run(const Json& sample, Tick cut = -1) const {
        const auto inputs = read_inputs(json_, sample);
        if (!engine_) {
            return Simulation<float>(network_).run(inputs, false, cut);
        }
        const CaseNetwork translated(json_);
        const auto compiled = saltus::compile<float>(translated.spec());
        EngineOptions options;
        options.cut = cut;
        return EngineRunner<float>(compiled).run(inputs, options);
    }

    [[nodiscard]] const Network& network() const { return network_; }

  private:
    const Json& json_;
    Network network_;
    bool engine_;
};

Json run_case(const Json& json, bool engine) {
    const Both both(json.at("network"), engine);
    Json answer = {{"samples", Json::array()}};
    std::vector<std::array<unsigned char, 16>> digests;
    for (const Json& sample : json.at("samples")) {
        const Run<float> run = both.run(sample);
        answer["samples"].push_back(answer_of(both.network(), run));
        digests.push_back(run.digest);
    }
    answer["run_digest"] = hex(nested(digests));
    if (json.contains("cut")) {
        const Tick after = json.at("cut").at("after_tick").get<Tick>();
        Json cut = answer_of(both.network(), both.run(json.at("samples")[0], after));
        for (Json& state : cut["state"]) {
            const Json v = state.at("v");
            state = v;
        }
        answer["cut"] = {
            {"state", cut["state"]}, {"counts", cut["counts"]}, {"digest", cut["digest"]}};
    }
    return answer;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string which = argc == 3 ? argv[1] : "";
    std::ifstream file(argc == 3 ? argv[2] : "");
    if ((which != "reference" && which != "engine") || !file) {
        std::cerr << "usage: conformance_run reference|engine CASE.json\n";
        return 2;
    }
    try {
        std::cout << run_case(Json::parse(file), which == "engine").dump() << '\n';
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "conformance_run: " << argv[2] << ": " << error.what() << '\n';
        return 1;
    }
}
