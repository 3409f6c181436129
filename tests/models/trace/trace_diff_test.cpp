// Two traces compared, held against a comparison of their spikes one by one.
#include "models/trace/trace_diff.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "tests/models/trace/trace_pairs.hpp"

namespace saltus {

using namespace saltus::tests;

TEST_CASE("trace diff: counts and first difference are those of the spikes one by one") {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        CAPTURE(seed);
        // Few differences, many, and windows of more than one bin.
        const Pair pair = disturbed_pair(seed, seed % 3 == 0 ? 300 : 20, seed % 2 == 0 ? 6 : 400);
        for (const Tick tolerance : {0, 1, 3}) {
            TraceDiffOptions options;
            options.tolerance_ticks = tolerance;
            const TraceDifference got = pair.diff(options);
            check(got,
                  count(pair, {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4}, {}, tolerance),
                  pair.header_a);
            CHECK(got.samples == 6);
            CHECK(got.samples_only_a == 1);
            CHECK(got.samples_only_b == 1);
            CHECK_FALSE(got.same());
        }
    }
}

TEST_CASE("trace diff: samples, populations and ticks that are asked for, and those alone") {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        const Pair pair = disturbed_pair(seed, 20, 6);
        TraceDiffOptions options;
        options.choice.samples = "1,3-4,6";
        options.choice.populations = {"out", "pool"};
        options.choice.ticks = {4, 11};
        const TraceDifference got = pair.diff(options);
        check(got, count(pair, {1, 3, 4, 6}, {3, 4}, {4, 12}, 0), pair.header_a);
        CHECK(got.samples == 4);
        CHECK_FALSE(got.readouts_compared);
    }
    TraceDiffOptions unknown;
    unknown.choice.samples = "9";
    CHECK_THROWS_WITH_AS(disturbed_pair(0, 20, 6).diff(unknown),
                         "--sample: got sample 9, need one of the samples of the traces: 0-7",
                         InputError);
}

TEST_CASE("trace diff: where readouts alone differ, sample and value are named") {
    Pair pair;
    for (std::uint64_t number = 0; number < 5; ++number) {
        pair.a.push_back(sample_of(pair.header_a, number));
    }
    pair.b = pair.a;
    CHECK(pair.diff().same());
    pair.b[3].readouts[1].values[4] = std::nextafter(pair.a[3].readouts[1].values[4], 1e9F);
    pair.b[3].readouts[1].values[6] += 1;
    pair.b[4].readouts[0].prediction = (pair.a[4].readouts[0].prediction + 1) % 3;
    const TraceDifference got = pair.diff();
    CHECK_FALSE(got.same());
    CHECK_FALSE(got.first);
    CHECK(got.readouts == 2);
    CHECK(got.predictions == 1);
    CHECK(got.changed_answers == std::vector<std::uint64_t>{4});
    REQUIRE(got.first_readout);
    CHECK(got.first_readout->sample == 3);
    CHECK(got.first_readout->readout == 1);
    CHECK(got.first_readout->value == 4U);
    CHECK(got.first_readout->a == pair.a[3].readouts[1].values[4]);
    CHECK(got.first_readout->b == pair.b[3].readouts[1].values[4]);

    pair.b = pair.a;
    pair.b[4].readouts[0].prediction = (pair.a[4].readouts[0].prediction + 1) % 3;
    const TraceDifference answer = pair.diff();
    REQUIRE(answer.first_readout);
    CHECK(answer.first_readout->sample == 4);
    CHECK_FALSE(answer.first_readout->value);
    CHECK(answer.first_readout->answer_a != answer.first_readout->answer_b);

    pair.a[0].readouts[0].values[0] = 0.0F;
    pair.b = pair.a;
    pair.b[0].readouts[0].values[0] = -0.0F;  // another bit
    CHECK_FALSE(pair.diff().same());
    CHECK(pair.diff().first_readout->value == 0U);
}

TEST_CASE("trace diff: of different horizons the ticks that both have are compared") {
    Pair pair = disturbed_pair(3, 20, 6);
    pair.header_a.horizon = 500;  // levels of several ticks on one side
    const TraceDifference got = pair.diff();
    check(got, count(pair, {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4}, {}, 0), pair.header_a);
    CHECK(got.until == 20);
    CHECK_FALSE(got.readouts_compared);

    Pair shorter;
    shorter.header_b.horizon = 12;
    for (std::uint64_t number = 0; number < 3; ++number) {
        shorter.a.push_back(sample_of(shorter.header_a, number));
        shorter.b.push_back(shorter.a.back());
        for (StreamTrace& stream : shorter.b.back().streams) {
            Stream kept = spikes_of(stream);
            kept.erase(kept.lower_bound({12, 0}), kept.end());
            stream = stream_of(kept);
        }
        shorter.b.back().readouts[0].values[0] += 1;  // of another horizon: another value
    }
    const TraceDifference cut = shorter.diff();
    CHECK_FALSE(cut.first);
    CHECK(cut.readouts == 0);
    CHECK_FALSE(cut.same());  // one has ticks that the other lacks
    TraceDiffOptions options;
    options.choice.ticks = {0, 11};
    CHECK(shorter.diff(options).same());
    options.choice.ticks = {0, 12};
    CHECK_THROWS_WITH_AS(
        shorter.diff(options), "--ticks: got 0-12, need ticks of 0-11", InputError);
}

