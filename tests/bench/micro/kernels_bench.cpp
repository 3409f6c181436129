// Synaptic operations a second of the inner loops, by where their weights lie: rows that fit the
// first, second or third cache, or none. The instruction set is the one the program chooses
// (SALTUS_KERNELS chooses another). Each loop's result is compared with a plain loop's, bit for
// bit, before it is timed.
#include <algorithm>
#include <benchmark/benchmark.h>
#include <bit>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "core/kernels/kernels.hpp"

namespace saltus::bench {
namespace {

using detail::ConvScatter;
using detail::Events;
using detail::IntegrateResult;
using detail::IntegrateRun;
using detail::k_tile;
using detail::kernels;
using detail::Tap;
using detail::TileSums;

constexpr std::uint32_t k_targets = 512;

// Touched by one pass, in bytes, about: the half of the rows that events name.
struct Place {
    const char* name;
    std::uint64_t bytes;
};

constexpr Place k_places[] = {{"L1", std::uint64_t{24} << 10},
                              {"L2", std::uint64_t{1} << 20},
                              {"L3", std::uint64_t{24} << 20},
                              {"DRAM", std::uint64_t{640} << 20}};

std::vector<float> noise(std::mt19937& random, std::size_t n) {
    std::vector<float> values(n);
    // Cheap: there may be hundreds of millions of them.
    std::generate(values.begin(), values.end(), [&] {
        return static_cast<float>(static_cast<std::int32_t>(random())) * 0x1p-31F;
    });
    return values;
}

// Ascending, each slot with probability `rate`.
std::vector<std::uint32_t> some_of(std::mt19937& random, std::uint32_t n, double rate) {
    std::bernoulli_distribution fires(rate);
    std::vector<std::uint32_t> slots;
    for (std::uint32_t s = 0; s < n; ++s) {
        if (fires(random)) {
            slots.push_back(s);
        }
    }
    return slots;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
        return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
    });
}

// Times `pass`, which does `operations` synaptic operations, if the check has passed.
void time_passes(benchmark::State& state,
                 bool right,
                 std::uint64_t operations,
                 const std::function<void()>& pass) {
    if (!right) {
        state.SkipWithError("another result than a plain loop's");
        return;
    }
    for (auto _ : state) {
        pass();
        benchmark::ClobberMemory();
    }
    state.counters["synops"] = benchmark::Counter(
        static_cast<double>(operations) * static_cast<double>(state.iterations()),
        benchmark::Counter::kIsRate);
}

void add_rows(benchmark::State& state, std::uint64_t bytes) {
    const auto rows = static_cast<std::uint32_t>(2 * bytes / (k_targets * sizeof(float)));
    std::mt19937 random(1);
    const std::vector<float> weights = noise(random, std::size_t{rows} * k_targets);
    const std::vector<std::uint32_t> slots = some_of(random, rows, 0.5);
    std::vector<float> expected(k_targets);
    for (const std::uint32_t slot : slots) {
        for (std::uint32_t j = 0; j < k_targets; ++j) {
            expected[j] += weights[std::size_t{slot} * k_targets + j];
        }
    }
    std::vector<float> x(k_targets);
    const auto pass = [&] {
        std::fill(x.begin(), x.end(), 0.0F);
        kernels().add_rows(
            x.data(), k_targets, weights.data(), k_targets, {slots.data(), nullptr, slots.size()});
    };
    pass();
    time_passes(state, same_bits(x, expected), slots.size() * k_targets, pass);
}

void sum_rows8(benchmark::State& state, std::uint64_t bytes) {
    const auto rows = static_cast<std::uint32_t>(2 * bytes / k_targets);
    std::mt19937 random(2);
    std::vector<std::int8_t> weights(std::size_t{rows} * k_targets);
    std::generate(weights.begin(), weights.end(), [&] {
        return static_cast<std::int8_t>(random() % 255 - 127);
    });
    const std::vector<std::uint32_t> slots = some_of(random, rows, 0.5);
    std::vector<std::int32_t> expected(k_targets);
    for (const std::uint32_t slot : slots) {
        for (std::uint32_t j = 0; j < k_targets; ++j) {
            expected[j] += weights[std::size_t{slot} * k_targets + j];
        }
    }
    std::vector<std::int32_t> sums(k_targets);
    const auto pass = [&] {
        kernels().sum_rows8(
            sums.data(), k_targets, weights.data(), k_targets, slots.data(), slots.size());
    };
    pass();
    time_passes(state, sums == expected, slots.size() * k_targets, pass);
}

