// Runs of many samples: what one that fails or throws leaves behind (nothing), and how long work
// is told to stop.
#include "models/run/sample_runner.hpp"

#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "models/trace/trace_reader.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/files/small_model.hpp"

namespace saltus {

using tests::load_text;

namespace {

constexpr std::uint64_t k_samples = 24;
constexpr std::uint64_t k_bad = 5;

// Held values into neurons that overflow where an input is huge, and a layer behind them.
const std::string k_overflowing = R"(format_version: 1 name: "m" horizon: 20
    inputs { name: "x" shape: 4 }
    tensors { name: "W" shape: [3, 4] values: [0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25,
        0.125, 0.5, 0.125, 0.5] }
    tensors { name: "V" shape: [2, 3] values: [0.5, 0.25, 0.5, 0.25, 0.5, 0.25] }
    nodes { name: "code" shape: 4 encoder { duplicate {} } }
    nodes { name: "a" shape: 3 population { beta: 0.5 } }
    nodes { name: "b" shape: 2 population { beta: 0.5 } }
    projections { source: "code" target: "a" dense { weight: "W" } }
    projections { source: "a" target: "b" dense { weight: "V" } }
    readouts { name: "answer" population: "b" kind: spike_count ties: index }
)";

// Numbers for every sample; those of sample `bad` overflow, or cannot be read.
class Numbers final : public DataSet {
  public:
    enum class Bad { none, overflows, throws };

    explicit Numbers(Bad bad) : bad_(bad) { set_name("numbers"); }

    [[nodiscard]] std::uint64_t samples() const override { return k_samples; }

    [[nodiscard]] const Shape& shape() const override { return shape_; }

    void read(std::uint64_t sample, std::span<float> out) const override {
        for (std::size_t k = 0; k < out.size(); ++k) {
            out[k] = static_cast<float>((sample * 7 + k * 3) % 11) / 8;
        }
        if (sample != k_bad || bad_ == Bad::none) {
            return;
        }
        if (bad_ == Bad::throws) {
            throw InputError("sample 5", "nothing", "four numbers");
        }
        out[0] = 3e38F;
        out[2] = 3e38F;
    }

  private:
    Shape shape_{4};
    Bad bad_;
};

struct Ran {
    std::vector<FinishedSample> samples;
    NeuronActivity activity;
    std::map<std::uint64_t, SampleTrace> traces;  // by sample number, as a trace file has them
};

Ran run(const Pipeline& pipeline, const DataSet& data, unsigned threads) {
    SampleRunnerOptions options;
    for (std::uint64_t n = 0; n < k_samples; ++n) {
        options.samples.push_back(n);
    }
    options.inputs = {&data};
    options.threads = threads;
    const tests::ScratchFolder folder;
    const std::filesystem::path path = folder / "run.saltrace";
    TraceWriter writer(path, make_trace_header(pipeline.network(), "m", 0, 0), {});
    options.recording = {
        &writer.header(),
        std::nullopt,
        [&](std::vector<PackedChunk>& chunks) { writer.add_chunks(chunks); }};
    Ran ran;
    ran.activity = run_samples(
        pipeline,
        options,
        [&](FinishedSample&& sample) {
            if (sample.trace) {
                writer.add(std::move(*sample.trace));
            }
            ran.samples.push_back(std::move(sample));
        },
        [] { return false; });
    writer.finish();
    TraceReader reader(path);
    for (SampleTrace sample; reader.next(sample);) {
        ran.traces.emplace(sample.number, sample);
    }
    return ran;
}

class ThrowOnce final : public Hook {
  public:
    void on_packet(PopulationId population, const Packet& packet) override {
        if (armed && population == 1 && packet.tick >= 3) {
            throw std::runtime_error("on_packet");
        }
        digest.on_packet(population, packet);
    }

    DigestHook digest{3};
    bool armed = false;
};

}  // namespace

TEST_CASE("sample runner: of a sample that failed nothing is said, on any number of threads") {
    const LoadedModel model = load_text(k_overflowing);
    const Pipeline pipeline(model);
    const Numbers right(Numbers::Bad::none);
    const Numbers wrong(Numbers::Bad::overflows);
    const Ran good = run(pipeline, right, 1);
    for (const unsigned threads : {1U, 4U}) {
        const Ran ran = run(pipeline, wrong, threads);
        REQUIRE(ran.samples.size() == k_samples);
        NeuronActivity expected(pipeline.network());
        RunStatistics statistics(pipeline);
        for (std::uint64_t n = 0; n < k_samples; ++n) {
            CAPTURE(n);
            const FinishedSample& sample = ran.samples[n];
            const Result& result = sample.outcome.result;
            statistics.add(sample.outcome, sample.front, sample.label);
            CHECK(result.error.has_value() == (n == k_bad));
            CHECK(ran.traces.contains(n) == (n != k_bad));
            if (n == k_bad) {
                CHECK(result.error->text.find("a[0]@") == 0);
                CHECK(result.counts.populations[1].spikes == 0);
                CHECK(result.counts.projections[1].acs == 0);
                CHECK(result.ticks_run == 0);
                continue;
            }
            CHECK(ran.traces.at(n) == good.traces.at(n));
            for (PopulationId p = 0; p < 3; ++p) {
                for (const Slot slot : ran.traces.at(n).streams[p].slots) {
                    ++expected.ticks_fired[p][slot];
                }
            }
        }
        CHECK(ran.activity.ticks_fired == expected.ticks_fired);
        CHECK(statistics.report(ran.activity).samples == k_samples - 1);
    }
}

