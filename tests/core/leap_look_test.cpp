// When leaping neurons are looked at: never later than their closed form passes the test, however
// much of it cancels.
#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/integrate/rule/power.hpp"

#include "tests/core/small_network.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

constexpr Tick k_horizon = 4000;
constexpr std::uint32_t k_neurons = 1024;

// The factors of the membrane and of the current n ticks after they were stored
// (docs/semantics.md#clocks), n from 1.
struct Factors {
    std::vector<float> leak;
    std::vector<float> current;
};

Factors factors(float beta, float alpha) {
    Factors all;
    double a = 1;
    double c = 0;
    for (Tick n = 1; n < k_horizon; ++n) {
        a = static_cast<double>(alpha) * a;
        c = static_cast<double>(beta) * c + a;
        all.leak.push_back(power(beta, n));
        all.current.push_back(static_cast<float>(c));
    }
    return all;
}

// First ticks at which each neuron fires; k_horizon: never.
class FirstSpikes final : public Hook {
  public:
    void on_packet(PopulationId population, const Packet& packet) override {
        for (const Slot slot : packet.slots) {
            if (population == 1 && ticks[slot] == k_horizon) {
                ticks[slot] = packet.tick;
            }
        }
    }

    std::vector<Tick> ticks = std::vector<Tick>(k_neurons, k_horizon);
};

}  // namespace

TEST_CASE("leap look: no neuron is late whose membrane and current nearly cancel") {
    std::mt19937 random(1);
    std::uniform_real_distribution<double> uniform(0, 1);
    for (const auto& [beta, alpha] : {std::pair{0.9995F, 0.997F}, {0.999F, 0.9F}, {0.99F, 0.98F}}) {
        const Factors all = factors(beta, alpha);
        std::vector<float> jumps;
        std::vector<float> currents;
        std::vector<Tick> expected;
        for (std::uint32_t k = 0; k < k_neurons; ++k) {
            // The membrane starts at -depth; the current is such that it just reaches 1, or not.
            const double depth = std::pow(10.0, 1 + 4 * uniform(random));
            const double highest = 1 + (uniform(random) - 0.5) * 4e-7 * depth;
            double least = 1e30;
            for (std::size_t n = 0; n < all.leak.size(); ++n) {
                const double needed = (highest + static_cast<double>(all.leak[n]) * depth) /
                                      static_cast<double>(all.current[n]);
                least = std::min(least, needed);
            }
            currents.push_back(static_cast<float>(least));
            jumps.push_back(static_cast<float>(-depth) - currents.back());
            const float v = jumps.back() + currents.back();
            Tick first = k_horizon;
            for (std::size_t n = all.leak.size(); n-- > 0;) {
                if (all.leak[n] * v + all.current[n] * currents.back() >= 1) {
                    first = static_cast<Tick>(n + 1);
                }
            }
            expected.push_back(first);
        }
        NeuronSpec rule;
        rule.clock = Clock::leaps;
        rule.beta = static_cast<double>(beta);
        rule.receptors.resize(2);
        rule.receptors[1].alpha = static_cast<double>(alpha);
        NetworkSpec spec;
        spec.horizon = k_horizon;
        spec.populations = {encoder("in", {1}), neurons("n", {k_neurons}, rule)};
        spec.projections = {dense(0, 1, jumps), dense(0, 1, currents)};
        spec.projections[1].receptor = 1;
        const Network network = compile(spec);
        Simulator simulator(network);
        FirstSpikes hook;
        simulator.set_hook(&hook);
        GivenPackets in({spikes(0, {0})});
        PacketSource* const sources[] = {&in};
        simulator.begin(sources);
        REQUIRE(simulator.advance_to(k_horizon - 1));
        CHECK(hook.ticks == expected);
    }
}