// A tile of targets over 64 ticks, an eighth of the sources firing at each.
void add_tile(benchmark::State& state, std::uint64_t bytes) {
    constexpr std::uint32_t k_ticks = 64;
    const auto rows = static_cast<std::uint32_t>(bytes / (k_tile * sizeof(float)));
    std::mt19937 random(3);
    const std::vector<float> weights = noise(random, std::size_t{rows} * k_tile);
    std::vector<std::vector<std::uint32_t>> slots;
    std::vector<Events> events;
    std::vector<float> expected(std::size_t{k_ticks} * k_tile);
    std::uint64_t count = 0;
    for (std::uint32_t t = 0; t < k_ticks; ++t) {
        slots.push_back(some_of(random, rows, 0.125));
        count += slots[t].size();
        for (const std::uint32_t slot : slots[t]) {
            for (std::uint32_t j = 0; j < k_tile; ++j) {
                expected[t * k_tile + j] += weights[std::size_t{slot} * k_tile + j];
            }
        }
    }
    for (const std::vector<std::uint32_t>& tick : slots) {
        events.push_back({tick.data(), nullptr, tick.size()});
    }
    std::vector<float> x(std::size_t{k_ticks} * k_tile);
    const std::vector<float> start(k_tile);
    TileSums sums;
    sums.x = x.data();
    sums.start = start.data();
    sums.ticks = k_ticks;
    sums.lanes = k_tile;
    sums.events = events.data();
    const auto pass = [&] { kernels().add_tile(sums, weights.data(), k_tile); };
    pass();
    time_passes(state, same_bits(x, expected), count * k_tile, pass);
}

// A tile of targets over 60 ticks, four of five sources firing at each, as a product. All its
// multiplications count, by 0 as by 1: add_tile's figure over this one is the activity from which
// on the product is the faster.
struct Multiplied {
    static constexpr std::uint32_t k_ticks = 60;

    std::vector<std::uint64_t> raster;
    std::vector<std::uint32_t> sources;
    std::vector<float> start = std::vector<float>(k_tile);
    std::vector<float> x = std::vector<float>(std::size_t{k_ticks} * k_tile);
    TileSums sums;

    Multiplied(std::mt19937& random, std::uint32_t rows)
        : raster(std::size_t{detail::k_raster_words} * rows), sources(rows) {
        std::bernoulli_distribution fires(0.8);
        for (std::uint32_t s = 0; s < rows; ++s) {
            sources[s] = s;
            for (std::uint32_t t = 0; t < k_ticks; ++t) {
                raster[s] |= std::uint64_t{fires(random) ? 1U : 0U} << t;
            }
        }
        sums.x = x.data();
        sums.start = start.data();
        sums.ticks = k_ticks;
        sums.lanes = k_tile;
    }

    [[nodiscard]] bool fires(std::uint32_t source, std::uint32_t tick) const {
        return (raster[source] >> tick & 1) != 0;
    }
};

void multiply_tile(benchmark::State& state, std::uint32_t rows) {
    std::mt19937 random(6);
    Multiplied product(random, rows);
    const std::vector<float> weights = noise(random, std::size_t{rows} * k_tile);
    std::vector<float> spikes;
    for (std::uint32_t t = 0; t < Multiplied::k_ticks; t += detail::k_product_ticks) {
        for (std::uint32_t s = 0; s < rows; ++s) {
            for (std::uint32_t k = 0; k < detail::k_product_ticks; ++k) {
                spikes.push_back(product.fires(s, t + k) ? 1 : 0);
            }
        }
    }
    std::vector<float> expected(product.x.size());
    for (std::uint32_t t = 0; t < Multiplied::k_ticks; ++t) {
        for (std::uint32_t s = 0; s < rows; ++s) {
            for (std::uint32_t j = 0; product.fires(s, t) && j < k_tile; ++j) {
                expected[t * k_tile + j] += weights[std::size_t{s} * k_tile + j];
            }
        }
    }
    const auto pass = [&] {
        kernels().multiply_tile(product.sums, {spikes.data(), weights.data(), rows});
    };
    pass();
    const std::uint64_t operations = std::uint64_t{rows} * Multiplied::k_ticks * k_tile;
    time_passes(state, same_bits(product.x, expected), operations, pass);
}

