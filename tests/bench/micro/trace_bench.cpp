// How many spikes a second a trace takes in and gives out: recorder and writer; TraceFile, all of a
// file or a window of it. Streams as they come: dense layers over few ticks (as workload B's), sparse
// ones over many (as C's). Before it is timed, what is read must be what was written.
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "models/trace/trace_file.hpp"
#include "models/trace/trace_writer.hpp"

namespace saltus::bench {
namespace {

struct Stream {
    TraceHeader header;
    std::vector<Packet> packets;
    std::uint64_t spikes = 0;
};

// Each neuron fires with a period of its own, about every `period` ticks.
Stream make_stream(std::uint32_t neurons, Tick horizon, Tick period) {
    Stream stream;
    stream.header.horizon = horizon;
    stream.header.populations = {
        {"layer", Shape{neurons}, TracePopulation::Kind::neurons, false, Clock::stepped, true}};
    std::mt19937 random(1);
    std::vector<Tick> every(neurons);
    std::vector<Tick> next(neurons);
    for (std::uint32_t n = 0; n < neurons; ++n) {
        every[n] = 1 + static_cast<Tick>(random() % static_cast<std::uint32_t>(2 * period));
        next[n] = static_cast<Tick>(random() % static_cast<std::uint32_t>(every[n]));
    }
    for (Tick tick = 0; tick < horizon; ++tick) {
        Packet packet;
        packet.tick = tick;
        for (std::uint32_t n = 0; n < neurons; ++n) {
            if (next[n] == tick) {
                packet.slots.push_back(n);
                next[n] += every[n];
            }
        }
        stream.spikes += packet.slots.size();
        if (!packet.slots.empty()) {
            stream.packets.push_back(std::move(packet));
        }
    }
    return stream;
}

const Stream& stream_of(const std::string& kind) {
    static const Stream dense = make_stream(100000, 32, 4);
    static const Stream sparse = make_stream(4000, 100000, 1800);
    return kind == "dense" ? dense : sparse;
}

std::filesystem::path place() {
    return std::filesystem::temp_directory_path() / "saltus_trace_bench.saltrace";
}

void write_once(const Stream& stream) {
    TraceWriter writer(place(), stream.header, {});
    SampleRecorder recorder(stream.header,
                            [&](std::vector<PackedChunk>& chunks) { writer.add_chunks(chunks); });
    recorder.begin(0, std::nullopt);
    for (const Packet& packet : stream.packets) {
        recorder.on_packet(0, packet);
    }
    writer.add(recorder.take(Result{}));
    writer.finish();
}

// What is read, packet by packet.
bool is_right(const Stream& stream) {
    const TraceFile file(place());
    std::size_t k = 0;
    bool right = file.samples() == 1;
    file.visit(0, 0, {}, [&](const StreamTrace& read) {
        std::size_t at = 0;
        Packet packet;
        for (std::size_t j = 0; j < read.packets(); ++j, ++k) {
            read.copy_packet(j, at, packet);
            right = right && k < stream.packets.size() && packet.tick == stream.packets[k].tick &&
                    packet.slots == stream.packets[k].slots;
            at += read.spikes[j];
        }
    });
    return right && k == stream.packets.size();
}

void set_rates(benchmark::State& state, const Stream& stream) {
    state.SetItemsProcessed(static_cast<std::int64_t>(stream.spikes) *
                            static_cast<std::int64_t>(state.iterations()));
    state.counters["bytes_a_spike"] = static_cast<double>(std::filesystem::file_size(place())) /
                                      static_cast<double>(stream.spikes);
}

void write_trace(benchmark::State& state, const std::string& kind) {
    const Stream& stream = stream_of(kind);
    write_once(stream);
    if (!is_right(stream)) {
        state.SkipWithError("what is read is not what was written");
        return;
    }
    for (auto _ : state) {
        write_once(stream);
    }
    set_rates(state, stream);
    std::filesystem::remove(place());
}

void read_trace(benchmark::State& state, const std::string& kind) {
    const Stream& stream = stream_of(kind);
    write_once(stream);
    if (!is_right(stream)) {
        state.SkipWithError("what is read is not what was written");
        return;
    }
    for (auto _ : state) {
        const TraceFile file(place());
        std::uint64_t spikes = 0;
        file.visit(0, 0, {}, [&](const StreamTrace& read) { spikes += read.slots.size(); });
        benchmark::DoNotOptimize(spikes);
    }
    set_rates(state, stream);
    std::filesystem::remove(place());
}

void open_window(benchmark::State& state, const std::string& kind) {
    const Stream& stream = stream_of(kind);
    write_once(stream);
    if (!is_right(stream)) {
        state.SkipWithError("what is read is not what was written");
        return;
    }
    for (auto _ : state) {
        const TraceFile file(place());
        const Tick middle = stream.header.horizon / 2;
        benchmark::DoNotOptimize(file.spikes(0, 0, {middle, middle + 1}));
    }
    std::filesystem::remove(place());
}

BENCHMARK_CAPTURE(write_trace, dense, "dense")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(write_trace, sparse, "sparse")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_trace, dense, "dense")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_trace, sparse, "sparse")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(open_window, dense, "dense")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(open_window, sparse, "sparse")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace saltus::bench

BENCHMARK_MAIN();
