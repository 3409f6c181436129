// The simulator's three calls, its hooks, and what it says when a sample fails.
#include "core/simulator.hpp"

#include <array>
#include <bit>
#include <limits>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include <doctest/doctest.h>

#include "core/digest.hpp"
#include "core/error.hpp"

#include "tests/core/small_network.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

// A driven population that fires by itself at every third tick, into a counter.
NetworkSpec ticking(const std::array<float, 1>& weight) {
    NeuronSpec rule;
    rule.receptors[0].bias = {0.375};
    NetworkSpec spec;
    spec.horizon = 30;
    spec.populations = {neurons("clock", {1}, rule), neurons("counter", {1})};
    spec.projections = {dense(0, 1, weight, 1)};
    spec.readouts = {
        {"out", 0, ReadoutSpec::Kind::spike_count, ReadoutSpec::Ties::index, std::nullopt, ""}};
    return spec;
}

class StopAt final : public Hook {
  public:
    explicit StopAt(Tick tick) : tick_(tick) {}

    void on_packet(PopulationId, const Packet&) override {}

    [[nodiscard]] bool watches_ticks() const override { return true; }

    bool after_tick(Tick tick) override { return tick < tick_; }

  private:
    Tick tick_;
};

}  // namespace

TEST_CASE("simulator: tick by tick, in strides and at once give the same result") {
    const std::array<float, 1> weight = {0.5F};
    const NetworkSpec spec = ticking(weight);
    const Network network = compile(spec);
    std::vector<Digest> digests;
    for (const Tick stride : {1, 7, 30}) {
        Simulator simulator(network);
        DigestHook hook(2);
        simulator.set_hook(&hook);
        simulator.begin({});
        for (Tick t = stride - 1; t < 30; t += stride) {
            REQUIRE(simulator.advance_to(t));
        }
        simulator.advance_to(29);
        digests.push_back(hook.sample(simulator.finish().readouts));
    }
    CHECK(digests[0] == digests[1]);
    CHECK(digests[0] == digests[2]);
}

TEST_CASE("simulator: a hook that stops the run leaves what a run cut there has") {
    const std::array<float, 1> weight = {0.5F};
    const NetworkSpec spec = ticking(weight);
    const Network network = compile(spec);
    StopAt stop(10);
    Simulator stopped(network);
    stopped.set_hook(&stop);
    stopped.begin({});
    CHECK_FALSE(stopped.advance_to(29));
    Simulator cut(network);
    cut.begin({});
    REQUIRE(cut.advance_to(10));
    const Result a = stopped.finish();
    const Result b = cut.finish();
    CHECK(a.ticks_run == 11);
    CHECK(b.ticks_run == 11);
    CHECK(a.readouts[0].values == b.readouts[0].values);
    CHECK(a.counts.projections == b.counts.projections);
    CHECK(stopped.membrane(1) == cut.membrane(1));
}

TEST_CASE("simulator: one sample after another starts afresh, or carries the membrane over") {
    const std::array<float, 1> weight = {0.25F};
    NetworkSpec spec;
    spec.horizon = 5;
    spec.populations = {encoder("in", {1}), neurons("n", {1})};
    spec.projections = {dense(0, 1, weight)};
    const Network network = compile(spec);
    Simulator simulator(network);
    for (const auto& [start, expected] :
         {std::pair{Start::fresh, 0.25F}, {Start::carry, 0.5F}, {Start::fresh, 0.25F}}) {
        GivenPackets in({spikes(2, {0})});
        PacketSource* const sources[] = {&in};
        simulator.begin(sources, start);
        REQUIRE(simulator.advance_to(4));
        CHECK(simulator.membrane(1)[0] == expected);
    }
}

TEST_CASE("simulator: a membrane that stops being finite ends the sample and says where") {
    const std::array<float, 2> weights = {1, 3e38F};
    NeuronSpec rule;
    rule.fires = false;
    NetworkSpec spec;
    spec.horizon = 10;
    spec.populations = {encoder("in", {1}), neurons("big", {2}, rule)};
    spec.projections = {dense(0, 1, weights)};
    const Network network = compile(spec);
    GivenPackets in({spikes(3, {0}), spikes(5, {0})});
    PacketSource* const sources[] = {&in};
    Simulator simulator(network);
    simulator.begin(sources);
    CHECK_FALSE(simulator.advance_to(9));
    const Result result = simulator.finish();
    REQUIRE(result.error.has_value());
    CHECK(result.error->text == "big[1]@5: membrane is not finite, need a finite number");
}

