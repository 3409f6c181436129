// Every instruction set's kernels against plain loops, bit for bit.
#include "core/kernels/kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "core/kernels/runnable_kernels.hpp"

#include "tests/core/same_bits.hpp"

using namespace saltus::detail;
using saltus::test::same_bits;

namespace {

std::vector<float> noise(std::mt19937& random, std::size_t n) {
    std::normal_distribution<float> normal;
    std::vector<float> values(n);
    std::generate(values.begin(), values.end(), [&] { return normal(random); });
    return values;
}

std::vector<std::uint32_t> some_of(std::mt19937& random, std::uint32_t n) {
    std::vector<std::uint32_t> slots;
    const std::uint32_t one_in = 1 + static_cast<std::uint32_t>(random() % 8);
    for (std::uint32_t s = 0; s < n; ++s) {
        if (random() % one_in == 0) {
            slots.push_back(s);
        }
    }
    return slots;
}

}  // namespace

TEST_CASE("kernels: bits are counted run by run, whatever lies between runs") {
    std::mt19937_64 random(8);
    for (std::size_t words : {0, 1, 7, 9}) {
        const std::size_t pitch = words + random() % 3;
        const std::size_t runs = 1 + random() % 100;
        std::vector<std::uint64_t> fires(pitch * runs + words);
        std::generate(fires.begin(), fires.end(), random);
        std::vector<std::size_t> expected(runs);
        for (std::size_t r = 0; r < runs; ++r) {
            for (std::size_t k = 0; k < words; ++k) {
                expected[r] += static_cast<std::size_t>(std::popcount(fires[r * pitch + k]));
            }
        }
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            std::vector<std::size_t> counts(runs);
            table->count_fired(counts.data(), runs, fires.data(), words, pitch);
            CHECK(counts == expected);
        }
    }
}

TEST_CASE("kernels: slots ascend unless one is no larger than the one before or has the top bit") {
    std::mt19937 random(7);
    for (int round = 0; round < 400; ++round) {
        const std::vector<std::uint32_t> sound =
            some_of(random, static_cast<std::uint32_t>(random() % 200));
        std::vector<std::uint32_t> faulty = sound;
        if (!faulty.empty()) {
            const std::size_t k = random() % faulty.size();
            const auto less = static_cast<std::uint32_t>(random() % 2);
            faulty[k] = k == 0 || less > faulty[k - 1] || random() % 2 == 0 ? faulty[k] | 0x80000000
                                                                            : faulty[k - 1] - less;
        }
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            CHECK(table->ascend(sound.data(), sound.size()));
            CHECK(table->ascend(faulty.data(), faulty.size()) == faulty.empty());
        }
    }
}

TEST_CASE(
    "kernels: rows are added one after the other to every target, with payloads and without") {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        const auto n = static_cast<std::uint32_t>(1 + random() % 300);
        const auto sources = static_cast<std::uint32_t>(1 + random() % 60);
        const std::uint64_t pitch = n + random() % 20;
        const std::vector<float> weights = noise(random, pitch * sources);
        const std::vector<float> start = noise(random, n);
        const std::vector<std::uint32_t> slots = some_of(random, sources);
        const std::vector<float> payloads = noise(random, slots.size());
        const bool graded = random() % 2 == 0;
        std::vector<float> expected = start;
        for (std::size_t e = 0; e < slots.size(); ++e) {
            for (std::uint32_t j = 0; j < n; ++j) {
                const float w = weights[slots[e] * pitch + j];
                expected[j] = expected[j] + (graded ? w * payloads[e] : w);
            }
        }
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            std::vector<float> x = start;
            table->add_rows(x.data(),
                            n,
                            weights.data(),
                            pitch,
                            {slots.data(), graded ? payloads.data() : nullptr, slots.size()});
            REQUIRE(same_bits(x, expected));
        }
    }
}

TEST_CASE("kernels: int8 rows sum exactly, however many there are") {
    std::mt19937 random(2);
    for (const std::size_t count : {0U, 1U, 257U, 258U, 259U, 1000U}) {
        const std::uint32_t n = 128;
        std::vector<std::int8_t> weights(n * 1000);
        for (std::size_t k = 0; k < weights.size(); ++k) {
            // the first columns hold the extremes, so that an int16 sum would overflow
            weights[k] = k % n == 0   ? 127
                         : k % n == 1 ? -127
                                      : static_cast<std::int8_t>(random() % 255 - 127);
        }
        std::vector<std::uint32_t> slots(count);
        for (std::uint32_t s = 0; s < count; ++s) {
            slots[s] = s;
        }
        std::vector<std::int32_t> expected(n, 0);
        for (const std::uint32_t s : slots) {
            for (std::uint32_t j = 0; j < n; ++j) {
                expected[j] += weights[s * n + j];
            }
        }
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            CAPTURE(count);
            std::vector<std::int32_t> sums(n, -1);
            table->sum_rows8(sums.data(), n, weights.data(), n, slots.data(), count);
            REQUIRE(sums == expected);
        }
    }
}