TEST_CASE("sample runner: what a sample throws ends the run, and leaves the pipeline as it was") {
    const LoadedModel model = load_text(k_overflowing);
    const Pipeline pipeline(model);
    const Numbers right(Numbers::Bad::none);
    const Numbers throwing(Numbers::Bad::throws);
    const Ran good = run(pipeline, right, 1);
    for (const unsigned threads : {1U, 4U}) {
        CHECK_THROWS_WITH_AS(run(pipeline, throwing, threads),
                             "numbers: sample 5: got nothing, need four numbers",
                             InputError);
        const Ran again = run(pipeline, right, threads);
        REQUIRE(again.samples.size() == k_samples);
        for (std::uint64_t n = 0; n < k_samples; ++n) {
            CHECK(again.traces.at(n) == good.traces.at(n));
        }
        CHECK(again.activity.ticks_fired == good.activity.ticks_fired);
    }
}

TEST_CASE("pipeline: a worker whose hook threw runs the next sample as a new one does") {
    const LoadedModel model = load_text(k_overflowing);
    const Pipeline pipeline(model);
    const std::vector<float> values = {1, 0.5F, 1.5F, 1};
    const SampleInput input{values, 1, {}};
    ThrowOnce hook;
    PipelineWorker fresh(pipeline, 0);
    fresh.set_hook(&hook);
    const Digest expected = hook.digest.sample(fresh.run(0, {&input, 1}).result.readouts);
    PipelineWorker worker(pipeline, 0);
    worker.set_hook(&hook);
    for (int round = 0; round < 3; ++round) {
        hook.armed = true;
        CHECK_THROWS_AS(worker.run(0, {&input, 1}), std::runtime_error);
        hook.armed = false;
        hook.digest.begin();
        CHECK(hook.digest.sample(worker.run(0, {&input, 1}).result.readouts) == expected);
    }
}

// Each would go on for hours: none of them ends before it is told to.
TEST_CASE("pipeline: one long sample asks whether to stop, whatever takes so long") {
    const std::string head = R"(format_version: 1 name: "m" horizon: 9007199254740992
        inputs { name: "x" shape: 2 }
        tensors { name: "W" shape: [2, 2] values: [0, 0, 0, 0] }
        tensors { name: "B" values: [0.001, 0.001] }
        projections { source: "e" target: "h" dense { weight: "W" } }
    )";
    const std::vector<std::pair<std::string, std::string>> models = {
        {"every tick", R"(nodes { name: "e" encoder { duplicate {} } }
            nodes { name: "h" population { receptors { bias: "B" } } }
            readouts { name: "r" population: "h" kind: spike_count ties: index })"},
        {"every tick, behind an encoder of spikes",
         R"(nodes { name: "e" encoder { latency { T: 8 } } }
            nodes { name: "h" population { receptors { bias: "B" } } }
            readouts { name: "r" population: "h" kind: spike_count ties: index })"},
        {"an encoder that hardly ever fires",
         R"(nodes { name: "e" encoder { bernoulli { c: 1e30 } } }
            nodes { name: "h" population {} }
            readouts { name: "r" population: "h" kind: spike_count ties: index })"},
        {"a sum that has no closed form", R"(nodes { name: "e" encoder { latency { T: 8 } } }
            nodes { name: "h" population { clock: leaps fires: false
                receptors { alpha: 1 bias: "B" } } }
            readouts { name: "r" population: "h" kind: membrane })"}};
    for (const auto& [name, nodes] : models) {
        CAPTURE(name);
        const LoadedModel model = load_text(head + nodes);
        const Pipeline pipeline(model);
        const std::vector<float> values = {1, 1};
        const SampleInput input{values, 1, {}};
        std::atomic<int> asked = 0;
        PipelineWorker worker(pipeline, 0);
        const SampleOutcome outcome =
            worker.run(0, {&input, 1}, [&] { return asked.fetch_add(1) >= 200; });
        CHECK(asked >= 200);
        CHECK(outcome.result.ticks_run < pipeline.network().horizon());
        CHECK(outcome.result.readouts.empty());
    }
}

}  // namespace saltus
