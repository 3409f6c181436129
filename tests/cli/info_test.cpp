// saltus info, run as a user runs it.
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/command.hpp"

namespace saltus {

using nlohmann::json;
using tests::read_bytes;
using tests::run_command;
using tests::Said;
using tests::ScratchFolder;

namespace {

const std::string k_model = "examples/models/mnist_hybrid_latency.saltus";

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("info: layers, levels, parameters and provenance are shown") {
    const Said said = run_command("info " + k_model + " --verify");
    CHECK(said.code == 0);
    CHECK(said.error.empty());
    for (const char* words : {"mnist_hybrid_latency: MNIST 784",
                              "horizon     16 ticks",
                              "encoder: latency",
                              "stepped",
                              "features -> hidden",
                              "float32, rows_by_source",
                              "readout digit of logits: membrane / T + bias",
                              "648010 parameters, 2.6 MB; 510 neurons, 255000 synapses",
                              "99.01 %",
                              "verified: every tensor is whole and finite"}) {
        CAPTURE(words);
        CHECK(contains(said.output, words));
    }
    CHECK(!contains(said.output, "unreachable"));
}

TEST_CASE("info: --json says the same for programs, to a file or to standard output") {
    const ScratchFolder folder;
    const Said said = run_command("info " + k_model + " --json -");
    CHECK(said.code == 0);
    const json info = json::parse(said.output);
    CHECK(info["name"] == "mnist_hybrid_latency");
    CHECK(info["horizon"] == 16);
    CHECK(info["tick_seconds"].is_null());
    CHECK(info["needs"] == json({"latency", "rows_by_source"}));
    CHECK(info["inputs"][0]["shape"] == json({1, 28, 28}));
    CHECK(info["nodes"].size() == 5);
    CHECK(info["nodes"][0]["parameters"] == 784 * 500 + 500);
    CHECK(info["nodes"][0]["level"].is_null());
    CHECK(info["nodes"][4]["level"] == 2);
    CHECK(info["projections"][1]["synapses"] == 5000);
    CHECK(info["provenance"]["measured"][2]["right"] == 9901);
    CHECK(info["parameters"] == 784 * 500 + 500 + 500 * 500 + 500 + 10 * 500 + 10);
    CHECK(run_command("info " + k_model + " --json " + (folder / "i.json").string()).code == 0);
    CHECK(json::parse(read_bytes(folder / "i.json")) == info);
}

TEST_CASE("info: --dot draws inputs, layers, populations and readouts") {
    const ScratchFolder folder;
    const Said said = run_command("info " + k_model + " --dot");
    CHECK(said.code == 0);
    CHECK(said.output.rfind("digraph G {", 0) == 0);
    CHECK(contains(said.output, "[label=\"hidden\\npopulation\\n[500], stepped\\nlevel 1\""));
    CHECK(contains(said.output, "0->1"));
    CHECK(run_command("info " + k_model + " --dot " + (folder / "m.dot").string()).code == 0);
    CHECK(read_bytes(folder / "m.dot") == said.output);
}

TEST_CASE("info: parts that nothing reaches or that reach nothing are named") {
    const ScratchFolder folder;
    std::ofstream(folder / "m.textproto") << R"(format_version: 1 horizon: 4
        inputs { name: "x" shape: 3 }
        nodes { name: "e" encoder { bernoulli {} } }
        nodes { name: "seen" population {} }
        nodes { name: "alone" shape: 2 population {} }
        nodes { name: "unread" population {} }
        projections { source: "e" target: "seen" identity {} }
        projections { source: "e" target: "unread" identity {} }
        readouts { name: "r" population: "seen" kind: membrane })";
    const Said said = run_command("info " + (folder / "m.textproto").string());
    CHECK(said.code == 0);
    CHECK(contains(said.output, "note: alone is unreachable: nothing ever reaches it"));
    CHECK(contains(said.output, "note: unread is unreachable: no readout depends on it"));
    CHECK(!contains(said.output, "note: seen"));
}

TEST_CASE("info: a cycle without delay is named and the exit code is 2") {
    const ScratchFolder folder;
    std::ofstream(folder / "m.textproto") << R"(format_version: 1 horizon: 4
        nodes { name: "ping" shape: 3 population {} }
        nodes { name: "pong" shape: 3 population {} }
        projections { source: "ping" target: "pong" identity {} }
        projections { source: "pong" target: "ping" identity {} })";
    const Said said = run_command("info " + (folder / "m.textproto").string());
    CHECK(said.code == 2);
    CHECK(contains(said.error, "ping"));
    CHECK(contains(said.error, "pong"));
}

TEST_CASE("info: a damaged tensor passes without --verify and is named with it") {
    const ScratchFolder folder;
    std::string bytes = read_bytes(k_model);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    const auto bad = folder / "bad.saltus";
    std::ofstream(bad, std::ios::binary) << bytes;
    CHECK(run_command("info " + bad.string()).code == 0);
    const Said said = run_command("info " + bad.string() + " --verify");
    CHECK(said.code == 2);
    CHECK(contains(said.error, "bad.saltus: tensors[0] (\"front.weight\"): got checksum"));
}

TEST_CASE("info: a missing file and a value out of range are named, with exit code 2") {
    const ScratchFolder folder;
    Said said = run_command("info no-such.saltus");
    CHECK(said.code == 2);
    CHECK(contains(said.error, "no-such.saltus: got \"No such file or directory\""));
    std::ofstream(folder / "m.textproto")
        << "format_version: 1 horizon: 4 nodes { name: \"p\" shape: 1 population { beta: 1.5 } }";
    said = run_command("info " + (folder / "m.textproto").string());
    CHECK(said.code == 2);
    CHECK(contains(said.error,
                   "m.textproto: nodes[0].population.beta: got 1.5, need 0 <= beta <= 1"));
    CHECK(said.output.empty());
}

}  // namespace saltus
