// The time an encoder takes for a sample of 784 numbers over 100 ticks, and for an event of it (a
// slot in a packet; for `duplicate` a held value). Before it is timed, a sample must come out as a
// second encoder gives it when asked tick by tick, in ascending order, and must send something.
#include <benchmark/benchmark.h>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "encoders/encoder.hpp"

namespace saltus::bench {
namespace {

constexpr Tick k_ticks = 100;
constexpr std::uint32_t k_neurons = 784;

std::unique_ptr<Encoder> make(const Coding& coding) {
    const EncoderContext context{.shape = {1, 28, 28}, .population = 0, .horizon = k_ticks};
    return make_encoder(coding, context);
}

// A fifth of the numbers is not 0, as in a drawn digit; of events, a tenth is a spike.
std::vector<float> input_of(const Coding& coding, std::size_t frames) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> value(0, 1);
    const bool events = std::holds_alternative<EventsCoding>(coding);
    std::vector<float> all(frames * activations_per_frame(coding, {1, 28, 28}));
    for (float& a : all) {
        a = events ? (random() % 10 == 0 ? 1.0F : 0.0F)
                   : (random() % 5 == 0 ? value(random) : 0.0F);
    }
    return all;
}

// Packets put end to end: tick, slots and payloads in one list.
std::vector<double> sent(Encoder& encoder, const EncoderInput& input, Tick step) {
    std::vector<double> all;
    encoder.start(input);
    Packet packet;
    for (Tick until = step - 1; until < k_ticks; until += step) {
        while (encoder.next(until, packet)) {
            for (std::size_t k = 0; k < packet.slots.size(); ++k) {
                all.push_back(static_cast<double>(packet.tick) * k_neurons + packet.slots[k]);
                all.push_back(static_cast<double>(packet.payload(k)));
            }
        }
    }
    return all;
}

bool ascends(const std::vector<double>& all) {
    for (std::size_t k = 2; k < all.size(); k += 2) {
        if (all[k] <= all[k - 2]) {
            return false;
        }
    }
    return !all.empty();
}

void encode(benchmark::State& state, const Coding& coding, std::size_t frames, Tick each) {
    const std::vector<float> values = input_of(coding, frames);
    const EncoderInput input{
        .sample = 7, .activations = values, .frames = frames, .ticks_per_frame = each};
    const std::unique_ptr<Encoder> encoder = make(coding);
    const std::vector<double> whole = sent(*encoder, input, k_ticks);
    if (!ascends(whole) || whole != sent(*make(coding), input, 1)) {
        state.SkipWithError("sends otherwise when asked tick by tick");
        return;
    }
    Packet packet;
    for (auto _ : state) {
        encoder->start(input);
        while (encoder->next(k_ticks - 1, packet)) {
            benchmark::DoNotOptimize(packet.slots.data());
        }
    }
    const auto events = static_cast<double>(whole.size() / 2);
    state.counters["events"] = events;
    state.counters["event"] =
        benchmark::Counter(events * static_cast<double>(state.iterations()),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void add(const std::string& name, const Coding& coding, std::size_t frames = 1, Tick each = 1) {
    benchmark::RegisterBenchmark(
        ("encoders/" + name).c_str(),
        [coding, frames, each](benchmark::State& state) { encode(state, coding, frames, each); });
}

}  // namespace
}  // namespace saltus::bench

int main(int argc, char** argv) {
    using namespace saltus;
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    bench::add("duplicate", DuplicateCoding{});
    bench::add("gaussian", GaussianCoding{});
    bench::add("bernoulli", BernoulliCoding{});
    bench::add("poisson", PoissonCoding{});
    bench::add("latency", LatencyCoding{});
    bench::add("phase", PhaseCoding{});
    bench::add("burst", BurstCoding{});
    bench::add("delta", DeltaCoding{}, 10, 10);
    bench::add("events", EventsCoding{}, 100);
    benchmark::RunSpecifiedBenchmarks();
}
