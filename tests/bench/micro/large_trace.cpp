// What a viewer of a very large trace waits for: writes a file of as many spikes as told, then
// opens it anew for the first picture (counts by level of detail, no spike is read) and for a
// window.
//
//   large_trace FILE SPIKES      such as /tmp/large.saltrace 1000000000
//
// Each sample has four populations of 4,096 neurons over 1,000 ticks, about a million spikes.
// Before anything is timed, the levels must sum to the spikes written, and the window hold the
// sample's.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <numeric>
#include <string>

#include "models/trace/trace_file.hpp"
#include "models/trace/trace_writer.hpp"

namespace saltus::bench {
namespace {

constexpr Tick k_horizon = 1000;
constexpr std::uint32_t k_neurons = 4096;
constexpr PopulationId k_populations = 4;
constexpr TickRange k_window = {500, 600};
constexpr PopulationId k_window_population = 2;

// SplitMix64 (Steele, Lea and Flood 2014).
class Draws {
  public:
    explicit Draws(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

  private:
    std::uint64_t state_;
};

// A neuron in 16 fires, on average: gaps of 1 to 31.
void draw(std::uint64_t sample, Tick tick, PopulationId population, Packet& packet) {
    packet.tick = tick;
    packet.slots.clear();
    Draws draws(
        (sample * static_cast<std::uint64_t>(k_horizon) + static_cast<std::uint64_t>(tick)) *
            k_populations +
        population);
    for (Slot slot = 0;;) {
        for (std::uint64_t bits = draws.next(), k = 0; k < 12; ++k, bits >>= 5U) {
            slot += 1 + static_cast<Slot>(bits % 31);
            if (slot > k_neurons) {
                return;
            }
            packet.slots.push_back(slot - 1);
        }
    }
}

TraceHeader header() {
    TraceHeader header;
    header.model = "large";
    header.horizon = k_horizon;
    for (PopulationId p = 0; p < k_populations; ++p) {
        header.populations.push_back({"layer " + std::to_string(p),
                                      Shape{k_neurons},
                                      TracePopulation::Kind::neurons,
                                      false,
                                      Clock::stepped,
                                      true});
    }
    return header;
}

// How many spikes were written: at least `wanted`, in whole samples.
std::uint64_t write(const std::filesystem::path& path, std::uint64_t wanted) {
    const TraceHeader head = header();
    TraceWriter writer(path, head, {});
    SampleRecorder recorder(head,
                            [&](std::vector<PackedChunk>& chunks) { writer.add_chunks(chunks); });
    std::uint64_t spikes = 0;
    Packet packet;
    for (std::uint64_t sample = 0; spikes < wanted; ++sample) {
        recorder.begin(sample, std::nullopt);
        for (Tick tick = 0; tick < k_horizon; ++tick) {
            for (PopulationId p = 0; p < k_populations; ++p) {
                draw(sample, tick, p, packet);
                recorder.on_packet(p, packet);
                spikes += packet.slots.size();
            }
        }
        writer.add(recorder.take(Result{}));
    }
    writer.finish();
    return spikes;
}

std::uint64_t levels_total(const std::filesystem::path& path) {
    const TraceFile file(path);
    const std::vector<std::uint64_t>& levels = file.levels();
    return std::accumulate(levels.begin(), levels.end(), std::uint64_t{0});
}

// Of the sample in the middle of the file.
std::uint64_t window_spikes(const std::filesystem::path& path) {
    const TraceFile file(path);
    std::uint64_t spikes = 0;
    file.visit(file.samples() / 2, k_window_population, k_window, [&](const StreamTrace& stream) {
        spikes += stream.slots.size();
    });
    return spikes;
}

bool is_right(const std::filesystem::path& path, std::uint64_t written) {
    std::uint64_t wanted = 0;
    Packet packet;
    for (Tick tick = k_window.from; tick < k_window.until; ++tick) {
        draw(TraceFile(path).samples() / 2, tick, k_window_population, packet);
        wanted += packet.slots.size();
    }
    return levels_total(path) == written && window_spikes(path) == wanted;
}

double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int run(const std::filesystem::path& path, std::uint64_t wanted) {
    std::uint64_t written = 0;
    const double writing = seconds([&] { written = write(path, wanted); });
    if (!is_right(path, written)) {
        std::fprintf(stderr, "the file does not hold what was written\n");
        return 1;
    }
    const double picture = seconds([&] { levels_total(path); });
    const double window = seconds([&] { window_spikes(path); });
    const auto bytes = static_cast<double>(std::filesystem::file_size(path));
    std::printf("%llu spikes in %.1f s, drawing them included; %.3f bytes a spike\n",
                static_cast<unsigned long long>(written),
                writing,
                bytes / static_cast<double>(written));
    std::printf("first picture %.3f ms, window %.3f ms, each with the opening\n",
                picture * 1e3,
                window * 1e3);
    return 0;
}

}  // namespace
}  // namespace saltus::bench

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: large_trace FILE SPIKES\n");
        return 2;
    }
    try {
        return saltus::bench::run(argv[1], std::strtoull(argv[2], nullptr, 10));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
