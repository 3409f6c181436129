// saltus import and saltus check, as a user runs them.
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using nlohmann::json;
using tests::contains;
using tests::read_bytes;
using tests::run_command;
using tests::Said;
using tests::ScratchFolder;
using tests::write_array;

namespace {

const std::string k_braille = "tests/golden/nir/braille/";
const std::string k_small = "tests/golden/nir/small/";

}  // namespace

TEST_CASE("import: says by which convention, a word a node, and the model runs") {
    const ScratchFolder folder;
    const std::string model = (folder / "m.saltus").string();
    const Said said = run_command("import " + k_braille + "zero.nir -o " + model);
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    CHECK(contains(said.output, "read as snntorch"));
    CHECK(contains(said.output, "known by node \"lif1.lif\""));
    CHECK(contains(said.output, "exact       lif1.lif (CubaLIF)"));
    CHECK(contains(said.output, "closes a loop"));
    std::vector<std::uint8_t> spikes(1 * 256 * 12);
    spikes[5] = 1;
    write_array<std::uint8_t>(folder / "x.npy", {1, 256, 12}, spikes);
    CHECK(
        run_command("run " + model + " --events " + (folder / "x.npy").string() + " --horizon 256")
            .code == 0);
    REQUIRE(run_command("import " + k_braille + "zero.nir -o " + (folder / "m.textproto").string() +
                        " --json " + (folder / "j.json").string())
                .code == 0);
    const json told = json::parse(read_bytes(folder / "j.json"));
    CHECK(told["dialect"] == "snntorch");
    CHECK(told["tick_seconds"] == 1e-4);
    CHECK(told["nodes"].size() == 7);
}

TEST_CASE("import: what it cannot do is one line, exit code 2, and nothing is written") {
    const ScratchFolder folder;
    const std::string model = (folder / "m.saltus").string();
    const auto refused = [&](const std::string& arguments, const std::string& words) {
        const Said said = run_command("import " + arguments);
        CAPTURE(said.error);
        CHECK(said.code == 2);
        CHECK(contains(said.error, words));
        CHECK(!std::filesystem::exists(model));
    };
    refused(k_small + "unknown_kind.nir -o " + model, "q: got a Quantum");
    refused(k_small + "lif_v_reset.nir -o " + model, "--tick: got none");
    refused(k_small + "lif_v_reset.nir --tick -1 -o " + model, "need a decimal number above 0");
    refused(k_small + "if_one.nir --dialect snntorsh -o " + model, "the nearest is \"snntorch\"");
    refused(k_small + "if_one.nir --assume reset=hard -o " + model, "one of to_v_reset, subtract");
    refused(k_small + "if_one.nir -o " + (folder / "m.onnx").string(), ".saltus or .textproto");
    refused("nowhere.nir -o " + model, "nowhere.nir");
}

TEST_CASE("export: a NIR file, and how it is read back") {
    const ScratchFolder folder;
    const std::string model = (folder / "m.saltus").string();
    const std::string out = (folder / "x.nir").string();
    REQUIRE(
        run_command("import " + k_braille + "subtract.nir --dialect snntorch-subtract -o " + model)
            .code == 0);
    const Said said = run_command("export " + model + " -o " + out);
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    CHECK(contains(said.output, "--assume reset=subtract --assume previous=counts"));
    CHECK(run_command("check " + out +
                      " --tick 0.0001 --assume reset=subtract --assume previous=counts --input " +
                      k_braille + "subtract_real_input.npy --spikes lif2=" + k_braille +
                      "subtract_real_lif2_spikes.npy")
              .code == 0);
    const Said front = run_command("export examples/models/mnist_hybrid_latency.saltus -o " +
                                   (folder / "y.nir").string());
    CHECK(front.code == 2);
    CHECK(contains(front.error, "--spiking-part"));
    CHECK(!std::filesystem::exists(folder / "y.nir"));
    CHECK(run_command("export " + model + " -o " + (folder / "y.onnx").string()).code == 2);
}

TEST_CASE("check: equal spikes are exit code 0, others 3 with the first difference") {
    const std::string line = "check " + k_braille + "zero.nir --input " + k_braille +
                             "zero_real_input.npy --spikes lif2=" + k_braille +
                             "zero_real_lif2_spikes.npy --spikes lif1.lif=" + k_braille +
                             "zero_real_lif1_spikes.npy";
    const Said equal = run_command(line);
    CHECK(equal.code == 0);
    CHECK(contains(equal.output, "equal      lif2: 687 spikes"));
    const Said different =
        run_command(line + " --assume comparison=at_least --assume reset=subtract");
    CHECK(different.code == 3);
    CHECK(contains(different.output, "the first is lif"));
    const Said inferred = run_command(line + " --infer-dialect");
    CHECK(inferred.code == 0);
    CHECK(contains(inferred.output, "equal      snntorch"));
    const Said unknown =
        run_command("check " + k_braille + "zero.nir --input " + k_braille +
                    "zero_real_input.npy --spikes lif3=" + k_braille + "zero_real_lif2_spikes.npy");
    CHECK(unknown.code == 2);
    CHECK(contains(unknown.error, "the nearest is \"lif2\""));
}

}  // namespace saltus