TEST_CASE(
    "kernels: integrate, test and reset as the update rule says, and name what is not finite") {
    std::mt19937 random(3);
    for (int round = 0; round < 400; ++round) {
        const auto n = static_cast<std::uint32_t>(1 + random() % 100);
        const std::vector<float> start = noise(random, n);
        std::vector<float> x = noise(random, n);
        const bool spoil = random() % 8 == 0;
        const auto place = static_cast<std::uint32_t>(random() % n);
        if (spoil) {
            x[place] = random() % 2 == 0 ? std::numeric_limits<float>::infinity() : std::nanf("");
        }
        IntegrateRun run;
        run.x = x.data();
        run.size = n;
        run.beta = random() % 2 == 0 ? 1.0F : 0.875F;
        run.theta = 0.5F;
        run.v_reset = -0.25F;
        run.above = random() % 2 == 0;
        run.subtracts = random() % 2 == 0;
        run.may_fire = random() % 4 != 0;
        run.first = 1000;
        if (!spoil) {
            x[place] = run.theta - run.beta * start[place];  // on the threshold, or next to it
        }

        std::vector<float> expected = start;
        std::vector<std::uint32_t> fires;
        bool passes_left = false;
        bool changed = false;
        const auto passes = [&](float h) { return run.above ? h > run.theta : h >= run.theta; };
        for (std::uint32_t j = 0; j < n; ++j) {
            const float leaked = run.beta * start[j];
            float h = leaked + x[j];
            if (run.may_fire && passes(h)) {
                fires.push_back(run.first + j);
                h = run.subtracts ? h - run.theta : run.v_reset;
            }
            passes_left = passes_left || passes(h);
            changed = changed ||
                      std::bit_cast<std::uint32_t>(h) != std::bit_cast<std::uint32_t>(start[j]);
            expected[j] = h;
        }
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            std::vector<float> v = start;
            std::vector<std::uint32_t> fired(n);
            run.v = v.data();
            const IntegrateResult result = table->integrate(run, fired.data());
            fired.resize(result.fired);
            REQUIRE(fired == fires);
            REQUIRE(result.not_finite == (spoil ? place : n));
            if (!spoil) {
                REQUIRE(same_bits(v, expected));
                REQUIRE(result.passes == passes_left);
                REQUIRE(result.changed == changed);
            }
        }
    }
}

TEST_CASE("kernels: synapses of pixels' bits are counted, wherever a pixel's bits begin") {
    std::mt19937 random(11);
    for (const std::uint32_t channels : {1U, 3U, 8U, 24U, 32U, 33U, 64U, 96U, 130U}) {
        for (const bool packed : {false, true}) {
            const auto pixel_count = static_cast<std::uint32_t>(1 + random() % 150);
            const auto ticks = static_cast<std::uint32_t>(1 + random() % 70);
            const std::size_t words_of_pixel = (channels + 63) / 64;
            const std::size_t words = packed ? (std::size_t{pixel_count} * channels + 63) / 64
                                             : pixel_count * words_of_pixel;
            const std::size_t pitch = words + random() % 9;
            std::vector<std::uint64_t> bits(pitch * ticks + 1);
            std::vector<std::uint32_t> synapses(pixel_count);
            for (std::uint32_t& many : synapses) {
                many = static_cast<std::uint32_t>(random() % 1000);
            }
            std::uint64_t expected = 0;
            for (std::uint32_t t = 0; t < ticks; ++t) {
                for (std::uint32_t pixel = 0; pixel < pixel_count; ++pixel) {
                    for (std::uint32_t c = 0; c < channels; ++c) {
                        if (random() % 4 == 0) {
                            continue;
                        }
                        const std::size_t bit = packed ? std::size_t{pixel} * channels + c
                                                       : pixel * words_of_pixel * 64 + c;
                        bits[t * pitch + bit / 64] |= std::uint64_t{1} << bit % 64;
                        expected += synapses[pixel];
                    }
                }
            }
            PixelBits pixels;
            pixels.words = bits.data();
            pixels.pitch = pitch;
            pixels.packed = packed;
            pixels.ticks = ticks;
            pixels.pixels = pixel_count;
            pixels.channels = channels;
            for (const Kernels* table : runnable_kernels()) {
                CAPTURE(table->name);
                CAPTURE(channels);
                CAPTURE(packed);
                CHECK(table->count_synapses(pixels, synapses.data()) == expected);
            }
        }
    }
}
