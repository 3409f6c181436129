#include "models/run/workers.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <system_error>

#include <doctest/doctest.h>

#include "models/data/random_data_set.hpp"
#include "models/run/benchmark.hpp"
#include "models/run/sample_runner.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/files/small_model.hpp"

namespace saltus {

namespace {

// Makes threads as long as there are any left, then fails as the system does.
StartThread only(unsigned threads) {
    return [left = std::make_shared<std::atomic<int>>(threads)](std::function<void()> job) {
        if (--*left < 0) {
            throw std::system_error(
                std::make_error_code(std::errc::resource_unavailable_try_again));
        }
        return std::thread(std::move(job));
    };
}

constexpr const char* k_model = R"(format_version: 1 name: "lots" horizon: 12
    inputs { name: "x" shape: 4 }
    tensors { name: "W" shape: [3, 4] values: [0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25,
        0.125, 0.5, 0.125, 0.5] }
    nodes { name: "code" shape: 4 encoder { bernoulli {} } }
    nodes { name: "mid" shape: 3 population { beta: 0.5 } }
    projections { source: "code" target: "mid" dense { weight: "W" } }
    readouts { name: "answer" population: "mid" kind: spike_count ties: index }
)";

struct Lots {
    LoadedModel model = tests::load_text(k_model);
    Pipeline pipeline{model};
    RandomDataSet data{model.inputs()[0], 0, 12, 0};
};

}  // namespace

TEST_CASE("workers: every number is done once a round, on a thread of its own") {
    Workers workers(4, {}, {});
    REQUIRE(workers.count() == 4);
    for (int round = 0; round < 100; ++round) {
        std::mutex mutex;
        std::multiset<unsigned> done;
        std::set<std::thread::id> threads;
        workers.run([&](unsigned n) {
            const std::lock_guard lock(mutex);
            done.insert(n);
            threads.insert(std::this_thread::get_id());
        });
        CHECK(done == std::multiset<unsigned>{0, 1, 2, 3});
        CHECK(threads.size() == 4);
        CHECK(threads.count(std::this_thread::get_id()) == 1);
    }
}

TEST_CASE("workers: a thread that cannot be made is said once and done without") {
    for (const unsigned given : {0U, 1U, 5U}) {
        std::vector<std::string> said;
        Workers workers(8, only(given), [&](const std::string& text) { said.push_back(text); });
        CHECK(workers.count() == given + 1);
        REQUIRE(said.size() == 1);
        CHECK(said[0] == std::to_string(given + 1) +
                             " of 8 threads could be made: Resource temporarily unavailable");
        std::atomic<unsigned> calls = 0;
        workers.run([&](unsigned) { ++calls; });
        CHECK(calls == given + 1);
    }
}

TEST_CASE("workers: what the first by number throws is thrown, and the next round runs") {
    Workers workers(4, {}, {});
    const auto failing = [](unsigned n) {
        if (n % 2 == 1) {
            throw std::runtime_error("number " + std::to_string(n));
        }
    };
    CHECK_THROWS_WITH(workers.run(failing), "number 1");
    std::atomic<unsigned> calls = 0;
    workers.run([&](unsigned) { ++calls; });
    CHECK(calls == 4);
}

TEST_CASE("workers: a caller that throws while threads are made leaves none behind") {
    CHECK_THROWS_AS(Workers(4,
                            [n = 0](std::function<void()> job) mutable {
                                return ++n < 3 ? std::thread(std::move(job))
                                               : throw std::logic_error("no");
                            },
                            {}),
                    std::logic_error);
    CHECK_THROWS_AS(
        Workers(4, only(1), [](const std::string&) { throw std::logic_error("not said"); }),
        std::logic_error);
}

TEST_CASE("sample runner: the same bits by all threads, by some and by the caller's alone") {
    Lots lots;
    SampleRunnerOptions options;
    for (std::uint64_t k = 0; k < 200; ++k) {
        options.samples.push_back(k);
    }
    options.inputs = {&lots.data};
    options.threads = 16;
    // Of every spike a digest, of none the spike itself.
    TraceHeader header = make_trace_header(lots.pipeline.network(), "lots", 0, 0);
    for (TracePopulation& population : header.populations) {
        population.recorded = TracePopulation::Recorded::nothing;
    }
    options.recording.header = &header;
    std::vector<Digest> expected;
    for (const int given : {15, 3, 1, 0}) {
        unsigned said = 0;
        options.start_thread = only(static_cast<unsigned>(given));
        options.short_of_threads = [&](const std::string&) { ++said; };
        std::vector<std::uint64_t> numbers;
        std::vector<Digest> digests;
        run_samples(
            lots.pipeline,
            options,
            [&](FinishedSample&& sample) {
                numbers.push_back(sample.number);
                digests.push_back(sample.trace->record.digest.value());
            },
            [] { return false; });
        CHECK(said == (given < 15 ? 1 : 0));
        CHECK(numbers == options.samples);
        if (expected.empty()) {
            expected = digests;
        }
        CHECK(digests == expected);
    }
}

TEST_CASE("sample runner: with fewer threads than asked for, stop still stops") {
    Lots lots;
    SampleRunnerOptions options;
    for (std::uint64_t k = 0; k < 200; ++k) {
        options.samples.push_back(k);
    }
    options.inputs = {&lots.data};
    options.threads = 16;
    options.start_thread = only(2);
    std::atomic<unsigned> finished = 0;
    run_samples(
        lots.pipeline,
        options,
        [&](FinishedSample&&) { ++finished; },
        [&] { return finished >= 5; });
    CHECK(finished >= 5);
    CHECK(finished < 200);
}

TEST_CASE("benchmark: with fewer threads than asked for it says how many there were") {
    Lots lots;
    BenchmarkOptions options;
    options.samples = {0, 1, 2, 3, 4, 5};
    options.inputs = {&lots.data};
    options.repetitions = 2;
    const auto run = [&] {
        return run_benchmark(
                   lots.pipeline, options, [](std::uint64_t) {}, [] { return false; })
            .value();
    };
    const BenchmarkReport alone = run();
    CHECK(alone.threads == 1);
    options.threads = 4;
    options.start_thread = only(1);
    std::string said;
    options.short_of_threads = [&](const std::string& text) { said += text; };
    const BenchmarkReport two = run();
    CHECK(two.threads == 2);
    CHECK(said == "2 of 4 threads could be made: Resource temporarily unavailable");
    CHECK(two.digest == alone.digest);
}

}  // namespace saltus