void multiply_tile8(benchmark::State& state, std::uint32_t rows) {
    const std::uint32_t groups = rows / detail::k_group;
    std::mt19937 random(7);
    Multiplied product(random, rows);
    std::vector<std::int8_t> weights(std::size_t{rows} * k_tile);
    std::generate(weights.begin(), weights.end(), [&] {
        return static_cast<std::int8_t>(random() % 255 - 127);
    });
    const std::vector<float> scales(k_tile, 0.0078125F);
    const std::vector<std::int32_t> constant(k_tile);
    std::vector<float> expected(product.x.size());
    for (std::uint32_t t = 0; t < Multiplied::k_ticks; ++t) {
        for (std::uint32_t j = 0; j < k_tile; ++j) {
            std::int32_t sum = 0;
            for (std::uint32_t s = 0; s < rows; ++s) {
                sum += product.fires(s, t) ? weights[std::size_t{s} * k_tile + j] : 0;
            }
            expected[t * k_tile + j] = scales[j] * static_cast<float>(sum);
        }
    }
    std::vector<std::int8_t> grouped(weights.size());
    std::vector<std::uint8_t> spikes(groups * detail::k_spikes_pitch);
    const std::uint32_t* const sources = product.sources.data();
    kernels().pack_groups8(grouped.data(), weights.data(), k_tile, sources, rows);
    kernels().spread_spikes8(spikes.data(), product.raster.data(), rows, sources, rows);
    const auto pass = [&] {
        kernels().multiply_tile8(
            product.sums, {spikes.data(), grouped.data(), groups, constant.data()}, scales.data());
    };
    pass();
    const std::uint64_t operations = std::uint64_t{rows} * Multiplied::k_ticks * k_tile;
    time_passes(state, same_bits(product.x, expected), operations, pass);
}

// 3x3, padding 1, over 32 x 32 pixels: the taps of one axis.
struct Taps {
    static constexpr std::uint32_t k_size = 32;

    std::vector<Tap> taps;
    std::vector<std::uint32_t> starts = {0};

    Taps() {
        for (std::uint32_t source = 0; source < k_size; ++source) {
            for (std::uint32_t kernel = 0; kernel < 3; ++kernel) {
                const std::uint32_t target = source + 1 - kernel;
                if (target < k_size) {
                    taps.push_back({kernel, target});
                }
            }
            starts.push_back(static_cast<std::uint32_t>(taps.size()));
        }
    }
};

// One target's sources in ascending slot, as the contract has it.
std::vector<float> plain_convolution(const std::vector<float>& weights,
                                     std::uint32_t channels,
                                     const std::vector<std::uint32_t>& slots,
                                     std::uint64_t& operations) {
    std::vector<float> x(std::size_t{Taps::k_size} * Taps::k_size * channels);
    for (const std::uint32_t slot : slots) {
        const std::uint32_t c = slot % channels;
        const std::uint32_t px = slot / channels % Taps::k_size;
        const std::uint32_t py = slot / channels / Taps::k_size;
        for (std::uint32_t ky = 0; ky < 3; ++ky) {
            for (std::uint32_t kx = 0; kx < 3; ++kx) {
                const std::uint32_t ty = py + 1 - ky;
                const std::uint32_t tx = px + 1 - kx;
                if (ty >= Taps::k_size || tx >= Taps::k_size) {
                    continue;
                }
                const float* const run = &weights[std::size_t{(c * 3 + ky) * 3 + kx} * channels];
                float* const to = &x[std::size_t{ty * Taps::k_size + tx} * channels];
                for (std::uint32_t o = 0; o < channels; ++o) {
                    to[o] += run[o];
                }
                operations += channels;
            }
        }
    }
    return x;
}

