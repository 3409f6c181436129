// saltus train, run as a user runs it, on 64 small images.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

#include <fmt/format.h>

#include "tests/cli/command.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

// 8 x 8 images of four classes, told apart by which quarter is bright.
void write_images(const ScratchFolder& folder, const std::string& name, unsigned count) {
    std::string pixels;
    std::string labels;
    for (unsigned k = 0; k < count; ++k) {
        const unsigned label = k % 4;
        labels += static_cast<char>(label);
        for (unsigned p = 0; p < 64; ++p) {
            const bool bright = (p / 32) * 2 + p % 8 / 4 == label;
            pixels += static_cast<char>(bright ? 150 + (k * 7 + p * 13) % 100 : (k + p * 5) % 60);
        }
    }
    write_bytes(folder / (name + "-images-idx3-ubyte"), idx({count, 8, 8}, pixels));
    write_bytes(folder / (name + "-labels-idx1-ubyte"), idx({count}, labels));
}

std::string recipe_text(const std::string& folder, const std::string& more = "") {
    return fmt::format(
        "name: \"quarters\"\n"
        "data {{ set: \"{}\" validation: 16 }}\n"
        "layers {{ linear {{ units: 12 }} }}\nlayers {{ linear {{ units: 4 }} }}\n"
        "coding {{ latency {{}} }}\nhorizon: 4\nepochs: 8\nbatch: 16\n"
        "optimiser {{ rate: 0.02 }}\n{}",
        folder, more);
}

struct Workshop {
    ScratchFolder folder;

    explicit Workshop(const std::string& more = "") {
        write_images(folder, "train", 80);
        write_images(folder, "t10k", 40);
        write_bytes(folder / "r.textproto", recipe_text(folder.path().string(), more));
    }

    [[nodiscard]] std::string at(const std::string& name) const { return (folder / name).string(); }

    [[nodiscard]] Said train(const std::string& arguments, const std::string& before = "") const {
        return run_command("train " + at("r.textproto") + " --threads 1 --quiet " + arguments, before);
    }
};

}  // namespace

TEST_CASE("train: a recipe becomes a model that runs, with log, result and curves") {
    const Workshop shop;
    const Said said = shop.train("-o " + shop.at("m.saltus") + " --log " + shop.at("l.jsonl") +
                                 " --json " + shop.at("r.json") + " --curves " + shop.at("c.svg"));
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    CHECK(said.output.find("0 of 40 predictions differ") != std::string::npos);
    const auto result = nlohmann::json::parse(read_bytes(shop.folder / "r.json"));
    CHECK(result["test"]["right"] == 40);
    CHECK(result["engine"]["right"] == 40);
    CHECK(result["engine"]["total_operations"] == result["test"]["total_operations"]);
    std::size_t epochs = 0;
    for (const char c : read_bytes(shop.folder / "l.jsonl")) {
        epochs += c == '\n' ? 1U : 0U;
    }
    CHECK(epochs == 8);
    CHECK(read_bytes(shop.folder / "c.svg").find("<polyline") != std::string::npos);

    const Said run = run_command("run " + shop.at("m.saltus") + " --data " +
                                 shop.folder.path().string() + " --json -");
    REQUIRE(run.code == 0);
    const auto counts = nlohmann::json::parse(run.output);
    CHECK(counts["readouts"][0]["right"] == 40);
}

TEST_CASE("train: the same recipe gives the same bytes, and a checkpoint is not trained over") {
    const Workshop shop;
    REQUIRE(shop.train("-o " + shop.at("a.saltus")).code == 0);
    REQUIRE(shop.train("-o " + shop.at("b.saltus")).code == 0);
    CHECK(read_bytes(shop.folder / "a.saltus") == read_bytes(shop.folder / "b.saltus"));
    const Said again = shop.train("-o " + shop.at("a.saltus"));
    CHECK(again.code == 2);
    CHECK(again.error.find("--resume") != std::string::npos);
}

TEST_CASE("train: stopped by Ctrl-C it says how to go on, and goes on to the same bytes") {
    const Workshop shop;
    REQUIRE(shop.train("-o " + shop.at("whole.saltus") + " --set epochs=400").code == 0);
    const std::string stopped = "-o " + shop.at("stopped.saltus") + " --set epochs=400";
    // A signal as soon as the first epoch is in the log.
    const Said said = shop.train(
        fmt::format("{0} --log {1} >{2} 2>&1 & process=$!; while [ ! -s {1} ]; do sleep 0.02; done; "
                    "kill -INT $process; wait $process; exit $?",
                    stopped, shop.at("log"), shop.at("said")));
    CAPTURE(read_bytes(shop.folder / "said"));
    REQUIRE(said.code == 130);
    CHECK(read_bytes(shop.folder / "said").find("--resume goes on") != std::string::npos);
    REQUIRE(shop.train(stopped + " --resume").code == 0);
    CHECK(read_bytes(shop.folder / "stopped.saltus") == read_bytes(shop.folder / "whole.saltus"));
}

