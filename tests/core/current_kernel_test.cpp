// The kernel of neurons with synaptic currents, held against the update rule written out plainly.
#include <bit>
#include <cmath>
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

struct Neurons {
    std::vector<float> v;
    std::vector<float> i[k_most_currents];
    std::vector<float> x[k_most_currents];
    std::vector<std::uint64_t> held;
};

// Everything that a run leaves behind.
struct Outcome {
    Neurons neurons;
    std::vector<std::uint32_t> fired;
    CurrentResult result;
};

CurrentRun random_run(std::mt19937& random, std::uint32_t size) {
    const auto flip = [&] { return random() % 2 == 0; };
    CurrentRun run;
    run.size = size;
    run.first = 64 * static_cast<std::uint32_t>(random() % 10);
    run.receptors = 1 + static_cast<std::uint32_t>(random() % 2);
    run.beta = flip() ? 0.875F : 0.3F;
    run.v_rest = flip() ? 0.1F : flip() ? 0.0F : -0.0F;
    run.theta = flip() ? 0.5F : 0.0F;
    run.v_reset = flip() ? -0.25F : -0.0F;
    for (std::uint32_t k = 0; k < k_most_currents; ++k) {
        run.alpha[k] = flip() ? 0.9F : 0.4F;
        run.gain[k] = flip() ? 1.0F : -0.7F;
    }
    run.current_before = flip();
    run.above = flip();
    run.subtracts = flip();
    run.may_fire = random() % 4 != 0;
    run.keeps_held = flip();
    run.drops_held = !run.keeps_held && flip();
    run.ask_changed = flip();
    return run;
}

Neurons random_neurons(std::mt19937& random, const CurrentRun& run, bool input, bool spoil) {
    std::uniform_real_distribution<float> noise(-1, 1);
    Neurons neurons;
    neurons.held.resize((run.size + 63) / 64);
    for (auto& word : neurons.held) {
        word = (std::uint64_t{random()} << 32 | random()) & random();
    }
    for (std::uint32_t j = 0; j < run.size; ++j) {
        // now and then the smallest numbers there are, and zeros, whose signs must come out right
        const auto number = [&] {
            const auto kind = random() % 16;
            return kind == 0   ? 0.0F
                   : kind == 1 ? -std::numeric_limits<float>::denorm_min()
                   : kind == 2 ? std::numeric_limits<float>::denorm_min()
                               : noise(random);
        };
        neurons.v.push_back(random() % 16 == 0 ? -0.0F : number());
        for (std::uint32_t k = 0; k < k_most_currents; ++k) {
            neurons.i[k].push_back(number());
            neurons.x[k].push_back(input ? number() : 0.0F);
        }
    }
    if (spoil) {
        const auto place = random() % run.size;
        neurons.i[0][place] = random() % 2 == 0 ? std::numeric_limits<float>::infinity()
                                                : std::numeric_limits<float>::quiet_NaN();
    }
    return neurons;
}

// docs/semantics.md#the-update-rule for these neurons.
Outcome follow_rule(const CurrentRun& run, const Neurons& start) {
    Outcome out;
    out.neurons = start;
    out.result.not_finite = run.size;
    const auto passes = [&](float h) { return run.above ? h > run.theta : h >= run.theta; };
    const auto differ = [](float a, float b) {
        return std::bit_cast<std::uint32_t>(a) != std::bit_cast<std::uint32_t>(b);
    };
    for (std::uint32_t j = 0; j < run.size; ++j) {
        const bool held = ((start.held[j / 64] >> (j % 64)) & 1) != 0;
        const float v = start.v[j];
        float h = run.v_rest == 0 ? run.beta * v : run.beta * (v - run.v_rest) + run.v_rest;
        for (std::uint32_t k = 0; k < run.receptors; ++k) {
            const float old = start.i[k][j];
            const float x = held && run.drops_held ? 0.0F : start.x[k][j];
            const float next = run.alpha[k] * old + x;
            const float used = run.current_before ? old : next;
            h = h + (run.gain[k] == 1 ? used : run.gain[k] * used);
            out.neurons.i[k][j] = next;
            out.neurons.x[k][j] = 0;
            out.result.changed |= run.ask_changed && differ(next, old);
        }
        if (held && run.keeps_held) {
            h = v;
        }
        if (!std::isfinite(h) && out.result.not_finite == run.size) {
            out.result.not_finite = j;
        }
        if (run.may_fire && !held && passes(h)) {
            out.fired.push_back(run.first + j);
            h = run.subtracts ? h - run.theta : run.v_reset;
        }
        out.result.changed |= run.ask_changed && differ(h, v);
        out.result.passes |= run.ask_changed && passes(h);
        out.neurons.v[j] = h;
    }
    return out;
}

Outcome follow_kernel(const Kernels& table, CurrentRun run, const Neurons& start, bool input) {
    Outcome out;
    out.neurons = start;
    run.v = out.neurons.v.data();
    for (std::uint32_t k = 0; k < run.receptors; ++k) {
        run.i[k] = out.neurons.i[k].data();
        run.x[k] = input ? out.neurons.x[k].data() : nullptr;
    }
    run.held = out.neurons.held.data();
    out.fired.resize(run.size);
    out.result = table.integrate_currents(run, out.fired.data());
    out.fired.resize(out.result.fired);
    return out;
}

}  // namespace

TEST_CASE("kernels: neurons with currents follow the update rule, bit for bit") {
    std::mt19937 random(4);
    for (int round = 0; round < 3000; ++round) {
        const CurrentRun run = random_run(random, static_cast<std::uint32_t>(1 + random() % 200));
        const bool input = random() % 2 == 0;
        const bool spoil = random() % 8 == 0;
        const Neurons start = random_neurons(random, run, input, spoil);
        const Outcome want = follow_rule(run, start);
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            CAPTURE(round);
            const Outcome got = follow_kernel(*table, run, start, input);
            REQUIRE(got.result.not_finite == want.result.not_finite);
            REQUIRE(got.fired == want.fired);
            if (want.result.not_finite < run.size) {
                continue;  // the sample has failed
            }
            REQUIRE(same_bits(got.neurons.v, want.neurons.v));
            for (std::uint32_t k = 0; k < run.receptors; ++k) {
                REQUIRE(same_bits(got.neurons.i[k], want.neurons.i[k]));
                REQUIRE(same_bits(got.neurons.x[k], want.neurons.x[k]));
            }
            REQUIRE(got.result.changed == want.result.changed);
            REQUIRE(got.result.passes == want.result.passes);
        }
    }
}
