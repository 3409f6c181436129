// What is said of readouts and sums: every readout of a model, answers right by the rule for ties
// alone, and counts beyond 64 bits.
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/workshop.hpp"

namespace saltus {

using nlohmann::json;
using namespace tests;

namespace {

// h fires with its drive; "count" reads its spikes, "level" the membranes behind it as logits.
struct TwoReadouts : Workshop {
    TwoReadouts() {
        write("m.textproto", R"(format_version: 1 name: "two" horizon: 4
            inputs { name: "x" shape: [2] }
            tensors { name: "swap" shape: [2, 2] values: [0, 1, 1, 0] }
            nodes { name: "in" encoder { duplicate {} } }
            nodes { name: "h" shape: 2 population { theta: 1 } }
            nodes { name: "v" shape: 2 population { fires: false } }
            projections { source: "in" target: "h" identity {} }
            projections { source: "in" target: "v" dense { weight: "swap" } }
            readouts { name: "count" population: "h" kind: spike_count ties: index }
            readouts { name: "level" population: "v" kind: membrane logit {} }
            readouts { name: "when" population: "h" kind: first_spike ties: index })");
        write_array<float>(in("x.npy"), {4, 2}, {1, 0.5, 0.25, 1, 0, 0, 0, 0.125});
        write_array<std::int64_t>(in("l.npy"), {4}, {0, 1, 0, 1});
    }

