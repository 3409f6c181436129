// Every number of a summary, held against sums over the lists of spikes that the trace was made of.
#include "models/trace/trace_summary.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/summary_checks.hpp"
#include "tests/models/trace/version_1_traces.hpp"

namespace saltus {

using namespace saltus::tests;
using Known = PopulationSummary::Known;
using Kind = ReadoutSpec::Kind;

TEST_CASE("trace summary: every number is that of the lists of spikes") {
    for (const Tick horizon : {1, 2, 9, 40, 300}) {
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            CAPTURE(horizon);
            CAPTURE(seed);
            const ScratchFolder folder;
            const Made made = Maker(seed, horizon, horizon > 100 ? 4 : 30).take();
            write(folder / "t", made);
            check_all(made, whole(made), summarise_trace(TraceFile(folder / "t"), {}));
        }
    }
}

TEST_CASE("trace summary: samples, populations and ticks that are asked for, and those alone") {
    const ScratchFolder folder;
    const Made made = Maker(7, 40, 30).take();
    write(folder / "t", made);
    TraceSummaryRequest request;
    request.samples = "5,9-9,33";
    request.populations = {"out", "hidden", "read"};
    request.ticks = {11, 20};
    const Part part{{1, 3, 15}, {2, 4, 5}, {11, 21}};
    const TraceSummary got = summarise_trace(TraceFile(folder / "t"), request);
    check_all(made, part, got);
    CHECK(got.first_sample == 5);
    CHECK(got.last_sample == 33);
    request.populations = {"outs"};
    CHECK_THROWS_WITH_AS(
        summarise_trace(TraceFile(folder / "t"), request),
        "--population: got \"outs\", need one of pixels, held, hidden, pool, out, read",
        InputError);
}

TEST_CASE("trace summary: a file of version 1 says the same, but for the rule of ties") {
    const ScratchFolder folder;
    Made made = Maker(3, 40, 20).take();
    write_version_1(folder / "t", made.header, made.samples);
    const TraceFile file(folder / "t");
    REQUIRE(file.version() == 1);
    for (TraceReadout& readout : made.header.readouts) {
        readout.ties = std::nullopt;
    }
    REQUIRE(file.header().readouts == made.header.readouts);
    check_all(made, whole(made), summarise_trace(file, {}));
}

TEST_CASE("trace summary: an empty trace is summarised, and nothing in it is silent or saturated") {
    const ScratchFolder folder;
    const Made made = Maker(0, 20, 0).take();
    write(folder / "t", made);
    const TraceSummary got = summarise_trace(TraceFile(folder / "t"), {});
    CHECK(got.samples == 0);
    CHECK(got.followed_samples == 0);
    CHECK_FALSE(got.activation_sparsity());
    for (const PopulationSummary& population : got.populations) {
        CHECK(population.spikes == 0);
        CHECK(population.silent.empty());
        CHECK(population.saturated.empty());
        CHECK_FALSE(population.first_spike);
        CHECK(got.rate(population) == 0);
    }
    for (const ReadoutSummary& readout : got.readouts) {
        CHECK(readout.samples == 0);
        CHECK(readout.course_samples == 0);
    }
}

TEST_CASE("trace summary: of counts and totals what they tell is said, and no more") {
    const ScratchFolder folder;
    Made made = Maker(5, 40, 20).take();
    made.header.populations[2].recorded = TracePopulation::Recorded::counts;
    made.header.populations[4].recorded = TracePopulation::Recorded::nothing;
    write(folder / "t", made);
    const TraceFile file(folder / "t");
    const TraceSummary got = summarise_trace(file, {});
    const Part part = whole(made);
    check_spikes(made, part, 0, got.populations[0]);
    check_activity(made, part, got);

    const ScratchFolder other;
    Made all = made;
    all.header = made_header(40);
    write(other / "t", all);
    const TraceSummary want = summarise_trace(TraceFile(other / "t"), {});
    const PopulationSummary& counts = got.populations[2];
    CHECK(counts.known == Known::counts);
    CHECK(counts.spikes == want.populations[2].spikes);
    CHECK(counts.silent == want.populations[2].silent);
    CHECK(counts.saturated == want.populations[2].saturated);
    CHECK(counts.busiest == want.populations[2].busiest);
    CHECK(counts.busiest_spikes == want.populations[2].busiest_spikes);
    CHECK(counts.silent_samples == want.populations[2].silent_samples);
    CHECK_FALSE(counts.first_spike);
    CHECK(counts.intervals == 0);
    const PopulationSummary& total = got.populations[4];
    CHECK(total.known == Known::total);
    CHECK(total.spikes == want.populations[4].spikes);
    CHECK(total.silent_samples == want.populations[4].silent_samples);
    CHECK(total.silent.empty());
    CHECK(total.busiest_spikes == 0);
    for (std::size_t r = 0; r < got.readouts.size(); ++r) {
        check_outcome(made, part, r, got.readouts[r]);
        CHECK(got.readouts[r].source == AnswerSource::unknown);  // the output was not recorded
    }

    // Of some ticks, counts of all tell nothing.
    TraceSummaryRequest request;
    request.ticks = {0, 38};
    const TraceSummary some = summarise_trace(file, request);
    CHECK(some.populations[2].known == Known::nothing);
    CHECK(some.populations[4].known == Known::nothing);
    CHECK(some.followed_samples == 0);
    check_spikes(made, {part.samples, part.populations, {0, 39}}, 0, some.populations[0]);
}

