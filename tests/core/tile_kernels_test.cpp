// Tiles through their ticks, by every instruction set's kernels, against plain loops, bit for bit.
#include "core/kernels/tile_kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "core/kernels/kernels.hpp"
#include "core/kernels/runnable_kernels.hpp"

#include "tests/core/same_bits.hpp"

using namespace saltus::detail;
using saltus::test::same_bits;

namespace {

constexpr std::uint32_t k_rows = 300;  // more than int16 sums hold

// A tile with what arrives at it.
struct Case {
    TileRun run;
    TileSums sums;
    std::vector<float> v;
    std::vector<float> x;  // [ticks, k_tile]
    std::vector<std::uint8_t> due;
    std::vector<std::vector<std::uint32_t>> slots;  // by tick
    std::vector<float> payloads;
    std::vector<Events> events;
    std::vector<std::uint64_t> fires;
    alignas(64) float start[k_tile] = {};

    explicit Case(std::mt19937& random) : payloads(k_rows + k_padding) {
        const auto flip = [&] { return random() % 2 == 0; };
        std::normal_distribution<float> normal;
        run.ticks = 1 + static_cast<std::uint32_t>(random() % 20);
        run.size = 1 + static_cast<std::uint32_t>(random() % k_tile);
        run.lanes = (run.size + 15) / 16 * 16;
        run.may_fire = random() % 8 != 0;
        run.keeps = random() % 3 == 0;
        run.beta = run.keeps || flip() ? 1 : 0.875F;
        run.theta = flip() ? 1.0F : 0.5F;
        run.v_reset = flip() ? -0.0F : 0.25F;
        run.above = flip();
        run.subtracts = flip();
        v.resize(k_tile);
        for (std::uint32_t j = 0; j < run.size; ++j) {
            v[j] = random() % 4 == 0 ? -0.0F : normal(random);
            start[j] = run.keeps || flip() ? -0.0F : normal(random) * 0.1F;
        }
        if (random() % 6 == 0) {
            const std::uint32_t j = static_cast<std::uint32_t>(random()) % run.size;
            v[j] = std::numeric_limits<float>::max();
            start[j] = run.keeps ? -0.0F : std::numeric_limits<float>::max();
        }
        std::generate(payloads.begin(), payloads.end(), [&] { return normal(random); });
        const auto density = static_cast<std::uint32_t>(random() % 100);
        const bool graded = random() % 3 == 0;
        due.resize(run.ticks);
        slots.resize(run.ticks);
        for (std::uint32_t t = 0; t < run.ticks; ++t) {
            if (random() % 3 == 0) {
                continue;  // nothing
            }
            for (std::uint32_t s = 0; s < k_rows; ++s) {
                if (random() % 100 < density) {
                    slots[t].push_back(s);
                }
            }
            due[t] = slots[t].empty() ? 0 : 1;
        }
        for (std::uint32_t t = 0; t < run.ticks; ++t) {
            slots[t].resize(slots[t].size() + k_padding);
            events.push_back({slots[t].data(),
                              graded && t % 4 != 3 ? payloads.data() : nullptr,
                              slots[t].size() - k_padding});
        }
        run.due = due.data();
        fires.resize(std::size_t{run.ticks} * 3);
        run.fires_pitch = 3;
        run.fires = fires.data();
        x.resize(std::size_t{run.ticks + 1} * k_tile);
        sums.x = x.data();
        sums.start = start;
        sums.ticks = run.ticks;
        sums.lanes = run.lanes;
        sums.events = events.data();
        run.v = v.data();
        run.x = x.data();
    }
};

struct Plain {
    std::vector<float> v;
    std::vector<std::uint64_t> fires;
    bool finite = true;
};

// Neuron by neuron, every tick; x: [ticks, k_tile].
Plain integrate(const TileRun& run, const std::vector<float>& x) {
    Plain plain;
    plain.v.assign(run.v, run.v + k_tile);
    plain.fires.resize(run.ticks);
    for (std::uint32_t j = 0; j < run.size; ++j) {
        float& v = plain.v[j];
        for (std::uint32_t t = 0; t < run.ticks; ++t) {
            const float h = run.beta * v + x[t * k_tile + j];
            plain.finite = plain.finite && std::isfinite(h);
            const bool fires = run.may_fire && (run.above ? h > run.theta : h >= run.theta);
            v = !fires ? h : run.subtracts ? h - run.theta : run.v_reset;
            plain.fires[t] |= fires ? std::uint64_t{1} << j : 0;
        }
    }
    return plain;
}

std::vector<float> neurons(const Case& tile, const std::vector<float>& v) {
    return {v.begin(), v.begin() + tile.run.size};
}

void check(const TileResult& result, const Case& tile, const Plain& plain) {
    const std::uint32_t ticks = tile.run.ticks;
    CHECK(result.finite == plain.finite);
    if (!plain.finite) {
        return;
    }
    CHECK(same_bits(neurons(tile, tile.v), neurons(tile, plain.v)));
    for (std::uint32_t t = 0; t < ticks; ++t) {
        CHECK(tile.fires[std::size_t{t} * 3] == plain.fires[t]);
    }
    CHECK(result.ticks_run <= ticks);
    CHECK(result.ticks_run >=
          static_cast<std::uint32_t>(std::count(tile.due.begin(), tile.due.end(), 1)));
    bool passes = false;
    for (std::uint32_t j = 0; j < tile.run.size; ++j) {
        passes |= tile.run.above ? plain.v[j] > tile.run.theta : plain.v[j] >= tile.run.theta;
    }
    CHECK(result.passes == passes);
}

std::vector<float> noise(std::mt19937& random, std::size_t n) {
    std::normal_distribution<float> normal(0, 0.1F);
    std::vector<float> values(n);
    std::generate(values.begin(), values.end(), [&] { return normal(random); });
    return values;
}

std::vector<float> sum_plainly(const Case& tile, const std::vector<float>& weights) {
    std::vector<float> x(tile.x.size());
    for (std::uint32_t t = 0; t < tile.run.ticks; ++t) {
        const Events& events = tile.events[t];
        for (std::uint32_t j = 0; j < tile.run.lanes; ++j) {
            float sum = tile.start[j];
            for (std::size_t e = 0; e < events.count; ++e) {
                const float weight = weights[events.slots[e] * k_tile + j];
                sum += events.payloads != nullptr ? weight * events.payloads[e] : weight;
            }
            x[t * k_tile + j] = sum;
        }
    }
    return x;
}

// int8: one product with the scale for the sum of a tick, but with payloads one weight after the
// other.
std::vector<float> sum_plainly8(const Case& tile,
                                const std::vector<std::int8_t>& weights,
                                const float* scales,
                                const std::vector<float>& graded) {
    std::vector<float> x = sum_plainly(tile, graded);
    for (std::uint32_t t = 0; t < tile.run.ticks; ++t) {
        const Events& events = tile.events[t];
        for (std::uint32_t j = 0; j < tile.run.lanes && events.payloads == nullptr; ++j) {
            int sum = 0;
            for (std::size_t e = 0; e < events.count; ++e) {
                sum += weights[events.slots[e] * k_tile + j];
            }
            float& at = x[t * k_tile + j];
            at = tile.start[j];
            at = events.count == 0 ? at : at + scales[j] * static_cast<float>(sum);
        }
    }
    return x;
}

void check_sums(const Case& tile, const std::vector<float>& x) {
    for (std::uint32_t t = 0; t < tile.run.ticks; ++t) {
        for (std::uint32_t j = 0; j < tile.run.lanes; ++j) {
            CHECK(std::bit_cast<std::uint32_t>(tile.x[t * k_tile + j]) ==
                  std::bit_cast<std::uint32_t>(x[t * k_tile + j]));
        }
    }
}

}  // namespace

