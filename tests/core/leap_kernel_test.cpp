// The kernel of leaping neurons: every table leaves the same bits, looks and firings as the
// baseline, whatever the parameters, the neurons' gaps and the length of the run.
#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "core/kernels/kernels.hpp"
#include "core/kernels/runnable_kernels.hpp"

#include "tests/core/same_bits.hpp"

using namespace saltus;
using namespace saltus::detail;

namespace {

constexpr std::uint32_t k_neurons = 200;
constexpr std::uint32_t k_rows = 300;

struct Setting {
    std::vector<LeapCell> cells{k_neurons};
    std::vector<std::uint32_t> slots;
    std::vector<float> x[k_most_leap_receptors];
    std::vector<float> drive[k_most_leap_receptors];
    std::vector<std::uint64_t> held;
    std::vector<float> rows;
    LeapBounds bounds;
    LeapRun run;
};

// Everything that a run leaves behind.
struct Outcome {
    std::vector<std::uint32_t> words;  // of the cells, i of no receptor left out
    std::vector<std::uint32_t> fired;
    std::vector<NearTick> look_ticks;
    std::vector<std::uint32_t> look_slots;
    LeapResult result;
};

void draw_range(std::mt19937& random, LeapBounds::Range& range) {
    std::uniform_real_distribution<float> share(0, 1);
    for (std::uint32_t s = 0; s < k_segments; ++s) {
        range.least[s] = share(random) / 2;
        range.greatest[s] = range.least[s] + share(random) / 2;
    }
    range.magnitude = 1;
    range.greatest_ever = share(random);
}

void draw_bounds(std::mt19937& random, LeapBounds& bounds) {
    std::uint32_t at = 1;
    for (std::uint32_t& start : bounds.start) {
        start = at;
        at += static_cast<std::uint32_t>(random() % 40);
    }
    draw_range(random, bounds.leak);
    for (std::uint32_t k = 0; k < k_most_leap_receptors; ++k) {
        draw_range(random, bounds.c[k]);
        draw_range(random, bounds.d[k]);
    }
}

void draw_run(std::mt19937& random, LeapRun& run) {
    const auto flip = [&] { return random() % 2 == 0; };
    run.receptors = 1 + static_cast<std::uint32_t>(random() % 2);
    run.t = (flip() ? Tick{1} << 32 : Tick{1} << 40) + static_cast<Tick>(random() % 400) - 200;
    run.arrived = flip();
    run.row_count = k_rows;
    run.v_rest = flip() ? 0.0F : 0.1F;
    run.theta = flip() ? 0.5F : 1.5F;
    run.v_reset = flip() ? -0.25F : 0.0F;
    run.current_before = flip();
    run.above = flip();
    run.subtracts = flip();
    run.may_fire = random() % 4 != 0;
    run.looks_on = random() % 4 != 0;
    run.has_refractory = flip();
    run.keeps_held = flip();
    run.drops_held = !run.keeps_held && flip();
    for (std::uint32_t k = 0; k < run.receptors; ++k) {
        run.gain[k] = flip() ? 1.0F : 0.7F;
        run.remembers[k] = random() % 4 != 0;
    }
}

void draw_neurons(std::mt19937& random, Setting& made, bool spoil) {
    std::uniform_real_distribution<float> noise(-1, 1);
    const LeapRun& run = made.run;
    for (LeapCell& cell : made.cells) {
        cell.last = run.t - 1 - static_cast<Tick>(random() % k_rows);
        cell.look = k_no_tick;
        cell.due = random() % 2 == 0 ? k_no_tick
                                     : near_tick(run.t + 1 + static_cast<Tick>(random() % 300));
        cell.v = noise(random);
        for (float& i : cell.i) {
            i = random() % 8 == 0 ? -0.0F : noise(random);
        }
    }
    if (spoil) {
        LeapCell& cell = made.cells[random() % k_neurons];
        switch (random() % 3) {
            case 0:
                cell.v = std::numeric_limits<float>::infinity();
                break;
            case 1:
                cell.last = run.t;
                break;
            default:
                cell.last -= random() % 2 == 0 ? Tick{k_rows} : Tick{1} << 32;
        }
    }
}

Setting draw(std::mt19937& random) {
    std::uniform_real_distribution<float> noise(-1, 1);
    const auto flip = [&] { return random() % 2 == 0; };
    Setting made;
    draw_run(random, made.run);
    draw_bounds(random, made.bounds);
    draw_neurons(random, made, random() % 4 == 0);
    made.slots.resize(k_neurons);
    std::iota(made.slots.begin(), made.slots.end(), 0U);
    std::shuffle(made.slots.begin(), made.slots.end(), random);
    made.slots.resize(1 + random() % (flip() ? 40 : k_neurons));
    for (std::uint32_t k = 0; k < made.run.receptors; ++k) {
        made.x[k].resize(random() % 4 == 0 ? 0 : made.slots.size());
        std::generate(made.x[k].begin(), made.x[k].end(), [&] { return noise(random); });
        made.drive[k].resize(random() % 4 == 0 ? k_neurons : 0);
        std::generate(made.drive[k].begin(), made.drive[k].end(), [&] { return noise(random); });
    }
    if (flip()) {
        made.held.resize((k_neurons + 63) / 64);
        std::generate(made.held.begin(), made.held.end(), [&] {
            return (std::uint64_t{random()} << 32 | random()) & (std::uint64_t{random()} << 20);
        });
    }
    made.run.row_stride = 12;
    made.rows.resize(k_rows * made.run.row_stride);
    std::generate(made.rows.begin(), made.rows.end(), [&] { return std::abs(noise(random)); });
    return made;
}

Outcome outcome_of(const Kernels& kernels, Setting setting) {
    LeapRun run = setting.run;
    run.slots = setting.slots.data();
    run.count = static_cast<std::uint32_t>(setting.slots.size());
    run.cells = setting.cells.data();
    for (std::uint32_t k = 0; k < run.receptors; ++k) {
        run.x[k] = setting.x[k].empty() ? nullptr : setting.x[k].data();
        run.effective[k] = setting.drive[k].empty() ? nullptr : setting.drive[k].data();
    }
    run.held = setting.held.empty() ? nullptr : setting.held.data();
    run.rows = setting.rows.data();
    run.bounds = &setting.bounds;
    Outcome outcome;
    outcome.fired.resize(run.count + 16);
    outcome.look_ticks.resize(run.count + 16);
    outcome.look_slots.resize(run.count + 16);
    outcome.result = kernels.leap_neurons(
        run, {outcome.fired.data(), outcome.look_ticks.data(), outcome.look_slots.data()});
    outcome.fired.resize(outcome.result.fired);
    outcome.look_ticks.resize(outcome.result.looks);
    outcome.look_slots.resize(outcome.result.looks);
    for (const LeapCell& cell : setting.cells) {
        outcome.words.push_back(static_cast<std::uint32_t>(cell.last));
        outcome.words.push_back(static_cast<std::uint32_t>(cell.last >> 32));
        outcome.words.push_back(cell.look);
        outcome.words.push_back(cell.due);
        outcome.words.push_back(std::bit_cast<std::uint32_t>(cell.v));
        for (std::uint32_t k = 0; k < run.receptors; ++k) {
            outcome.words.push_back(std::bit_cast<std::uint32_t>(cell.i[k]));
        }
    }
    return outcome;
}

}  // namespace

TEST_CASE("leap kernel: every table does what the baseline does") {
    std::mt19937 random(5);
    std::size_t fired = 0;
    std::size_t looks = 0;
    for (int trial = 0; trial < 3000; ++trial) {
        CAPTURE(trial);
        const Setting setting = draw(random);
        const Outcome expected = outcome_of(k_kernels_baseline, setting);
        fired += expected.fired.size();
        looks += expected.look_slots.size();
        for (const Kernels* const kernels : runnable_kernels()) {
            CAPTURE(kernels->name);
            const Outcome got = outcome_of(*kernels, setting);
            REQUIRE(got.words == expected.words);
            REQUIRE(got.fired == expected.fired);
            REQUIRE(got.look_ticks == expected.look_ticks);
            REQUIRE(got.look_slots == expected.look_slots);
            REQUIRE(got.result.done == expected.result.done);
            REQUIRE(got.result.failed == expected.result.failed);
            REQUIRE((!got.result.failed || got.result.not_finite == expected.result.not_finite));
        }
    }
    CHECK(fired > 0);
    CHECK(looks > 0);
}
