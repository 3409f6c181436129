#include <array>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "tests/core/small_network.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

// in -> a -> b, and an idle neuron that nothing reaches.
struct Chain {
    const std::array<float, 1> weight = {1.0F};
    const Network network = compile(spec());

    [[nodiscard]] NetworkSpec spec() const {
        NetworkSpec spec;
        spec.horizon = 6;
        spec.populations = {
            encoder("in", {1}), neurons("a", {1}), neurons("b", {1}), neurons("idle", {1})};
        spec.projections = {dense(0, 1, weight), dense(1, 2, weight)};
        return spec;
    }

    Counts run(Simulator& simulator) const {
        GivenPackets in({spikes(1, {0}), spikes(3, {0})});
        PacketSource* const sources[] = {&in};
        simulator.begin(sources);
        simulator.advance_to(network.horizon() - 1);
        return simulator.finish().counts;
    }
};

}  // namespace

TEST_CASE("profile: time goes to the populations that are woken, and to no other") {
    const Chain chain;
    Simulator simulator(chain.network);
    std::vector<double> seconds(4, 0.0);
    simulator.set_profile(seconds);
    const Counts counts = chain.run(simulator);
    CHECK(counts.populations[2].spikes == 2);
    for (std::size_t p = 0; p < 3; ++p) {
        CAPTURE(p);
        CHECK(seconds[p] > 0);
    }
    CHECK(seconds[3] == 0);
}

TEST_CASE("profile: it changes no count, and an empty one ends it") {
    const Chain chain;
    Simulator simulator(chain.network);
    const Counts plain = chain.run(simulator);
    std::vector<double> seconds(4, 0.0);
    simulator.set_profile(seconds);
    const Counts profiled = chain.run(simulator);
    CHECK(plain.populations == profiled.populations);
    CHECK(plain.projections == profiled.projections);
    const std::vector<double> before = seconds;
    simulator.set_profile({});
    chain.run(simulator);
    CHECK(seconds == before);
}

TEST_CASE("profile: a span of another length is refused") {
    const Chain chain;
    Simulator simulator(chain.network);
    std::vector<double> seconds(3);
    CHECK_THROWS_AS(simulator.set_profile(seconds), InputError);
}
