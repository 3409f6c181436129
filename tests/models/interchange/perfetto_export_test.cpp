#include "models/interchange/perfetto_export.hpp"

#include <algorithm>
#include <tuple>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/interchange/trace_export.hpp"
#include "models/trace/sample_recorder.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/interchange/perfetto_packets.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using tests::PerfettoEvent;
using tests::PerfettoTrace;
using tests::read_bytes;
using tests::ScratchFolder;

namespace {

// Process, track, ns, tick, payload.
using Spike = std::tuple<std::string, std::string, std::uint64_t, double, double>;

TraceFile write_trace(const std::filesystem::path& path,
                      const TraceHeader& header,
                      const std::vector<std::uint64_t>& numbers) {
    TraceWriter writer(path, header, {});
    for (const std::uint64_t number : numbers) {
        writer.add(tests::example_sample(header, number));
    }
    writer.finish();
    return TraceFile(path);
}

std::vector<Spike> spikes_in(const PerfettoTrace& trace) {
    std::vector<Spike> spikes;
    for (const PerfettoEvent& event : trace.events) {
        if (event.type == 3) {
            CHECK(event.name == "spike");
            const auto payload = event.facts.find("payload");
            spikes.emplace_back(event.track.process,
                                event.track.name,
                                event.time,
                                event.facts.at("tick"),
                                payload == event.facts.end() ? 1 : payload->second);
        }
    }
    std::sort(spikes.begin(), spikes.end());
    return spikes;
}

// `ns`: of a tick; samples one after another.
std::vector<Spike> expected_spikes(const TraceHeader& header,
                                   const std::vector<std::uint64_t>& numbers,
                                   std::uint64_t ns) {
    std::vector<Spike> spikes;
    for (std::size_t s = 0; s < numbers.size(); ++s) {
        const SampleTrace sample = tests::example_sample(header, numbers[s]);
        for (std::size_t p = 0; p < header.populations.size(); ++p) {
            const TracePopulation& population = header.populations[p];
            const StreamTrace& stream = sample.streams[p];
            std::size_t at = 0;
            for (std::size_t k = 0; k < stream.packets(); ++k) {
                for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
                    const auto tick = static_cast<std::uint64_t>(stream.ticks[k]);
                    const auto index = population.shape.index_of(stream.slots[at]);
                    spikes.emplace_back(
                        population.name,
                        population.name + "[" + std::to_string(index) + "]",
                        (s * static_cast<std::uint64_t>(header.horizon) + tick) * ns,
                        static_cast<double>(tick),
                        stream.payload(at));
                }
            }
        }
    }
    std::sort(spikes.begin(), spikes.end());
    return spikes;
}

}  // namespace

TEST_CASE("Perfetto: every spike is an instant on its neuron's track, read from the bytes alone") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    const TraceFile trace = write_trace(folder / "x.saltrace", header, {2, 9});
    export_trace(trace, folder / "x.perfetto-trace");
    const std::string bytes = read_bytes(folder / "x.perfetto-trace");
    const PerfettoTrace read(bytes);
    CHECK(spikes_in(read) == expected_spikes(header, {2, 9}, 1000000));
    CHECK(read.flows == 0);

    std::vector<PerfettoEvent> slices;
    for (const PerfettoEvent& event : read.events) {
        if (event.type == 1 || event.type == 2) {
            slices.push_back(event);
        }
    }
    REQUIRE(slices.size() == 4);
    CHECK(slices[0].name == "sample 2");
    CHECK(slices[0].track.process == "samples of small (1 tick is 1000000 ns)");
    CHECK(slices[0].facts.at("label") == 2);
    CHECK(slices[0].facts.at("prediction of count") ==
          tests::example_sample(header, 2).readouts[0].prediction);
    CHECK(slices[0].time == 0);
    CHECK(slices[1].time == 20000000);
    CHECK(slices[2].time == 20000000);
    CHECK(slices[3].time == 40000000);
    CHECK(slices[2].facts.count("label") == 0);  // sample 9 has none
    for (const auto& [uuid, track] : read.tracks) {
        const std::size_t bracket = track.name.rfind('[');
        if (bracket != std::string::npos) {
            const std::string index = std::to_string(track.rank) + "]";
            CHECK(track.name.substr(bracket + 1) == index);
        }
    }
}

TEST_CASE("Perfetto: chosen samples, populations and ticks alone, at the times of their ticks") {
    const ScratchFolder folder;
    const TraceHeader header = tests::example_header();
    const TraceFile trace = write_trace(folder / "x.saltrace", header, {2, 3, 9});
    export_trace(
        trace, folder / "x.perfetto-trace", {{"9", {"out"}, std::pair<Tick, Tick>{5, 9}}, {}});
    const std::string bytes = read_bytes(folder / "x.perfetto-trace");
    std::vector<Spike> expected;
    for (const Spike& spike : expected_spikes(header, {9}, 1000000)) {
        if (std::get<0>(spike) == "out" && std::get<3>(spike) >= 5 && std::get<3>(spike) < 10) {
            expected.push_back(spike);
        }
    }
    CHECK(spikes_in(PerfettoTrace(bytes)) == expected);
    CHECK(bytes.find("pixels") == std::string::npos);
}