TEST_CASE("tile kernels: adding rows and integrating is neuron by neuron, at once or in turn") {
    for (const Kernels* kernels : runnable_kernels()) {
        CAPTURE(kernels->name);
        std::mt19937 random(1);
        const std::vector<float> weights = noise(random, std::size_t{k_rows} * k_tile);
        int not_finite = 0;
        for (int round = 0; round < 300; ++round) {
            std::mt19937 same = random;
            Case in_turn(random);
            Case at_once(same);
            const std::vector<float> x = sum_plainly(in_turn, weights);
            const Plain plain = integrate(in_turn.run, x);
            not_finite += plain.finite ? 0 : 1;
            kernels->add_tile(in_turn.sums, weights.data(), k_tile);
            check_sums(in_turn, x);
            const std::vector<float> before = in_turn.v;
            const TileResult result = kernels->integrate_tile(in_turn.run);
            check(result, in_turn, plain);
            if (!result.finite) {
                CHECK(same_bits(in_turn.v, before));
            }
            if (!result.changed) {
                CHECK(same_bits(in_turn.v, before));
            }
            check(kernels->run_tile(at_once.run, at_once.sums, weights.data(), k_tile),
                  at_once,
                  plain);
        }
        CHECK(not_finite > 10);
    }
}

TEST_CASE("tile kernels: int8 rows are summed exactly, those with payloads one by one") {
    for (const Kernels* kernels : runnable_kernels()) {
        CAPTURE(kernels->name);
        std::mt19937 random(2);
        std::vector<std::int8_t> weights(std::size_t{k_rows} * k_tile);
        for (std::int8_t& weight : weights) {
            weight = static_cast<std::int8_t>(random() % 4 == 0 ? 127 : random() % 255 - 127);
        }
        alignas(64) float scales[k_tile];
        for (float& scale : scales) {
            scale = 0.001F + static_cast<float>(random() % 100) * 1e-5F;
        }
        std::vector<float> graded(weights.size());
        for (std::size_t k = 0; k < weights.size(); ++k) {
            graded[k] = scales[k % k_tile] * static_cast<float>(weights[k]);
        }
        for (int round = 0; round < 300; ++round) {
            const bool has_rows = random() % 2 == 0;
            std::mt19937 same = random;
            Case in_turn(random);
            Case at_once(same);
            std::vector<std::uint8_t> graded_ticks;
            for (const Events& events : in_turn.events) {
                graded_ticks.push_back(events.payloads != nullptr ? 1 : 0);
            }
            if (has_rows) {
                for (Case* tile : {&in_turn, &at_once}) {
                    tile->sums.graded = graded.data();
                    tile->sums.graded_ticks = graded_ticks.data();
                }
            }
            const std::vector<float> x = sum_plainly8(in_turn, weights, scales, graded);
            const Plain plain = integrate(in_turn.run, x);
            kernels->add_tile8(in_turn.sums, weights.data(), k_tile, scales);
            check_sums(in_turn, x);
            check(kernels->integrate_tile(in_turn.run), in_turn, plain);
            check(kernels->run_tile8(at_once.run, at_once.sums, weights.data(), k_tile, scales),
                  at_once,
                  plain);
        }
    }
}
