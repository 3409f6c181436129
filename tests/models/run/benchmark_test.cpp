#include "models/run/benchmark.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/data/random_data_set.hpp"

#include "tests/models/data/scratch_folder.hpp"

namespace saltus {

namespace {

constexpr const char* k_model = R"(format_version: 1 name: "small" horizon: 12
    inputs { name: "x" shape: 4 }
    tensors { name: "W" shape: [3, 4] values: [0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25,
        0.125, 0.5, 0.125, 0.5] }
    nodes { name: "code" shape: 4 encoder { bernoulli {} } }
    nodes { name: "mid" shape: 3 population { beta: 0.5 } }
    projections { source: "code" target: "mid" dense { weight: "W" } }
    readouts { name: "answer" population: "mid" kind: spike_count ties: index }
)";

struct Small {
    Small() : model(load()), pipeline(model), data(model.inputs()[0], 0, 12, 0) {
        options.samples = {0, 1, 2, 5};
        options.inputs = {&data};
        options.repetitions = 4;
    }

    LoadedModel load() {
        tests::write_bytes(folder / "small.textproto", k_model);
        return LoadedModel::load(folder / "small.textproto");
    }

    std::optional<BenchmarkReport> run(const std::function<bool()>& stop = [] { return false; }) {
        advanced = 0;
        return run_benchmark(
            pipeline, options, [&](std::uint64_t count) { advanced += count; }, stop);
    }

    tests::ScratchFolder folder;
    LoadedModel model;
    Pipeline pipeline;
    RandomDataSet data;
    BenchmarkOptions options;
    std::uint64_t advanced = 0;
};

}  // namespace

TEST_CASE("benchmark: a spread is that of the values, whatever their order") {
    const Spread odd = spread_of({5, 1, 3});
    CHECK(odd.mean == 3);
    CHECK(odd.median == 3);
    CHECK(odd.min == 1);
    CHECK(odd.max == 5);
    CHECK(odd.deviation == doctest::Approx(2));
    const Spread even = spread_of({4, 1, 2, 9});
    CHECK(even.median == 3);
    CHECK(even.deviation == doctest::Approx(std::sqrt(38.0 / 3)));
    CHECK(spread_of({7}).deviation == 0);
    CHECK(spread_of({7}).median == 7);
}

TEST_CASE("benchmark: one time a repetition, every layer named, the shares of one sample") {
    Small small;
    const std::optional<BenchmarkReport> report = small.run();
    REQUIRE(report);
    CHECK(report->seconds.size() == 4);
    CHECK(small.advanced == benchmark_samples(small.options));
    REQUIRE(report->layers.size() == 4);
    double shares = 0;
    for (const BenchmarkLayer& layer : report->layers) {
        CHECK(layer.share >= 0);
        shares += layer.share;
    }
    CHECK(shares == doctest::Approx(1));
    CHECK(report->layers[0].kind == "front");
    CHECK(report->layers[1].name == "code");
    CHECK(report->layers[2].name == "mid");
    CHECK(report->layers[2].synaptic_operations == report->layers[1].spikes * 3);
    CHECK(report->means.synaptic_operations == report->layers[1].spikes * 3);
    CHECK(report->layers[3].kind == "rest");
}

TEST_CASE(
    "benchmark: the digest is the same on any number of threads, and another of other samples") {
    Small small;
    const std::string one = small.run()->digest;
    small.options.threads = 3;
    CHECK(small.run()->digest == one);
    small.options.samples = {0, 1, 2, 4};
    CHECK(small.run()->digest != one);
}

TEST_CASE("benchmark: stopped, it gives nothing") {
    Small small;
    CHECK_FALSE(small.run([] { return true; }));
    unsigned looks = 0;
    CHECK_FALSE(small.run([&] { return ++looks > 40; }));
}

TEST_CASE("benchmark: input that memory should not hold is refused before anything runs") {
    Small small;
    ModelInput huge;
    huge.shape = {1000000};
    const RandomDataSet data(huge, 0, 12, 0);
    small.options.inputs = {&data};
    small.options.samples.resize(1000);
    CHECK_THROWS_WITH_AS(small.run(), doctest::Contains("held in memory"), InputError);
    CHECK(small.advanced == 0);
}

}  // namespace saltus