TEST_CASE("simulator: more spikes at a tick than can be counted end the sample") {
    const std::array<float, 2> weights = {4e9F, 5e9F};
    for (const Clock clock : {Clock::stepped, Clock::lazy, Clock::leaps}) {
        NeuronSpec rule;
        rule.clock = clock;
        rule.spikes_per_tick = SpikesPerTick::trunc;
        NetworkSpec spec;
        spec.horizon = 10;
        spec.populations = {encoder("in", {1}), neurons("big", {2}, rule)};
        spec.projections = {dense(0, 1, weights)};
        const Network network = compile(spec);
        GivenPackets in({spikes(3, {0})});
        PacketSource* const sources[] = {&in};
        Simulator simulator(network);
        simulator.begin(sources);
        CHECK_FALSE(simulator.advance_to(9));
        CHECK(simulator.finish().error->text ==
              "big[1]@3: membrane / theta is 2^32 - 1 or more, need a number of spikes");
    }
}

TEST_CASE("simulator: a payload that is not finite ends the sample and says where") {
    const std::array<float, 1> weight = {1};
    NetworkSpec spec;
    spec.horizon = 10;
    spec.populations = {encoder("in", {1}), neurons("n", {1})};
    spec.projections = {dense(0, 1, weight)};
    const Network network = compile(spec);
    GivenPackets in({spikes(1, {0}), {4, false, {0}, {std::numeric_limits<float>::infinity()}}});
    PacketSource* const sources[] = {&in};
    Simulator simulator(network);
    simulator.begin(sources);
    CHECK_FALSE(simulator.advance_to(9));
    const Result result = simulator.finish();
    CHECK(result.error->text == "in[0]@4: payload got inf, need a finite number");
}

TEST_CASE("simulator: held values are a drive, counted once and summed into every tick") {
    const std::array<float, 4> weights = {0.25F, 0.5F, 1, 0};
    NeuronSpec rule;
    rule.fires = false;
    NetworkSpec spec;
    spec.horizon = 4;
    spec.populations = {encoder("in", {2}, true), neurons("n", {2}, rule)};
    spec.projections = {dense(0, 1, weights)};
    const Network network = compile(spec);
    GivenPackets in({held(0, {0, 1}, {2, 1}), held(2, {1}, {4})});
    PacketSource* const sources[] = {&in};
    Simulator simulator(network);
    simulator.begin(sources);
    REQUIRE(simulator.advance_to(3));
    CHECK(simulator.membrane(1) == std::vector<float>{1 + 1 + 2 + 2, 2 + 2 + 0 + 0});
    CHECK(simulator.counts().projections[0].held_macs == 6);
}

TEST_CASE("simulator: a call that does not fit is refused, and changes nothing") {
    const std::array<float, 1> weight = {0.25F};
    NetworkSpec spec;
    spec.horizon = 5;
    spec.populations = {encoder("in", {1}), neurons("n", {1})};
    spec.projections = {dense(0, 1, weight)};
    const Network network = compile(spec);
    Simulator simulator(network);
    GivenPackets in({spikes(1, {0}), spikes(2, {0})});
    PacketSource* const sources[] = {&in};
    PacketSource* const none[] = {nullptr};
    PacketSource* const two[] = {&in, &in};
    std::array<double, 3> places = {};
    CHECK_THROWS_AS(simulator.advance_to(3), InputError);
    CHECK_THROWS_AS(static_cast<void>(simulator.finish()), InputError);
    CHECK_THROWS_AS(static_cast<void>(simulator.membrane(1)), InputError);
    CHECK_THROWS_AS(simulator.begin({}), InputError);
    CHECK_THROWS_AS(simulator.begin(none), InputError);
    CHECK_THROWS_AS(simulator.begin(two), InputError);
    CHECK_THROWS_AS(simulator.advance_to(3), InputError);
    CHECK_THROWS_WITH_AS(simulator.set_profile(places),
                         "set_profile: got 3 places, need one for each of 2 populations",
                         InputError);
    simulator.begin(sources);
    REQUIRE(simulator.advance_to(1));
    CHECK_THROWS_WITH_AS(static_cast<void>(simulator.membrane(99)),
                         "membrane: got population 99, need one below 2",
                         InputError);
    CHECK_THROWS_WITH_AS(static_cast<void>(simulator.current(1, 1)),
                         "current of n: got receptor 1, need one of 1",
                         InputError);
    CHECK_THROWS_AS(static_cast<void>(simulator.current(0, 0)), InputError);
    CHECK_THROWS_AS(static_cast<void>(simulator.stored(2)), InputError);
    CHECK(simulator.membrane(0).empty());
    REQUIRE(simulator.advance_to(0));  // been there
    REQUIRE(simulator.advance_to(4));
    CHECK(simulator.membrane(1)[0] == 0.5F);
    CHECK(simulator.finish().ticks_run == 5);
}

