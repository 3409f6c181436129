// Models of several inputs: which --data and --events feed which, and what is refused.
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/workshop.hpp"

namespace saltus {

using nlohmann::json;
using namespace tests;

namespace {

// Inputs "a" and "b" of numbers and "s" of spikes; each is read out on its own.
const std::string k_three = R"(format_version: 1 horizon: 4
    inputs { name: "a" shape: [2] } inputs { name: "b" shape: [2] } inputs { name: "s" shape: [2] }
    nodes { name: "in_a" input: "a" encoder { duplicate {} } }
    nodes { name: "in_b" input: "b" encoder { duplicate {} } }
    nodes { name: "in_s" input: "s" encoder { events {} } }
    nodes { name: "pa" shape: 2 population { fires: false } }
    nodes { name: "pb" shape: 2 population { fires: false } }
    nodes { name: "ps" shape: 2 population { fires: false } }
    projections { source: "in_a" target: "pa" identity {} }
    projections { source: "in_b" target: "pb" identity {} }
    projections { source: "in_s" target: "ps" identity {} }
    readouts { name: "ra" population: "pa" kind: membrane }
    readouts { name: "rb" population: "pb" kind: membrane }
    readouts { name: "rs" population: "ps" kind: membrane })";

struct Inputs : Workshop {
    Inputs() {
        write("three.textproto", k_three);
        write_array<float>(in("a.npy"), {3, 2}, {1, 0, 2, 0, 3, 0});
        write_array<float>(in("b.npy"), {3, 2}, {0, 10, 0, 20, 0, 30});
        write_array<float>(in("two.npy"), {2, 2}, {1, 2, 3, 4});
        write_array<std::uint8_t>(in("s.npy"), {3, 4, 2}, {1, 1, 0, 0, 0, 0, 0, 0,  //
                                                           1, 1, 1, 0, 0, 0, 0, 0,  //
                                                           0, 0, 0, 0, 0, 0, 0, 0});
    }
};

}  // namespace

TEST_CASE("inputs: --data and --events by name feed each input its own") {
    const Inputs shop;
    const std::string line =
        "run %/three.textproto --predictions @/p.csv --json @/j.json --trace @/t "
        "--data b=%/b.npy --events s=%/s.npy --data a=%/a.npy";
    const Said said = shop.say(line);
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    const auto rows = read_csv(shop.folder / "out/p.csv");
    REQUIRE(rows.size() == 3);
    // sample,label, then for each readout: prediction, undecided, two values summed over 4 ticks, margin; then
    // ticks, spikes, synaptic operations
    CHECK(rows[0] == std::vector<std::string>{
                         "0", "", "0", "0", "4", "0", "4", "1", "0", "0", "40", "40", "0", "0", "1", "1", "0", "4", "0", "0"});
    CHECK(rows[1] == std::vector<std::string>{
                         "1", "", "0", "0", "8", "0", "8", "1", "0", "0", "80", "80", "0", "0", "2", "1", "1", "4", "0", "0"});
    const json run = json::parse(read_bytes(shop.folder / "out/j.json"));
    CHECK(contains(run["data"], "a="));
    CHECK(contains(run["data"], "b.npy"));
    CHECK(run["inputs"].size() == 3);
    CHECK(run["inputs"][1]["name"] == "b");
    CHECK(contains(run["inputs"][1]["source"], "b.npy"));
    // One input of its kind needs no name.
    CHECK(
        shop.say("run %/three.textproto --data a=%/a.npy --data b=%/b.npy --events %/s.npy").code ==
        0);
    CHECK(shop.say("bench %/three.textproto -r 1 --data a=%/a.npy --data b=%/b.npy").code == 0);
}

TEST_CASE("inputs: one array for two inputs, unknown names and unlike counts are refused") {
    const Inputs shop;
    const std::string run = "run %/three.textproto --events %/s.npy ";

    struct Case {
        std::string line;
        std::vector<std::string> words;
    };

    const std::vector<Case> cases = {
        {run + "--data %/a.npy",
         {"--data: got ", "a.npy for 2 inputs, need --data NAME=WHERE for each of \"a\", \"b\""}},
        {run + "--data a=%/a.npy", {"--data: got nothing, need data for input \"b\""}},
        {run + "--data a=%/a.npy --data a=%/b.npy", {"for input \"a\", need one for each input"}},
        {run + "--data a=%/a.npy --data c=x.npy",
         {"--data: got c=x.npy: no input \"c\", and no file of that name", "\"a\", \"b\""}},
        {run + "--data a=%/a.npy --data s=%/s.npy", {"need --events s="}},
        {run + "--events b=%/s.npy --data a=%/a.npy --data b=%/b.npy", {"need --data b="}},
        {run + "--data a=%/a.npy --data b=%/two.npy",
         {"two.npy, for input \"b\": got 2 samples, need 3, as ", "a.npy has"}},
        {run + "--data a=%/a.npy --data b=", {"--data: got b=, need b=WHERE"}},
        {"run %/still.textproto --data %/x.npy --data %/x.npy",
         {"for input \"x\", need one for each input"}},
        {"bench %/three.textproto -r 1 --data %/a.npy", {"need --data NAME=WHERE for each of"}}};
    for (const Case& one : cases) {
        shop.check_refused(one.line, one.words);
    }
}

TEST_CASE("inputs: a file whose name holds an equals sign is a file") {
    const Inputs shop;
    for (const char* name : {"u=v.npy", "x=y.npy"}) {
        write_array<float>(shop.in(name), {1, 2}, {1, 2});
    }
    CHECK(shop.say("run %/still.textproto --data %/u=v.npy").code == 0);
    CHECK(shop.say("run %/still.textproto --data x=%/x=y.npy").code == 0);
    const std::string there = "cd " + (shop.folder / "in").string() + " && " + SALTUS_COMMAND +
                              " run still.textproto >/dev/null 2>&1 --data ";
    CHECK(std::system((there + "u=v.npy").c_str()) == 0);
    CHECK(std::system((there + "./x=y.npy").c_str()) == 0);
    CHECK(std::system((there + "x=x=y.npy").c_str()) == 0);
    CHECK(std::system((there + "x=y.npy").c_str()) != 0);  // the input "x", and no file "y.npy"
}

TEST_CASE("inputs: labels of two data sets that disagree are refused") {
    const Inputs shop;
    shop.write("m.textproto", R"(format_version: 1 horizon: 2
        inputs { name: "a" shape: [1, 2, 2] } inputs { name: "b" shape: [1, 2, 2] }
        nodes { name: "in_a" input: "a" encoder { duplicate {} } }
        nodes { name: "in_b" input: "b" encoder { duplicate {} } }
        nodes { name: "p" shape: [1, 2, 2] population { fires: false } }
        projections { source: "in_a" target: "p" identity {} }
        projections { source: "in_b" target: "p" identity {} }
        readouts { name: "r" population: "p" kind: membrane })");
    for (const std::string name : {"d", "e"}) {
        std::filesystem::create_directory(shop.in(name));
        shop.write(name + "/t10k-images-idx3-ubyte", idx({2, 2, 2}, std::string(8, '\1')));
        shop.write(name + "/t10k-labels-idx1-ubyte",
                   idx({2}, name == "d" ? std::string("\0\1", 2) : std::string("\0\2", 2)));
    }
    shop.check_refused("run %/m.textproto --data a=%/d --data b=%/e",
                       {"label 2 of sample 1, need 1, as in "});
    CHECK(shop.say("run %/m.textproto --data a=%/d --data b=%/d").code == 0);
}

}  // namespace saltus
