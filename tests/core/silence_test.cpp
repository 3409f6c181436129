// What does not happen costs nothing: held to operations counted, not to time.
#include <array>

#include <doctest/doctest.h>

#include "tests/core/small_network.hpp"

using namespace saltus;
using namespace saltus::test;

TEST_CASE("silence: a million neurons over a million ticks do nothing, by any clock") {
    for (const Clock clock : {Clock::stepped, Clock::lazy, Clock::leaps}) {
        CAPTURE(static_cast<int>(clock));
        NeuronSpec rule;
        rule.clock = clock;
        rule.beta = 0.9;
        NetworkSpec spec;
        spec.horizon = 1000000;
        spec.populations = {encoder("in", {10}),
                            neurons("quiet", {1000000}, rule),
                            neurons("behind", {1000}, rule)};
        ProjectionSpec sparse;
        sparse.source = 1;
        sparse.target = 2;
        const std::vector<std::uint64_t> offsets(1000001, 0);
        sparse.connection = Sparse{offsets, {}, float_weights({})};
        spec.projections = {sparse};
        const Network network = compile(spec);
        Simulator simulator(network);
        GivenPackets in({});
        PacketSource* const sources[] = {&in};
        simulator.begin(sources);
        REQUIRE(simulator.advance_to(spec.horizon - 1));
        const Result result = simulator.finish();
        CHECK(result.ticks_run == 1000000);
        CHECK(result.counts.execution.neuron_updates == 0);
        CHECK(result.counts.execution.queue_operations <=
              4);  // the opening of a lazy firing window
    }
}

TEST_CASE("silence: a stepped LIF settles after its last spike and is not updated again") {
    const std::array<float, 1> weight = {0.5F};
    NeuronSpec rule;
    rule.beta = 0.5;
    NetworkSpec spec;
    spec.horizon = 1000000;
    spec.populations = {encoder("in", {1}), neurons("n", {1}, rule)};
    spec.projections = {dense(0, 1, weight)};
    const Network network = compile(spec);
    Simulator simulator(network);
    GivenPackets in({spikes(10, {0})});
    PacketSource* const sources[] = {&in};
    simulator.begin(sources);
    REQUIRE(simulator.advance_to(spec.horizon - 1));
    CHECK(simulator.membrane(1)[0] == 0.0F);
    CHECK(simulator.counts().execution.neuron_updates < 200);  // 149 halvings to the last denormal
}

TEST_CASE("silence: an integrate-and-fire population is updated only when something arrives") {
    const std::array<float, 1> weight = {0.25F};
    NetworkSpec spec;
    spec.horizon = 1000;
    spec.populations = {encoder("in", {1}), neurons("n", {1})};
    spec.projections = {dense(0, 1, weight)};
    const Network network = compile(spec);
    Simulator simulator(network);
    GivenPackets in({spikes(10, {0}), spikes(500, {0})});
    PacketSource* const sources[] = {&in};
    simulator.begin(sources);
    REQUIRE(simulator.advance_to(999));
    CHECK(simulator.membrane(1)[0] == 0.5F);
    CHECK(simulator.counts().execution.neuron_updates == 2);
}