    const std::string line = "run %/m.textproto --data %/x.npy --labels %/l.npy ";
};

}  // namespace

TEST_CASE("readouts: every one of a model is in summary, JSON, predictions and raster") {
    const TwoReadouts shop;
    const Said said =
        shop.say(shop.line + "--predictions @/p.csv --json @/j.json --trace @/t.saltrace");
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    // count: 0, 1, tie to 0, tie to 0; level, with inputs swapped: 1, 0, tie to 0, 0.
    CHECK(contains(said.output, "accuracy      75.00 %"));
    CHECK(contains(said.output, "3 of 4 right by count\n"));
    CHECK(contains(said.output, "1 of 4 right by level\n"));
    CHECK(contains(said.output, "3 of 4 right by when\n"));
    const json run = json::parse(read_bytes(shop.folder / "out/j.json"));
    REQUIRE(run["readouts"].size() == 3);
    CHECK(run["readouts"][0]["name"] == "count");
    CHECK(run["readouts"][0]["shows"] == "spike count");
    CHECK(run["readouts"][0]["accuracy"] == 0.75);
    CHECK(run["readouts"][1]["population"] == "v");
    CHECK(run["readouts"][1]["shows"] == "logit");
    CHECK(run["readouts"][1]["accuracy"] == 0.25);
    CHECK(run["readouts"][1]["undecided"] == 0);
    CHECK(run["readouts"][2]["shows"] == "first spike");
    CHECK(run["accuracy"] == 0.75);

    const std::string csv = read_bytes(shop.folder / "out/p.csv");
    CHECK(csv.substr(0, csv.find('\n')) ==
          "sample,label,prediction,undecided,value_0,value_1,margin,"
          "level:prediction,level:undecided,level:value_0,level:value_1,level:margin,"
          "when:prediction,when:undecided,when:value_0,when:value_1,when:margin,"
          "ticks,spikes,synaptic_operations");
    // h fires 4 and 2 times, first at ticks 0 and 1, and leads nowhere
    CHECK(contains(csv, "\n0,0,0,0,4,2,2,1,0,0.5,1,0.5,0,0,0,1,1,4,6,0\n"));

    REQUIRE(shop.say("trace raster @/t.saltrace -o @/p.svg").code == 0);
    const std::string svg = read_bytes(shop.folder / "out/p.svg");
    for (const char* words : {">count: spike count<",
                              ">level: logit<",
                              ">when: first spike<",
                              "predicted 0 by count, predicted 1 by level, predicted 0 by when",
                              "(right, wrong, right)"}) {
        CAPTURE(words);
        CHECK(contains(svg, words));
    }
}

TEST_CASE("readouts: labels beyond the neurons of a further readout leave its accuracy unknown") {
    const TwoReadouts shop;
    shop.write("m.textproto", R"(format_version: 1 horizon: 4
        inputs { name: "x" shape: [2] }
        tensors { name: "sum" shape: [1, 2] values: [1, 1] }
        nodes { name: "in" encoder { duplicate {} } }
        nodes { name: "h" shape: 2 population { theta: 1 } }
        nodes { name: "v" shape: 1 population { fires: false } }
        projections { source: "in" target: "h" identity {} }
        projections { source: "in" target: "v" dense { weight: "sum" } }
        readouts { name: "count" population: "h" kind: spike_count ties: index }
        readouts { name: "level" population: "v" kind: membrane })");
    CHECK(contains(shop.say(shop.line).output, "unknown by level: labels beyond its neurons"));
    const json run = json::parse(shop.say(shop.line + "--json -").output);
    CHECK(run["readouts"][0]["accuracy"] == 0.75);
    CHECK(run["readouts"][1]["accuracy"].is_null());
}

TEST_CASE("readouts: answers right by the rule for ties alone are counted, and taken off") {
    const TwoReadouts shop;
    const Said said = shop.say(shop.line);
    // Samples 2 and 3 have no output spike; the tie goes to 0, which is sample 2's label.
    CHECK(
        contains(said.output,
                 "50.00 % without 1 right by the rule for ties alone (no output spike) by count"));
    const json run = json::parse(shop.say(shop.line + "--json -").output);
    CHECK(run["right"] == 3);
    CHECK(run["undecided"] == 2);
    CHECK(run["right_undecided"] == 1);
    CHECK(run["accuracy_decided"] == 0.5);
    CHECK(run["readouts"][1]["right_undecided"] == 0);  // a membrane is never undecided

    write_array<float>(shop.in("zero.npy"), {3, 2}, std::vector<float>(6, 0));
    write_array<std::int64_t>(shop.in("l0.npy"), {3}, {0, 0, 0});
    const Said zero = shop.say("run %/m.textproto --data %/zero.npy --labels %/l0.npy");
    CHECK(contains(zero.output, "100.00 %  [43.85, 100.00] at 95 %, 3 of 3 right by count"));
    CHECK(contains(zero.output, "0.00 % without 3 right by the rule for ties alone"));
    // Where every right answer was decided nothing is said.
    CHECK(!contains(shop.say(shop.line + "--samples 0,1").output, "rule for ties"));
}

TEST_CASE("run: neurons times samples times ticks beyond 2^64 are no wrapped numbers") {
    const Workshop shop;
    const auto model = [](const std::string& neurons) {
        return "format_version: 1 horizon: 9007199254740992 inputs { name: \"x\" shape: [1] } "
               "tensors { name: \"W\" shape: [" +
               neurons +
               ", 1] file: \"w.npy\" } "
               "nodes { name: \"in\" encoder { duplicate {} } } "
               "nodes { name: \"h\" population { theta: 2 } } "
               "projections { source: \"in\" target: \"h\" dense { weight: \"W\" } } "
               "readouts { name: \"r\" population: \"h\" kind: spike_count ties: index }";
    };
    const auto run_one = [&](std::uint64_t neurons, std::uint64_t samples) {
        shop.write("m.textproto", model(std::to_string(neurons)));
        write_array<float>(shop.in("w.npy"), {neurons, 1}, std::vector<float>(neurons, 1));
        write_array<float>(shop.in("x.npy"), {samples, 1}, std::vector<float>(samples, 0));
        const Said said = shop.say("run %/m.textproto --data %/x.npy --json @/j.json");
        CAPTURE(said.error);
        REQUIRE(said.code == 0);
        CHECK(!contains(said.output, "inf"));
        CHECK(!contains(said.output, "at every tick"));
        CHECK(contains(said.output, "note: h never fired"));
        CHECK(contains(said.output, "100.00 % of all ReLU, sigmoid and spiking outputs are zero"));
        const json run = json::parse(read_bytes(shop.folder / "out/j.json"));
        CHECK(run["activation_sparsity"] == 1.0);
        CHECK(run["layers"][1]["activation_sparsity"] == 1.0);
        CHECK(run["layers"][1]["saturated_neurons"] == 0);
        CHECK(run["layers"][1]["silent_neurons"] == neurons);
    };
    run_one(2048, 1);  // 2^64: zero, if it wrapped
    run_one(2049, 1);
    run_one(2, 2048);  // 2^64 ticks of each neuron
}

TEST_CASE("bench: made-up input beyond 64 bits is refused, not taken for none") {
    const Workshop shop;
    shop.write("m.textproto", R"(format_version: 1 horizon: 9007199254740992
        inputs { name: "x" shape: [2048] } nodes { name: "in" encoder { events {} } }
        nodes { name: "h" population {} } projections { source: "in" target: "h" identity {} }
        readouts { name: "r" population: "h" kind: spike_count ties: index })");
    shop.check_refused("bench %/m.textproto -r 1",
                       {"9007199254740992 frames of 2048 values a sample"});
    shop.write("m.textproto", R"(format_version: 1 horizon: 4503599627370496
        inputs { name: "x" shape: [1024] } nodes { name: "in" encoder { events {} } }
        nodes { name: "h" population {} } projections { source: "in" target: "h" identity {} }
        readouts { name: "r" population: "h" kind: spike_count ties: index })");
    shop.check_refused("bench %/m.textproto -r 1 --samples 0-1", {"at most 2 GiB of input"});
}

}  // namespace saltus