TEST_CASE("train: baselines are trained beside the model and kept in it") {
    const Workshop shop("pruning { share: 0.5 }");
    const Said said = shop.train("-o " + shop.at("m.saltus") + " --baselines --json " + shop.at("r.json"));
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    const auto result = nlohmann::json::parse(read_bytes(shop.folder / "r.json"));
    REQUIRE(result["baselines"].size() == 4);
    CHECK(result["baselines"][0]["kind"] == "dense");
    CHECK(result["baselines"][1]["weights"].get<int>() <
          result["baselines"][0]["weights"].get<int>());
    CHECK(result["baselines"][3]["activation_bits"] == 3);
    const Said info = run_command("info " + shop.at("m.saltus"));
    CHECK(info.output.find("quantised") != std::string::npos);
}

TEST_CASE("train: a queue skips what is done and starts from its own earlier trainings") {
    const Workshop shop;
    write_bytes(shop.folder / "q.textproto",
                      "trainings { name: \"ann\" recipe: \"r.textproto\" set: \"artificial_layers=2\" }\n"
                      "trainings { name: \"snn\" recipe: \"r.textproto\" start_from: \"ann\" "
                      "set: \"artificial_share=0\" set: \"epochs=1\" }\n");
    const std::string queue =
        "train --threads 1 --quiet --queue " + shop.at("q.textproto") + " --folder " + shop.at("out");
    const Said first = run_command(queue);
    CAPTURE(first.error);
    REQUIRE(first.code == 0);
    CHECK(first.output.find("done before") == std::string::npos);
    const auto snn = nlohmann::json::parse(read_bytes(shop.folder / "out/snn.json"));
    CHECK(snn["test"]["right"].get<int>() >= 39);  // one epoch alone, from nothing, is not enough
    const Said second = run_command(queue);
    CHECK(second.code == 0);
    CHECK(second.output.find("ann: done before") != std::string::npos);
    CHECK(second.output.find("snn: done before") != std::string::npos);
}

TEST_CASE("train: a queue converts what it trained with batch normalisation, without a step more") {
    const Workshop shop;
    write_bytes(shop.folder / "q.textproto",
                "trainings { name: \"ann\" recipe: \"r.textproto\" set: \"artificial_layers=2\" "
                "set: \"batch_norm=true\" set: \"artificial_share=1\" }\n"
                "trainings { name: \"converted\" recipe: \"r.textproto\" start_from: \"ann\" "
                "set: \"batch_norm=true\" set: \"learning=converted\" set: \"epochs=0\" }\n"
                "trainings { name: \"tuned\" recipe: \"r.textproto\" start_from: \"ann\" "
                "set: \"batch_norm=true\" set: \"artificial_share=0\" set: \"epochs=1\" }\n");
    const Said said = run_command("train --threads 1 --quiet --queue " + shop.at("q.textproto") +
                                  " --folder " + shop.at("out"));
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    for (const char* name : {"converted", "tuned"}) {
        CAPTURE(name);
        const auto result =
            nlohmann::json::parse(read_bytes(shop.folder / "out" / fmt::format("{}.json", name)));
        CHECK(result["test"]["right"].get<int>() >= 39);
        CHECK(result["engine"]["right"] == result["test"]["right"]);
        CHECK(result["test"]["spikes"].get<double>() > 0);
    }
    const Said nothing = shop.train("-o " + shop.at("x.saltus") + " --set learning=converted --set epochs=0");
    CHECK(nothing.code == 2);
    CHECK(nothing.error.find("epochs: got 0, need 1") != std::string::npos);
}

TEST_CASE("train: mistakes are said with their place, exit code 2") {
    const Workshop shop;
    write_bytes(shop.folder / "bad.textproto", "horizont: 4\n");
    const Said field = run_command("train " + shop.at("bad.textproto") + " -o x.saltus");
    CHECK(field.code == 2);
    CHECK(field.error.find("bad.textproto:1:") != std::string::npos);
    CHECK(field.error.find("the nearest is \"horizon\"") != std::string::npos);
    const Said setting = shop.train("-o " + shop.at("x.saltus") + " --set execution=sideways");
    CHECK(setting.code == 2);
    CHECK(setting.error.find("concurrent, phased, burst") != std::string::npos);
    const Said layers = shop.train("-o " + shop.at("x.saltus") + " --set artificial_layers=3");
    CHECK(layers.code == 2);
    CHECK(layers.error.find("0 to 2") != std::string::npos);
    const Said place = shop.train("-o /nowhere/x.saltus");
    CHECK(place.code == 2);
    CHECK(place.error.find("/nowhere") != std::string::npos);
    CHECK(place.output.empty());  // said before anything is trained
    const Said over = shop.train("-o " + shop.at("m.saltus") + " --json " + shop.at("r.textproto"));
    CHECK(over.code == 2);
    CHECK(over.error.find("the recipe") != std::string::npos);
    const Said kind = shop.train("-o " + shop.at("m.onnx"));
    CHECK(kind.code == 2);
    CHECK(kind.error.find(".saltus or .textproto") != std::string::npos);
    const Said output = shop.train("");
    CHECK(output.code == 2);
    CHECK(output.error.find("-o") != std::string::npos);
    const Said data = shop.train("-o " + shop.at("x.saltus") + " --set data.set=cifar10",
                                 "SALTUS_DATA=/nowhere HOME=/nowhere ");
    CHECK(data.code == 2);
    CHECK(data.error.find("scripts/get-data cifar10") != std::string::npos);
}
