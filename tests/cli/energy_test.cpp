// saltus run --energy and saltus energy, as a user runs them.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using nlohmann::json;
using tests::contains;
using tests::run_command;
using tests::run_to_json;
using tests::Said;
using tests::ScratchFolder;
using tests::write_array;
using tests::write_bytes;

namespace {

// Two samples, the second of zeros only, through a front, a held drive and spikes.
struct Small {
    explicit Small(const std::string& more = "") {
        write_bytes(folder / "m.textproto", R"(format_version: 1 name: "small" horizon: 8
            inputs { name: "x" shape: [6] }
            tensors { name: "w0" shape: [4, 6] values: [0.25, 0, -0.25, 0.5, 0, 0.25, 0, 0.25, 0.25, 0, -0.5, 0.25,
                0.25, 0.25, 0.25, 0.25, 0.25, 0.25, -0.25, -0.25, -0.25, -0.25, -0.25, -0.25] }
            tensors { name: "w1" shape: [5, 4] values: [0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25,
                0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25] }
            tensors { name: "w2" shape: [3, 5] values: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }
            nodes { name: "fc" dense { weight: "w0" } }
            nodes { name: "relu" relu {} }
            nodes { name: "d" encoder { duplicate {} } }
            nodes { name: "h" population {} }
            nodes { name: "o" population { fires: false } }
            projections { source: "d" target: "h" dense { weight: "w1" } }
            projections { source: "h" target: "o" dense { weight: "w2" } }
            readouts { name: "r" population: "o" kind: membrane }
            )" + more);
        write_array<float>(folder / "x.npy", {2, 6}, {1, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        write_array<std::int64_t>(folder / "y.npy", {2}, {0, 0});
    }

    [[nodiscard]] std::string line() const {
        return (folder / "m.textproto").string() + " --data " + (folder / "x.npy").string() +
               " --labels " + (folder / "y.npy").string();
    }

    ScratchFolder folder;
};

// Front 5.5 effective MACs a sample, 5 of held drive, 22.5 ACs, by hand.
constexpr double k_joules = (5.5 + 5) * 4.6e-12 + 22.5 * 0.9e-12;

}  // namespace

TEST_CASE("run --energy: joules a sample are what was counted, times the prices") {
    const Small small;
    const json found = run_to_json(small.line() + " --energy 45nm-float32 --energy 45nm-int8");
    const json& models = found["energy"]["models"];
    REQUIRE(models.size() == 2);
    CHECK(models[0]["joules_per_sample"].get<double>() == doctest::Approx(k_joules));
    CHECK(models[1]["joules_per_sample"].get<double>() ==
          doctest::Approx((5.5 + 5) * 0.23e-12 + 22.5 * 0.03e-12));
    CHECK(contains(models[1]["note"].get<std::string>(), "prices arithmetic of int8"));
    // 22.5 over the 15 synapses that spikes pass
    CHECK(found["energy"]["spikes_per_synapse"].get<double>() == doctest::Approx(1.5));
    CHECK(!run_to_json(small.line()).contains("energy"));
}

TEST_CASE(
    "run --energy: says in words what it counted, what it leaves out, and that there are no "
    "rivals") {
    const Said said = run_command("run " + Small().line() + " --energy 45nm-float32");
    CHECK(said.code == 0);
    const Small small;
    const Said again = run_command("run " + small.line() + " --energy 45nm-float32");
    REQUIRE(again.code == 0);
    CHECK(contains(again.output, "synaptic operations (ACs)"));
    CHECK(contains(again.output, "68.5 pJ"));
    CHECK(contains(again.output, "not priced: "));
    CHECK(contains(again.output, "no artificial networks to compare with"));
}

TEST_CASE(
    "run --energy: the seed paper's figures come out: 182 uJ against 17.7 uJ of the artificial "
    "network") {
    const ScratchFolder folder;
    // 784 - 500 - 500 - 10, no zeros anywhere; sigmoid features are never zero.
    const auto constant =
        [&](const char* name, std::uint64_t rows, std::uint64_t columns, float value) {
            write_array<float>(
                folder / name, {rows, columns}, std::vector<float>(rows * columns, value));
        };
    constant("w0.npy", 500, 784, 0.0625F);
    constant("w1.npy", 500, 500, 0.001953125F);
    constant("w2.npy", 10, 500, 0.125F);
    constant("x.npy", 1, 784, 1);
    const std::string head = R"(format_version: 1 name: "seed" inputs { name: "x" shape: [784] }
        tensors { name: "w0" file: "w0.npy" } tensors { name: "w1" file: "w1.npy" } tensors { name: "w2" file: "w2.npy" }
        nodes { name: "fc1" dense { weight: "w0" } } nodes { name: "s1" sigmoid {} } )";
    write_bytes(folder / "hybrid.textproto", head + R"(horizon: 25
        nodes { name: "features" encoder { duplicate {} } }
        nodes { name: "hidden" population { theta: 16 } }
        nodes { name: "out" population { fires: false } }
        projections { source: "features" target: "hidden" dense { weight: "w1" } }
        projections { source: "hidden" target: "out" dense { weight: "w2" } }
        readouts { name: "r" population: "out" kind: membrane })");
    write_bytes(folder / "artificial.textproto", head + R"(horizon: 1
        nodes { name: "fc2" dense { weight: "w1" } } nodes { name: "s2" sigmoid {} }
        nodes { name: "fc3" dense { weight: "w2" } }
        nodes { name: "logits" encoder { duplicate {} } }
        nodes { name: "out" population { fires: false } }
        projections { source: "logits" target: "out" identity {} }
        readouts { name: "r" population: "out" kind: membrane })");
    const auto joules = [&](const std::string& name) {
        return run_to_json((folder / name).string() + " --data " + (folder / "x.npy").string() +
                           " --energy seed-paper")["energy"]["models"][0]["joules_per_sample"]
            .get<double>();
    };
    CHECK(joules("hybrid.textproto") == doctest::Approx(182e-6).epsilon(0.003));
    CHECK(joules("artificial.textproto") == doctest::Approx(17.7e-6).epsilon(0.003));
}

TEST_CASE(
    "run --energy: rivals are priced alike, and the verdict says by what spiking wins or loses") {
    const Small wins(
        R"(baselines { kind: "dense" samples: 100 right: 100 effective_macs_per_sample: 90 weights: 40 }
        baselines { kind: "pruned" samples: 100 right: 100 effective_macs_per_sample: 66 weights: 20 }
        baselines { kind: "quantised" samples: 100 right: 10 effective_macs_per_sample: 1 weights: 20 })");
    const json found = run_to_json(wins.line() + " --energy 45nm-float32")["energy"]["models"][0];
    const json& nearest = found["nearest_rival"];
    CHECK(nearest["kind"] == "pruned");  // the quantised one is cheaper and less accurate
    CHECK(nearest["ratio"].get<double>() == doctest::Approx(66 * 4.6e-12 / k_joules));
    CHECK(nearest["by_operations"].get<double>() == doctest::Approx(66 / 33.0));
    CHECK(nearest["by_price"].get<double>() * nearest["by_operations"].get<double>() ==
          doctest::Approx(nearest["ratio"].get<double>()));
    CHECK(contains(found["verdict"].get<std::string>(), "spiking wins by 4.43 times"));
    CHECK(found["rivals"][2]["as_accurate"] == false);

    const Small loses(
        R"(baselines { kind: "pruned" samples: 100 right: 100 effective_macs_per_sample: 6 weights: 20 })");
    CHECK(contains(
        run_to_json(loses.line() + " --energy 45nm-float32")["energy"]["models"][0]["verdict"]
            .get<std::string>(),
        "spiking loses by 2.48 times"));
    CHECK(contains(run_to_json(loses.line() + " --energy loihi")["energy"]["models"][0]["verdict"]
                       .get<std::string>(),
                   "no price for artificial layers"));
}

TEST_CASE("run --energy: unknown, doubled and borrowed names are refused before anything runs") {
    const Small small;
    const Said unknown = run_command("run " + small.line() + " --energy lohi");
    CHECK(unknown.code == 2);
    CHECK(contains(unknown.error, "the nearest is \"loihi\""));
    const Said twice = run_command("run " + small.line() + " --energy loihi --energy loihi");
    CHECK(twice.code == 2);
    CHECK(contains(twice.error, "each model once"));
    write_bytes(
        small.folder / "mine.textproto",
        R"(format_version: 1 name: "loihi" prices { of: "acs" picojoules: 1 kind: MEASURED source: "me" }
                   sources { key: "me" bibtex: "@misc{me}" })");
    const Said borrowed = run_command("run " + small.line() + " --energy " +
                                      (small.folder / "mine.textproto").string());
    CHECK(borrowed.code == 2);
    CHECK(contains(borrowed.error, "a name of its own"));
}

TEST_CASE("saltus energy lists the models and shows one as a file that works") {
    const Said list = run_command("energy");
    CHECK(list.code == 0);
    for (const char* const name : {"45nm-float32", "memory-aware", "spinnaker2", "seed-paper"}) {
        CHECK(contains(list.output, name));
    }
    const Said shown = run_command("energy loihi-units");
    CHECK(shown.code == 0);
    CHECK(contains(shown.output, "sanafe2025"));
    CHECK(run_command("energy lohi").code == 2);
}

}  // namespace saltus
