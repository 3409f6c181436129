// Single neurons against the closed forms of their equations.
#include <array>
#include <cmath>

#include <doctest/doctest.h>

#include "tests/core/small_network.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

std::vector<Tick> firing_ticks(const NetworkSpec& spec) {
    const Network network = compile(spec);
    Simulator simulator(network);
    Recorder recorder;
    simulator.set_hook(&recorder);
    simulator.begin({});
    REQUIRE(simulator.advance_to(spec.horizon - 1));
    return recorder.ticks_of(0);
}

}  // namespace

TEST_CASE_TEMPLATE("closed form: a LIF under constant drive fires at the analytic ticks",
                   ClockTag,
                   std::integral_constant<Clock, Clock::stepped>,
                   std::integral_constant<Clock, Clock::leaps>) {
    // v[n] = I (1 - beta^n) / (1 - beta) from v = 0; it fires at the first n with v[n] >= 1, and
    // again after as many ticks, since it is reset to 0.
    for (const double beta : {0.5, 0.9, 0.99, 0.999}) {
        for (const double share :
             {1.05, 1.5, 4.0}) {  // the drive, as a share of the least that fires
            CAPTURE(beta);
            CAPTURE(share);
            const auto drive = static_cast<float>(share * (1 - beta));
            const auto leak = static_cast<double>(static_cast<float>(beta));
            const double exact =
                std::log(1 - (1 - leak) / static_cast<double>(drive)) / std::log(leak);
            if (std::abs(exact - std::round(exact)) < 1e-3) {
                continue;  // too near an integer for float32 to decide
            }
            const auto period = static_cast<Tick>(std::ceil(exact));

            NeuronSpec rule;
            rule.clock = ClockTag::value;
            rule.beta = static_cast<double>(static_cast<float>(beta));
            rule.reset = Reset::to_v_reset;
            rule.receptors[0].bias = {drive};
            NetworkSpec spec;
            spec.horizon = 5 * period;
            spec.populations = {neurons("lif", {1}, rule)};
            std::vector<Tick> expected;
            for (Tick n = 1; n <= 5; ++n) {
                expected.push_back(n * period - 1);  // tick 0 is the first update
            }
            CHECK(firing_ticks(spec) == expected);
        }
    }
}

TEST_CASE("closed form: a membrane decays over a gap of a million ticks as beta^n") {
    for (const Clock clock : {Clock::lazy, Clock::leaps}) {
        const float beta = 0.999995F;
        const std::array<float, 1> weight = {0.5F};
        NeuronSpec rule;
        rule.clock = clock;
        rule.beta = static_cast<double>(beta);
        NetworkSpec spec;
        spec.horizon = 1000002;
        spec.populations = {encoder("in", {1}), neurons("n", {1}, rule)};
        spec.projections = {dense(0, 1, weight)};
        const Network network = compile(spec);
        Simulator simulator(network);
        GivenPackets in({spikes(0, {0})});
        PacketSource* const sources[] = {&in};
        simulator.begin(sources);
        REQUIRE(simulator.advance_to(1000000));
        const double exact = 0.5 * std::pow(static_cast<double>(beta), 1e6);
        CHECK(simulator.membrane(1)[0] == doctest::Approx(exact).epsilon(1e-6));
        CHECK(simulator.counts().execution.neuron_updates <= 4);
    }
}

TEST_CASE(
    "closed form: an exponential synapse under one spike gives the difference of exponentials") {
    const double alpha = static_cast<double>(0.8F);
    const double beta = static_cast<double>(0.95F);
    const std::array<float, 1> weight = {0.1F};
    NeuronSpec rule;
    rule.beta = beta;
    rule.receptors[0].alpha = alpha;
    NetworkSpec spec;
    spec.horizon = 200;
    spec.populations = {encoder("in", {1}), neurons("n", {1}, rule)};
    spec.projections = {dense(0, 1, weight)};
    const Network network = compile(spec);
    Simulator simulator(network);
    GivenPackets in({spikes(0, {0})});
    PacketSource* const sources[] = {&in};
    simulator.begin(sources);
    for (Tick t = 0; t < 200; ++t) {
        REQUIRE(simulator.advance_to(t));
        const double n = static_cast<double>(t) + 1;
        const double exact = static_cast<double>(weight[0]) *
                             (std::pow(beta, n) - std::pow(alpha, n)) / (beta - alpha);
        CHECK(simulator.membrane(1)[0] == doctest::Approx(exact).epsilon(1e-4));
    }
}