TEST_CASE("trace diff: what one trace has not recorded is named, and told apart by the digests") {
    Pair pair;
    pair.header_b.populations[2].recorded = TracePopulation::Recorded::counts;
    pair.header_b.populations[1].recorded = TracePopulation::Recorded::nothing;  // sends no spikes
    for (std::uint64_t number = 0; number < 4; ++number) {
        pair.a.push_back(sample_of(pair.header_a, number));
    }
    pair.b = pair.a;
    TraceDifference got = pair.diff();
    CHECK(got.same());
    CHECK(got.not_compared == std::vector<PopulationId>{2});
    CHECK(got.unseen_unknown == 0);

    Stream changed = spikes_of(pair.b[1].streams[2]);
    changed.erase(changed.begin());
    pair.b[1].streams[2] = stream_of(changed);
    got = pair.diff();
    CHECK_FALSE(got.first);
    CHECK(got.unseen_different == 1);
    CHECK_FALSE(got.same());

    TraceDiffOptions others;
    others.choice.populations = {"out", "pixels"};
    CHECK(pair.diff(others).same());
    CHECK(pair.diff(others).not_compared.empty());
}

TEST_CASE("trace diff: incompatible traces are refused with what differs") {
    const auto fault = [](const std::function<void(TraceHeader&)>& change) {
        const ScratchFolder folder;
        TraceHeader header = example_header();
        Pair::write(folder / "a", header, {});
        change(header);
        Pair::write(folder / "b", header, {});
        try {
            diff_traces(folder / "a", folder / "b", {});
        } catch (const InputError& error) {
            const std::string text = error.what();
            return text.substr(text.find(": ") + 2);
        }
        return std::string();
    };
    CHECK(fault([](TraceHeader&) {}).empty());
    CHECK(fault([](TraceHeader& header) { header.populations[4].name = "output"; }) ==
          "got population \"output\" [3], need \"out\" [3], number 4 of the first trace");
    CHECK(fault([](TraceHeader& header) {
              header.populations[0].shape = Shape{2, 4, 3};
          }) ==
          "got population \"pixels\" [2, 4, 3], need \"pixels\" [2, 3, 4], number 0 of the first "
          "trace");
    CHECK(fault([](TraceHeader& header) {
              header.populations.push_back(header.populations[4]);
              header.populations[5].name = "more";
          }) ==
          "got 6 populations, need 5, as the first trace has: \"more\" [3] is in the second only");
}

TEST_CASE("trace diff: streams of more spikes than a window holds are compared to their ends") {
    Pair pair;
    pair.header_a.horizon = pair.header_b.horizon = 500;
    pair.header_a.populations.resize(1);
    pair.header_a.populations[0].shape = Shape{5000};
    pair.header_a.readouts.clear();
    pair.header_b = pair.header_a;
    SampleTrace sample;
    sample.streams.resize(1);
    for (Tick tick = 0; tick < 500; ++tick) {
        Packet packet;
        packet.tick = tick;
        for (Slot slot = 0; slot < 5000; ++slot) {
            packet.slots.push_back(slot);
        }
        sample.streams[0].add(packet);
    }
    REQUIRE(sample.streams[0].slots.size() > 2 * (std::size_t{1} << 20));
    pair.a.push_back(sample);
    for (const std::size_t gone : {2'499'999, 2'000'000, 1'048'576, 700'001}) {
        sample.streams[0].slots.erase(sample.streams[0].slots.begin() +
                                      static_cast<std::ptrdiff_t>(gone));
        --sample.streams[0].spikes[gone / 5000];
    }
    pair.b.push_back(sample);
    const TraceDifference got = pair.diff();
    CHECK(got.spikes_a == 2'500'000);
    CHECK(got.spikes_b == 2'499'996);
    CHECK(got.populations[0].only_a == 4);
    CHECK(got.populations[0].only_b == 0);
    REQUIRE(got.first);
    CHECK(got.first->tick == 140);
    CHECK(got.first->neuron == 1);
    TraceDiffOptions tail;
    tail.choice.ticks = {401, 499};
    CHECK(pair.diff(tail).populations[0].only_a == 1);
}

TEST_CASE("trace diff: empty traces are the same") {
    const TraceDifference got = Pair().diff();
    CHECK(got.same());
    CHECK(got.samples == 0);
}

}  // namespace saltus