TEST_CASE("Perfetto: a tick without a length is shown as 1 us, which the trace says") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    header.tick_seconds = 0;
    const TraceFile trace = write_trace(folder / "x.saltrace", header, {2});
    export_trace(trace, folder / "x.perfetto-trace");
    const std::string bytes = read_bytes(folder / "x.perfetto-trace");
    CHECK(spikes_in(PerfettoTrace(bytes)) == expected_spikes(header, {2}, 1000));
    CHECK(bytes.find("the tick's length is not stated: 1 tick shown as 1 us") != std::string::npos);
}

TEST_CASE("Perfetto: recorded membranes, readouts and drives are counters of their population") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    header.series = {{TraceSeries::Kind::membrane, 4, 0, 1, 2, TraceSeries::When::every_tick},
                     {TraceSeries::Kind::readout, 4, 0, 0, 3, TraceSeries::When::changes},
                     {TraceSeries::Kind::drive, 1, 0, 0, 5, TraceSeries::When::changes}};
    {
        TraceWriter writer(folder / "x.saltrace", header, {});
        SampleRecorder recorder(header);
        recorder.begin(7, std::nullopt);
        for (Tick tick = 0; tick < header.horizon; ++tick) {
            const auto t = static_cast<float>(tick);
            recorder.add_row(0, tick, std::vector<float>{t / 8, -t});
            if (tick % 7 == 0) {
                recorder.add_row(1, tick, std::vector<float>{t, 0.5F, 1e30F});
            }
        }
        recorder.add_row(2, 3, std::vector<float>{1, 2, 3, 4, 5});
        Result result;
        result.readouts.resize(2);
        result.readouts[0].values.resize(3);
        result.readouts[1].values.resize(7);
        writer.add(recorder.take(result));
        writer.finish();
    }
    export_trace(TraceFile(folder / "x.saltrace"), folder / "x.perfetto-trace");
    const std::string bytes = read_bytes(folder / "x.perfetto-trace");
    using Value = std::tuple<std::string, std::uint64_t, double>;
    std::vector<Value> values;
    const PerfettoTrace read(bytes);
    for (const PerfettoEvent& event : read.events) {
        if (event.type == 4) {
            CHECK(event.track.counter);
            values.emplace_back(
                event.track.process + ": " + event.track.name, event.time, event.value);
        }
    }
    std::vector<Value> expected;
    for (std::uint64_t tick = 0; tick < 20; ++tick) {
        const auto t = static_cast<double>(tick);
        expected.emplace_back("out: membrane of out[1]", tick * 1000000, t / 8);
        expected.emplace_back("out: membrane of out[2]", tick * 1000000, -t);
    }
    for (std::uint64_t tick = 0; tick < 20; tick += 7) {
        expected.emplace_back("out: readout count[0]", tick * 1000000, static_cast<double>(tick));
        expected.emplace_back("out: readout count[1]", tick * 1000000, 0.5);
        expected.emplace_back("out: readout count[2]", tick * 1000000, double{1e30F});
    }
    for (int k = 0; k < 5; ++k) {
        expected.emplace_back("held: drive of held[" + std::to_string(k) + "]", 3000000, k + 1);
    }
    std::sort(values.begin(), values.end());
    std::sort(expected.begin(), expected.end());
    CHECK(values == expected);
}

TEST_CASE("Perfetto: no samples give the processes alone; times that do not fit are refused") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    header.populations[4].name = "a\x1B[2J";
    const auto out = folder / "x.perfetto-trace";
    export_trace(write_trace(folder / "x.saltrace", header, {}), out);
    const std::string bytes = read_bytes(out);
    const PerfettoTrace read(bytes);
    CHECK(read.events.empty());
    CHECK(read.tracks.size() == 1 + 1 + 5);
    CHECK(bytes.find('\x1B') == std::string::npos);
    std::filesystem::remove(out);
    header.tick_seconds = 1e-10;
    CHECK_THROWS_WITH_AS(export_trace(write_trace(folder / "x.saltrace", header, {1}), out),
                         doctest::Contains("1 ns or longer"),
                         InputError);
    header.tick_seconds = 1e6;
    CHECK_THROWS_WITH_AS(export_trace(write_trace(folder / "x.saltrace", header, {1}), out),
                         doctest::Contains("times up to 2^53 ns"),
                         InputError);
    CHECK_FALSE(std::filesystem::exists(out));
}

}  // namespace saltus
