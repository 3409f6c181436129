// The leaping clock's coefficients over long gaps: the bits of the recurrence, stepped tick by
// tick, at a cost that does not follow the gap.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include <doctest/doctest.h>

#include "core/integrate/leaps/leap_sequence.hpp"

#include "tests/core/small_network.hpp"

using namespace saltus;
using namespace saltus::test;
using saltus::detail::add_repeatedly;
using saltus::detail::LeapCoefficients;
using saltus::detail::LeapRates;
using saltus::detail::LeapSequence;
using saltus::detail::StopAsker;

namespace {

std::uint64_t bits(double value) {
    return std::bit_cast<std::uint64_t>(value);
}

// The recurrence as docs/semantics.md writes it.
LeapCoefficients stepped(const LeapRates& r, LeapCoefficients at) {
    const double a = r.alpha * at.a;
    const double b = r.alpha * at.b + 1.0;
    const double c = r.beta * at.c + r.gain * (r.before ? at.a : a);
    const double e = r.beta * at.e + r.gain * (r.before ? at.b : b);
    return {a, b, c, e};
}

void check(const LeapRates& rates, const LeapCoefficients& got, const LeapCoefficients& want) {
    if (rates.narrow) {
        CHECK(static_cast<float>(got.a) == static_cast<float>(want.a));
    } else {
        CHECK(bits(got.a) == bits(want.a));
    }
    CHECK(bits(got.c) == bits(want.c));
    if (rates.driven) {
        CHECK(bits(got.b) == bits(want.b));
        CHECK(bits(got.e) == bits(want.e));
    }
}

}  // namespace

TEST_CASE("leap coefficients: many additions of one number are the additions one by one") {
    std::mt19937_64 random(18);
    std::uniform_real_distribution<double> mantissa(1, 2);
    for (int round = 0; round < 400; ++round) {
        // halfway cases need a g of few bits against an x far above it
        double g = round % 2 == 0 ? mantissa(random) : 1 + static_cast<double>(random() % 8) / 8;
        g = std::ldexp(g, static_cast<int>(random() % 40) - 20);
        double x =
            std::ldexp(round % 3 == 0 ? 1 : mantissa(random), static_cast<int>(random() % 60) - 6);
        if (round % 7 == 0) {
            x = 0;
        }
        if (round % 5 == 0) {
            g = -g;
            x = -x;
        }
        if (round % 11 == 0) {
            x = -x;  // towards 0 and through it
        }
        if (round % 13 == 0) {
            g = std::ldexp(g, -1050);
            x = std::ldexp(x, -1020);
        }
        CAPTURE(x);
        CAPTURE(g);
        double sum = x;
        Tick added = 0;
        for (const Tick n : {0, 1, 2, 3, 4, 5, 9, 100, 4097, 30000}) {
            for (; added < n; ++added) {
                sum = sum + g;
            }
            CAPTURE(n);
            REQUIRE(bits(add_repeatedly(x, g, n)) == bits(sum));
        }
    }
    // as far as a float64 counts, and no further
    CHECK(add_repeatedly(0, 1, Tick{1} << 53) == 0x1p53);
    CHECK(add_repeatedly(0, 1, (Tick{1} << 53) + 5) == 0x1p53);
    CHECK(add_repeatedly(0, 0.5, Tick{1} << 53) == 0x1p52);
    CHECK(add_repeatedly(1, -2, Tick{1} << 40) == 1 - 0x1p41);
}

TEST_CASE("leap coefficients: any gap gives the bits of the recurrence, in any order of asking") {
    StopAsker never;
    for (const bool narrow : {false, true}) {
        for (const bool driven : {false, true}) {
            for (const bool before : {false, true}) {
                for (const float alpha : {0.0F, 0.3F, 0.5F, 0.99F, 0.9999F, 1.0F}) {
                    for (const float beta : {0.0F, 0.9F, 0.999F, 1.0F}) {
                        for (const float gain : {1.0F, 0.1F, -0.7F}) {
                            const LeapRates rates{alpha, beta, gain, before, driven, narrow};
                            CAPTURE(alpha);
                            CAPTURE(beta);
                            CAPTURE(gain);
                            CAPTURE(before);
                            const Tick gaps[] = {
                                300000, 1, 2, 70, 1000, 65535, 65536, 65537, 200001};
                            LeapSequence sequence;
                            std::vector<LeapCoefficients> got;
                            for (const Tick n : gaps) {
                                got.push_back(sequence.at(rates, n, never));
                            }
                            LeapCoefficients at;
                            std::size_t checked = 0;
                            for (Tick n = 1; n <= 300000; ++n) {
                                at = stepped(rates, at);
                                for (std::size_t k = 0; k < std::size(gaps); ++k) {
                                    if (gaps[k] == n) {
                                        CAPTURE(n);
                                        check(rates, got[k], at);
                                        ++checked;
                                    }
                                }
                            }
                            REQUIRE(checked == std::size(gaps));
                        }
                    }
                }
            }
        }
    }
}

TEST_CASE("leap coefficients: with beta = 1 a gap of 2^44 ticks takes as long as one of 2^16") {
    int asked = 0;
    StopAsker asker([&] {
        ++asked;
        return false;
    });
    for (const float alpha : {0.0F, 0.5F, 0.99F}) {
        LeapSequence sequence;
        const LeapRates rates{alpha, 1, 0.25, false, true, true};
        const LeapCoefficients far = sequence.at(rates, Tick{1} << 44, asker);
        // e grows by gain * b, b = 1 / (1 - alpha), at every tick
        CHECK(far.e == doctest::Approx(0.25 / (1 - static_cast<double>(alpha)) * 0x1p44));
    }
    CHECK(asked == 0);  // once in 2^16 steps
}

TEST_CASE("leap coefficients: what has no closed form asks whether to stop") {
    int asked = 0;
    StopAsker asker([&] { return ++asked == 10; });
    LeapSequence sequence;
    const LeapRates rates{1, 1, 1, false, true, true};
    CHECK_THROWS_AS(static_cast<void>(sequence.at(rates, Tick{1} << 50, asker)), Stopped);
    CHECK(asked == 10);
}

TEST_CASE(
    "leap coefficients: a leaping IF over 2^53 ticks is read at once, as the stepped one is") {
    for (const Clock clock : {Clock::stepped, Clock::leaps}) {
        const std::vector<float> weights = {0.75F, 0.25F};
        NeuronSpec rule;
        rule.clock = clock;
        rule.theta = 1e30;
        NetworkSpec spec;
        spec.horizon = Tick{1} << 53;
        spec.populations = {encoder("in", {1}), neurons("n", {2}, rule)};
        spec.projections = {dense(0, 1, weights)};
        spec.readouts = {
            {"out", 1, ReadoutSpec::Kind::membrane, ReadoutSpec::Ties::index, std::nullopt, ""}};
        const Network network = compile(spec);
        Simulator simulator(network);
        GivenPackets in({spikes(3, {0}), spikes(Tick{1} << 40, {0})});
        PacketSource* const sources[] = {&in};
        simulator.begin(sources);
        REQUIRE(simulator.advance_to(spec.horizon - 1));
        CHECK(simulator.finish().readouts[0].values == std::vector<float>{1.5F, 0.5F});
    }
}
