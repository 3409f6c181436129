// A failed sample: its error is the earliest one by (tick, level, population, slot) under every
// schedule, and nothing else is said of it; it carries nothing over.
#include <limits>

#include <doctest/doctest.h>

#include "core/digest.hpp"
#include "core/error.hpp"

#include "tests/core/varied_networks.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

constexpr Tick k_horizon = 40;

Result run(Simulator& simulator,
           const std::vector<std::vector<Packet>>& given,
           bool by_ticks,
           Start start = Start::fresh) {
    Recorder hook(by_ticks);
    simulator.set_hook(&hook);
    std::deque<GivenPackets> owned;
    std::vector<PacketSource*> sources;
    for (const std::vector<Packet>& packets : given) {
        sources.push_back(&owned.emplace_back(packets));
    }
    simulator.begin(sources, start);
    simulator.advance_to(k_horizon / 3);
    simulator.advance_to(k_horizon - 1);
    Result result = simulator.finish();
    simulator.set_hook(nullptr);
    return result;
}

// The same error by both schedules, and nothing else.
void check_fails(const NetworkSpec& spec,
                 const std::vector<std::vector<Packet>>& given,
                 const std::string& text) {
    const Network network = compile(spec);
    for (const bool by_ticks : {true, false}) {
        CAPTURE(by_ticks);
        Simulator simulator(network);
        const Result result = run(simulator, given, by_ticks);
        REQUIRE(result.error.has_value());
        CHECK(result.error->text == text);
        CHECK(result.ticks_run == 0);
        CHECK(result.readouts.empty());
        CHECK(result.counts.populations ==
              std::vector<PopulationCounts>(spec.populations.size(), PopulationCounts{}));
        CHECK(result.counts.projections ==
              std::vector<ProjectionCounts>(spec.projections.size(), ProjectionCounts{}));
        CHECK(result.counts.execution.neuron_updates == 0);
        CHECK(result.counts.execution.queue_operations == 0);
        CHECK(result.counts.execution.weight_bytes == 0);
        CHECK(result.counts.execution.state_bytes == 0);
        CHECK_THROWS_AS(static_cast<void>(simulator.membrane(1)), InputError);
    }
}

std::vector<Packet> every_tick(std::vector<Slot> slots) {
    std::vector<Packet> packets;
    for (Tick t = 0; t < k_horizon; ++t) {
        packets.push_back(spikes(t, slots));
    }
    return packets;
}

}  // namespace

TEST_CASE("failed sample: nothing but the error is said of it") {
    const std::vector<float> first(70 * 4, 0.3F);
    const std::vector<float> second(70 * 70, 2e35F);  // overflows after some ticks
    NeuronSpec silent;
    silent.fires = false;
    NetworkSpec spec;
    spec.horizon = k_horizon;
    spec.populations = {encoder("in", {4}), neurons("hidden", {70}), neurons("out", {70}, silent)};
    spec.projections = {dense(0, 1, first), dense(1, 2, second)};
    spec.readouts = {
        {"out", 2, ReadoutSpec::Kind::membrane, ReadoutSpec::Ties::index, std::nullopt, ""}};
    check_fails(spec,
                {every_tick({0, 1, 2, 3})},
                "out[0]@24: membrane is not finite, need a finite number");
}