void scatter(benchmark::State& state, std::uint32_t channels) {
    std::mt19937 random(4);
    const std::vector<float> weights = noise(random, std::size_t{channels} * 9 * channels);
    const std::uint32_t sources = Taps::k_size * Taps::k_size * channels;
    const std::vector<std::uint32_t> slots = some_of(random, sources, 0.06);
    const Taps taps;
    ConvScatter conv;
    conv.weights = weights.data();
    conv.pitch = conv.channels = conv.group_channels = conv.run = conv.out_channels = channels;
    conv.source_width = conv.target_width = Taps::k_size;
    conv.kernel_height = conv.kernel_width = 3;
    conv.row_taps = conv.column_taps = taps.taps.data();
    conv.row_starts = conv.column_starts = taps.starts.data();
    std::uint64_t operations = 0;
    const std::vector<float> expected = plain_convolution(weights, channels, slots, operations);
    std::vector<float> x(expected.size());
    const auto pass = [&] {
        std::fill(x.begin(), x.end(), 0.0F);
        kernels().scatter(x.data(), conv, {slots.data(), nullptr, slots.size()});
    };
    pass();
    time_passes(state, same_bits(x, expected), operations, pass);
}

// Leak, add, test, reset; the counter is neurons a second. One in ten fires at a tick.
void integrate(benchmark::State& state, std::uint32_t neurons) {
    std::mt19937 random(5);
    const std::vector<float> x = noise(random, neurons);
    std::vector<float> v(neurons);
    std::vector<float> expected(neurons);
    std::vector<std::uint32_t> fires;
    std::vector<std::uint32_t> fired(neurons);
    IntegrateRun run;
    run.v = v.data();
    run.x = x.data();
    run.size = neurons;
    run.beta = 0.875F;
    run.theta = 0.8F;
    for (std::uint32_t j = 0; j < neurons; ++j) {
        const float leaked = run.beta * expected[j];
        const float h = leaked + x[j];
        expected[j] = h >= run.theta ? h - run.theta : h;
        if (h >= run.theta) {
            fires.push_back(j);
        }
    }
    const IntegrateResult result = kernels().integrate(run, fired.data());
    const std::vector<std::uint32_t> got(fired.begin(), fired.begin() + result.fired);
    const bool right = same_bits(v, expected) && got == fires;
    time_passes(state, right, neurons, [&] { kernels().integrate(run, fired.data()); });
    state.counters["neurons"] = state.counters["synops"];
    state.counters.erase("synops");
}

void add_all() {
    for (const Place& place : k_places) {
        const std::string name = std::string("/") + place.name;
        const std::uint64_t bytes = place.bytes;
        benchmark::RegisterBenchmark(("kernels/add_rows" + name).c_str(),
                                     [bytes](benchmark::State& s) { add_rows(s, bytes); });
        benchmark::RegisterBenchmark(("kernels/sum_rows8" + name).c_str(),
                                     [bytes](benchmark::State& s) { sum_rows8(s, bytes); });
    }
    for (const Place& place : {k_places[0], k_places[1]}) {
        const std::uint64_t bytes = place.bytes;
        benchmark::RegisterBenchmark((std::string("kernels/add_tile/") + place.name).c_str(),
                                     [bytes](benchmark::State& s) { add_tile(s, bytes); });
    }
    for (const std::uint32_t sources : {96U, 192U, 768U}) {
        const std::string name = "/sources_" + std::to_string(sources);
        if (kernels().multiply_tile != nullptr) {
            benchmark::RegisterBenchmark(
                ("kernels/multiply_tile" + name).c_str(),
                [sources](benchmark::State& s) { multiply_tile(s, sources); });
        }
        if (kernels().multiply_tile8 != nullptr) {
            benchmark::RegisterBenchmark(
                ("kernels/multiply_tile8" + name).c_str(),
                [sources](benchmark::State& s) { multiply_tile8(s, sources); });
        }
    }
    for (const std::uint32_t channels : {32U, 64U, 128U}) {
        benchmark::RegisterBenchmark(
            ("kernels/scatter_3x3/channels_" + std::to_string(channels)).c_str(),
            [channels](benchmark::State& s) { scatter(s, channels); });
    }
    for (const std::uint32_t neurons : {512U, 65536U, 4194304U}) {
        benchmark::RegisterBenchmark(
            ("kernels/integrate/neurons_" + std::to_string(neurons)).c_str(),
            [neurons](benchmark::State& s) { integrate(s, neurons); });
    }
}

}  // namespace
}  // namespace saltus::bench

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    benchmark::AddCustomContext("kernels", saltus::detail::kernels().name);
    saltus::bench::add_all();
    benchmark::RunSpecifiedBenchmarks();
}