TEST_CASE(
    "trace summary: intervals of any length, many of them, have the mean and spread of their "
    "list") {
    for (const bool regular : {false, true}) {
        const ScratchFolder folder;
        Made made;
        made.header = made_header(Tick{1} << 40);
        made.header.populations = {made.header.populations[4]};
        made.header.readouts.clear();
        std::mt19937_64 random(5);
        SampleTrace sample;
        sample.streams.resize(1);
        made.spikes.emplace_back(1);
        for (Tick tick = 3; made.spikes[0][0].size() < 200'000;) {
            Packet packet;
            packet.tick = tick;
            packet.slots = {1};
            sample.streams[0].add(packet);
            made.spikes[0][0].emplace_back(tick, 1);
            // Mostly short, some of hours.
            tick += regular              ? 7
                    : random() % 20 == 0 ? 1 + static_cast<Tick>(random() % 1'000'000)
                                         : 1 + static_cast<Tick>(random() % 5000);
        }
        made.samples.push_back(sample);
        write(folder / "t", made);
        const TraceSummary got = summarise_trace(TraceFile(folder / "t"), {});
        check_spikes(made, {{0}, {0}, {0, made.header.horizon}}, 0, got.populations[0]);
        if (regular) {
            CHECK(got.populations[0].interval_mean == 7);
            CHECK(got.populations[0].interval_variation == 0);
        }
    }
}

TEST_CASE(
    "trace summary: recorded readouts give the answer after each tick, at changes or at all") {
    for (const TraceSeries::When when :
         {TraceSeries::When::every_tick, TraceSeries::When::changes}) {
        const ScratchFolder folder;
        TraceHeader header = made_header(200);
        header.populations = {header.populations[5]};
        header.readouts = {{"level", 0, Kind::mean_membrane, 3},
                           {"logit", 0, Kind::membrane, 3, true}};
        header.series = {{TraceSeries::Kind::readout, 0, 0, 0, 3, when},
                         {TraceSeries::Kind::readout, 0, 1, 0, 3, when}};
        std::mt19937_64 random(11);
        TraceWriter writer(folder / "t", header, {});
        SampleRecorder recorder(header);
        std::vector<std::uint64_t> right(128);
        std::vector<std::uint64_t> changed(128);
        for (std::uint64_t number = 0; number < 12; ++number) {
            const auto label = static_cast<std::int64_t>(random() % 3);
            recorder.begin(number, label);
            Result result;
            result.readouts.resize(2);
            std::vector<float> values = {0, 0, 0};
            std::uint32_t before = 9;
            Tick last_change = 0;
            for (Tick tick = 0; tick < 200; ++tick) {
                if (random() % 5 == 0) {
                    values[random() % 3] = static_cast<float>(random() % 6);
                }
                recorder.add_row(0, tick, values);
                recorder.add_row(1, tick, values);
                const auto answer = static_cast<std::uint32_t>(
                    std::max_element(values.begin(), values.end()) - values.begin());
                last_change = answer == before ? last_change : tick;
                before = answer;
                if (tick % 2 == 1) {  // points stand at every second tick
                    right[static_cast<std::size_t>(tick / 2)] += answer == label ? 1 : 0;
                }
            }
            ++changed[static_cast<std::size_t>(last_change / 2)];
            for (ReadoutResult& readout : result.readouts) {
                readout.values = values;
                readout.prediction = before;
            }
            writer.add(recorder.take(result));
        }
        writer.finish();
        const TraceSummary got = summarise_trace(TraceFile(folder / "t"), {});
        for (const ReadoutSummary& readout : got.readouts) {
            CHECK(readout.source == AnswerSource::series);
            REQUIRE(readout.course.size() == 100);
            CHECK(readout.course_samples == 12);
            CHECK(readout.change_unknown == 0);
            for (std::size_t k = 0; k < 100; ++k) {
                CAPTURE(k);
                CHECK(readout.course[k].tick == static_cast<Tick>(2 * k + 1));
                CHECK(readout.course[k].right == right[k]);
                CHECK(readout.course[k].last_changed == changed[k]);
                CHECK(readout.course[k].tied == 0);  // the lowest index is the rule of membranes
            }
        }
    }
}

}  // namespace saltus