TEST_CASE("failed sample: of the errors of one tick the lowest level and population counts") {
    const std::vector<float> huge(70 * 2, 3e38F);
    NeuronSpec silent;
    silent.fires = false;
    NetworkSpec spec;
    spec.horizon = k_horizon;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    SUBCASE("two encoders, of which the second holds values") {
        spec.populations = {
            encoder("in", {2}), encoder("held", {2}, true), neurons("a", {70}, silent)};
        spec.projections = {dense(0, 2, huge), dense(1, 2, huge)};
        check_fails(
            spec,
            {{spikes(2, {0}), {20, false, {1}, {nan}}}, {held(1, {0}, {0}), held(20, {1}, {nan})}},
            "in[1]@20: payload got nan, need a finite number");
    }
    SUBCASE("two encoders that hold values") {
        spec.populations = {
            encoder("one", {2}, true), encoder("two", {2}, true), neurons("a", {70}, silent)};
        spec.projections = {dense(0, 2, huge), dense(1, 2, huge)};
        check_fails(spec,
                    {{held(20, {1}, {nan})}, {held(20, {1}, {nan})}},
                    "one[1]@20: payload got nan, need a finite number");
    }
    SUBCASE("a source that breaks its promise before another's payload is found") {
        spec.populations = {encoder("in", {2}), encoder("other", {2}), neurons("a", {70}, silent)};
        const std::vector<float> small(70 * 2, 0.1F);
        spec.projections = {dense(0, 2, small), dense(1, 2, small)};
        check_fails(
            spec,
            {{spikes(2, {0}), spikes(9, {0}), spikes(9, {1})},
             {spikes(2, {0}), {9, false, {0}, {nan}}}},
            "in@9: got a packet of tick 9, need one of tick 10 or later: ticks ascend, with one "
            "packet each at most");
        check_fails(spec,
                    {{spikes(2, {0}), {9, false, {0}, {nan}}},
                     {spikes(2, {0}), spikes(9, {0}), spikes(9, {1})}},
                    "in[0]@9: payload got nan, need a finite number");
        check_fails(spec,
                    {{spikes(2, {0}), spikes(10, {0}), spikes(9, {1})},
                     {spikes(2, {0}), {9, false, {0}, {nan}}}},
                    "other[0]@9: payload got nan, need a finite number");
    }
    SUBCASE("a neuron of a lower level") {
        spec.populations = {encoder("in", {2}), neurons("b", {70}, silent), neurons("a", {70})};
        const std::vector<float> chained(70 * 70, 3e38F);
        spec.projections = {dense(2, 1, chained), dense(0, 2, huge)};
        check_fails(
            spec, {{spikes(5, {0, 1})}}, "a[0]@5: membrane is not finite, need a finite number");
    }
}

TEST_CASE("failed sample: of the errors of one population the lowest slot counts") {
    NeuronSpec rule;
    rule.spikes_per_tick = SpikesPerTick::trunc;
    std::vector<float> weights(20 * 2, 0);
    weights[5 * 2] = 5e9F;                        // too many spikes
    weights[9 * 2] = weights[9 * 2 + 1] = 3e38F;  // not finite
    for (const Clock clock : {Clock::stepped, Clock::lazy, Clock::leaps}) {
        rule.clock = clock;
        NetworkSpec spec;
        spec.horizon = k_horizon;
        spec.populations = {encoder("in", {2}), neurons("a", {20}, rule)};
        spec.projections = {dense(0, 1, weights)};
        check_fails(spec,
                    {{spikes(5, {0, 1})}},
                    "a[5]@5: membrane / theta is 2^32 - 1 or more, need a number of spikes");
    }
}

TEST_CASE("failed sample: it carries nothing over, nor does one that never began") {
    const VariedNetworks networks;
    for (const VariedNetwork& varied : networks.all()) {
        NetworkSpec spec = varied.spec;
        spec.horizon = k_horizon;
        const Network network = compile(spec);
        std::vector<Packet> bad = varied.packets;
        std::erase_if(bad, [](const Packet& packet) { return packet.tick > 30; });
        bad.push_back(bad.back());
        bad.back().payloads.assign(bad.back().slots.size(), std::numeric_limits<float>::infinity());
        bad.back().tick = 31;
        for (const bool by_ticks : {true, false}) {
            CAPTURE(varied.name);
            CAPTURE(by_ticks);
            Simulator fresh(network);
            const Result expected = run(fresh, {varied.packets}, by_ticks);
            Simulator failed(network);
            REQUIRE(run(failed, {bad}, by_ticks).error.has_value());
            const Result carried = run(failed, {varied.packets}, by_ticks, Start::carry);
            Simulator unused(network);
            const Result first = run(unused, {varied.packets}, by_ticks, Start::carry);
            for (const Result* result : {&carried, &first}) {
                CHECK(result->readouts[0].values == expected.readouts[0].values);
                CHECK(result->counts.populations == expected.counts.populations);
                CHECK(result->counts.projections == expected.counts.projections);
            }
        }
    }
}
