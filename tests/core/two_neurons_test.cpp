// The worked example of core/README.md: if one of them changes, so must the other.
#include <array>
#include <bit>
#include <cstdint>

#include <doctest/doctest.h>

#include "tests/core/small_network.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

std::uint32_t bits(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

}  // namespace

TEST_CASE("two neurons: packets, wake-ups and membranes come out as core/README.md says") {
    const std::array<float, 1> in_to_a = {0.75F};
    const std::array<float, 1> a_to_b = {1.5F};
    NeuronSpec leaky;
    leaky.beta = 0.5;
    NetworkSpec spec;
    spec.horizon = 8;
    spec.populations = {encoder("in", {1}), neurons("a", {1}, leaky), neurons("b", {1})};
    spec.projections = {dense(0, 1, in_to_a), dense(1, 2, a_to_b, 2)};
    spec.readouts = {
        {"out", 2, ReadoutSpec::Kind::spike_count, ReadoutSpec::Ties::index, std::nullopt, ""}};
    const Network network = compile(spec);
    CHECK(network.level(0) == 0);
    CHECK(network.level(1) == 1);
    CHECK(network.level(2) == 0);  // its only way in has a delay

    GivenPackets in({spikes(1, {0}), spikes(2, {0})});
    PacketSource* const sources[] = {&in};
    Recorder recorder;
    Simulator simulator(network);
    simulator.set_hook(&recorder);
    simulator.begin(sources);

    // [tick][a, b]
    const std::uint32_t expected[8][2] = {
        {0x00000000, 0x00000000},  // nothing happens
        {0x3f400000, 0x00000000},  // a: 0.5 * 0 + 0.75 = 0.75
        {0x3e000000, 0x00000000},  // a: 0.5 * 0.75 + 0.75 = 1.125, fires, 1.125 - 1 = 0.125
        {0x3d800000, 0x00000000},  // a leaks: 0.0625
        {0x3d000000, 0x3f000000},  // a: 0.03125; b: 0 + 1.5, fires, 0.5
        {0x3c800000, 0x3f000000},  // a: 0.015625; b keeps 0.5 without being woken
        {0x3c000000, 0x3f000000},
        {0x3b800000, 0x3f000000},
    };
    for (Tick t = 0; t < 8; ++t) {
        CAPTURE(t);
        REQUIRE(simulator.advance_to(t));
        CHECK(bits(simulator.membrane(1)[0]) == expected[t][0]);
        CHECK(bits(simulator.membrane(2)[0]) == expected[t][1]);
    }
    const Result result = simulator.finish();

    REQUIRE(recorder.fired.size() == 4);
    CHECK(recorder.ticks_of(0) == std::vector<Tick>{1, 2});
    CHECK(recorder.ticks_of(1) == std::vector<Tick>{2});
    CHECK(recorder.ticks_of(2) == std::vector<Tick>{4});
    CHECK(result.readouts[0].values == std::vector<float>{1});
    CHECK(result.counts.projections[0].acs == 2);
    CHECK(result.counts.projections[1].acs == 1);
    // Wake-ups: in at 1 and 2; a at 1 to 7; b at 4: ten pushes and ten pops.
    CHECK(result.counts.execution.queue_operations == 20);
    // a is updated at 7 ticks, b at one.
    CHECK(result.counts.execution.neuron_updates == 8);
}
