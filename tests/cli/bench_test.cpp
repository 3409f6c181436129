// saltus bench, run as a user runs it: what it measured is what saltus run runs.
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using nlohmann::json;
using tests::contains;
using tests::k_duplicate;
using tests::k_latency;
using tests::Mixed;
using tests::read_bytes;
using tests::run_command;
using tests::run_to_json;
using tests::Said;
using tests::ScratchFolder;
using tests::write_bytes;

namespace {

json bench_to_json(const std::string& arguments) {
    const Said said = run_command("bench " + arguments + " --format json");
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    return json::parse(said.output);
}

// An independent way to the same digest: a trace on file, read back.
std::string digest_of_run(const ScratchFolder& folder, const std::string& arguments) {
    const std::string trace = (folder / "run.saltrace").string();
    REQUIRE(run_command("run " + arguments + " --trace " + trace).code == 0);
    return run_command("trace digest " + trace).output;
}

}  // namespace

TEST_CASE("bench: digest and counts are those of saltus run on the same samples") {
    const ScratchFolder folder;
    const Mixed mixed(folder);
    for (const std::string& line : {k_latency + " --samples 3-9 --seed 4",
                                    k_duplicate + " --samples 0,2,8 --horizon 5",
                                    mixed.line + " --samples 0-11 --seed 2"}) {
        CAPTURE(line);
        const json bench = bench_to_json(line + " -r 2");
        const json run = run_to_json(line);
        CHECK(contains(digest_of_run(folder, line), bench["digest"]));
        for (const auto& item : bench["per_sample"].items()) {
            CAPTURE(item.key());
            CHECK(item.value() == run["per_sample"][item.key()]);
        }
        CHECK(bench["samples"] == run["samples"]);
        CHECK(bench["made_up"] == false);
        CHECK(bench["seconds_per_sample"]["of_each_repetition"].size() == 2);
        CHECK(bench["layers"].size() > 3);
    }
}

TEST_CASE("bench: threads change the time alone") {
    const json one = bench_to_json(k_latency + " --samples 0-19 -r 1");
    const json two = bench_to_json(k_latency + " --samples 0-19 -r 1 --threads 2");
    CHECK(one["digest"] == two["digest"]);
    CHECK(one["per_sample"] == two["per_sample"]);
}

TEST_CASE("bench: without data the input is made up, from the seed, and every format says so") {
    const std::string model = "examples/models/mnist_hybrid_latency.saltus --samples 0-3 -r 1";
    const json made_up = bench_to_json(model);
    CHECK(made_up["made_up"] == true);
    CHECK(contains(made_up["inputs"][0], "random numbers, uniform in [0, 255), seed 0"));
    CHECK(bench_to_json(model)["digest"] == made_up["digest"]);
    CHECK(bench_to_json(model + " --seed 1")["digest"] != made_up["digest"]);
    const Said text = run_command("bench " + model);
    CHECK(contains(text.output, "the input is made up"));
    CHECK(contains(text.output, "random numbers, uniform in [0, 255), seed 0"));
    CHECK_FALSE(
        contains(run_command("bench " + k_latency + " --samples 0 -r 1").output, "made up"));
}

TEST_CASE("bench: a model of spikes is fed random ones at every tick") {
    const ScratchFolder folder;
    write_bytes(folder / "m.textproto", R"(format_version: 1 horizon: 40
        inputs { name: "x" shape: 50 }
        nodes { name: "in" encoder { events {} } }
        nodes { name: "copy" shape: 50 population {} }
        projections { source: "in" target: "copy" identity {} })");
    const json bench = bench_to_json((folder / "m.textproto").string() + " -r 1");
    CHECK(contains(bench["inputs"][0], "random spikes, 0.1 a tick and neuron"));
    // 200 expected a sample, 32 samples: the mean's deviation is 2.4
    CHECK(double{bench["per_sample"]["encoder_spikes"]} == doctest::Approx(200).epsilon(0.06));
}

TEST_CASE("bench: CSV has a line a layer, as many cells as its head, and the whole at the end") {
    const Said said = run_command("bench " + k_duplicate + " --samples 0-2 -r 2 --format csv");
    REQUIRE(said.code == 0);
    std::istringstream lines(said.output);
    std::string line;
    std::vector<std::string> names;
    std::ptrdiff_t commas = -1;
    while (std::getline(lines, line)) {
        const auto here = std::count(line.begin(), line.end(), ',');
        CHECK((commas < 0 || here == commas));
        commas = here;
        names.push_back(line.substr(0, line.find(',')));
    }
    CHECK(names == std::vector<std::string>{
                       "layer", "front", "features", "hidden", "logits", "rest", "total"});
}

TEST_CASE("bench: the report goes to a file that appears whole, and nothing else is printed") {
    const ScratchFolder folder;
    const std::string file = (folder / "bench.md").string();
    const Said said = run_command("bench " + k_duplicate + " --samples 0-2 -r 1 -o " + file);
    CHECK(said.code == 0);
    CHECK(said.output.empty());
    CHECK(said.error.empty());
    const std::string text = read_bytes(folder / "bench.md");
    CHECK(contains(text, "## mnist_hybrid_duplicate"));
    CHECK(contains(text, "3 samples (0-2), 1 repetition, 1 thread, seed 0"));
    CHECK(contains(text, "| hidden   | neurons |"));
}

TEST_CASE("bench: bad use is refused in one line with exit code 2, leaving no file") {
    const ScratchFolder folder;
    const std::string file = (folder / "out.md").string();
    for (const std::string& arguments :
         {std::string("missing.saltus"),
          k_duplicate + " --samples 0-100000",
          k_duplicate + " -r 0",
          k_duplicate + " --threads 0",
          k_duplicate + " --format xml",
          k_duplicate + " --events spikes.npy",
          std::string("examples/models/mnist_hybrid_duplicate.saltus --data nowhere"),
          std::string("examples/models/mnist_hybrid_duplicate.saltus --samples 0-999999")}) {
        CAPTURE(arguments);
        const Said said = run_command("bench " + arguments + " -o " + file);
        CAPTURE(said.error);
        CHECK(said.code == 2);
        CHECK(said.output.empty());
        CHECK(said.error.rfind("saltus: ", 0) == 0);
        CHECK(std::count(said.error.begin(), said.error.end(), '\n') == 1);
    }
    CHECK(tests::names_in(folder.path()).empty());
}

}  // namespace saltus