#if defined(__SSE2__)
TEST_CASE("simulator: a membrane read in a caller's flush-to-zero mode keeps its denormals") {
    const std::array<float, 1> weight = {2e-38F};
    for (const Clock clock : {Clock::lazy, Clock::leaps}) {
        NeuronSpec rule;
        rule.clock = clock;
        rule.beta = 0.5;
        NetworkSpec spec;
        spec.horizon = 16;
        spec.populations = {encoder("in", {1}), neurons("n", {1}, rule)};
        spec.projections = {dense(0, 1, weight)};
        const Network network = compile(spec);
        Simulator simulator(network);
        GivenPackets in({spikes(0, {0})});
        PacketSource* const sources[] = {&in};
        simulator.begin(sources);
        REQUIRE(simulator.advance_to(8));
        const float kept = simulator.membrane(1)[0];
        REQUIRE(kept > 0);
        const unsigned mode = _mm_getcsr();
        _mm_setcsr(mode | 0x8040U);
        const std::vector<float> flushed = simulator.membrane(1);
        const bool still_flushes = (_mm_getcsr() & 0x8040U) == 0x8040U;
        _mm_setcsr(mode);
        CHECK(std::bit_cast<std::uint32_t>(flushed[0]) == std::bit_cast<std::uint32_t>(kept));
        CHECK(still_flushes);
    }
}
#endif

TEST_CASE("simulator: a sample that was cut carries the ticks that it ran, not the horizon") {
    const std::array<float, 1> weight = {1};
    NeuronSpec lazy;
    lazy.clock = Clock::lazy;
    lazy.beta = 0.5;
    lazy.theta = 10;
    NetworkSpec spec;
    spec.horizon = 20;
    spec.populations = {encoder("in", {1}), neurons("n", {1}, lazy)};
    spec.projections = {dense(0, 1, weight)};
    const Network network = compile(spec);
    Simulator simulator(network);
    GivenPackets in({spikes(2, {0})});
    PacketSource* const sources[] = {&in};
    simulator.begin(sources);
    REQUIRE(simulator.advance_to(3));
    CHECK(simulator.membrane(1)[0] == 0.5F);
    GivenPackets again({spikes(0, {0})});
    PacketSource* const more[] = {&again};
    simulator.begin(more, Start::carry);
    REQUIRE(simulator.advance_to(0));
    CHECK(simulator.membrane(1)[0] == 1.25F);
}

TEST_CASE("compile: every fault is told at once") {
    const std::array<float, 3> weights = {1, std::numeric_limits<float>::quiet_NaN(), 0};
    NeuronSpec rule;
    rule.beta = 1.7;
    rule.theta = 0.0;
    NetworkSpec spec;
    spec.horizon = 0;
    spec.populations = {encoder("in", {3}), neurons("n", {1}, rule)};
    spec.projections = {dense(0, 1, weights)};
    try {
        compile(spec);
        FAIL("it was compiled");
    } catch (const ModelError& error) {
        CHECK(error.faults().size() == 4);
        const std::string text = error.what();
        CHECK(text.find("horizon: got 0") != std::string::npos);
        CHECK(text.find("populations[1].beta: got 1.7, need 0 <= beta <= 1") != std::string::npos);
        CHECK(text.find("populations[1].theta: got 0") != std::string::npos);
        CHECK(text.find("projections[0].connection.weight: got nan at place 1") !=
              std::string::npos);
    }
}
