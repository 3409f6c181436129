// What a packet source may not give: the sample fails and says which source and which tick, the
// same under every schedule and however far the simulator is asked to advance at once.
#include <limits>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "core/digest.hpp"

#include "tests/core/small_network.hpp"
#include "tests/core/varied_networks.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

constexpr Tick k_horizon = 40;

// in -> hidden -> out, behind a second encoder that is silent or given.
NetworkSpec two_layers(std::span<const float> first, std::span<const float> second) {
    NetworkSpec spec;
    spec.horizon = k_horizon;
    spec.populations = {encoder("in", {4}), neurons("hidden", {70}), neurons("out", {70})};
    spec.projections = {dense(0, 1, first), dense(1, 2, second)};
    return spec;
}

std::string error_of(const Network& network,
                     std::vector<Packet> packets,
                     bool by_ticks,
                     Tick piece) {
    Simulator simulator(network);
    Recorder hook(by_ticks);
    simulator.set_hook(&hook);
    GivenPackets source(std::move(packets));
    PacketSource* const sources[] = {&source};
    simulator.begin(sources);
    bool more = true;
    for (Tick t = piece - 1; t < k_horizon && more; t += piece) {
        more = simulator.advance_to(t);
    }
    if (more) {
        simulator.advance_to(k_horizon - 1);
    }
    const Result result = simulator.finish();
    REQUIRE(result.error.has_value());
    CHECK(result.error->population == 0);
    CHECK(result.readouts.empty());
    return result.error->text;
}

void check_refused(const NetworkSpec& spec,
                   const std::vector<Packet>& packets,
                   const std::string& text) {
    const Network network = compile(spec);
    for (const bool by_ticks : {true, false}) {
        for (const Tick piece : {Tick{1}, Tick{7}, k_horizon}) {
            CAPTURE(by_ticks);
            CAPTURE(piece);
            CHECK(error_of(network, packets, by_ticks, piece) == text);
        }
    }
}

const std::string k_ascend = ": ticks ascend, with one packet each at most";
const std::vector<float> k_first(70 * 4, 0.3F);
const std::vector<float> k_second(70 * 70, 0.02F);

}  // namespace

TEST_CASE("packet source: two packets of one tick fail the sample") {
    check_refused(two_layers(k_first, k_second),
                  {spikes(0, {0}), spikes(3, {0, 1}), spikes(3, {2, 3}), spikes(5, {0})},
                  "in@3: got a packet of tick 3, need one of tick 4 or later" + k_ascend);
}

TEST_CASE("packet source: a packet of an earlier tick than the one before fails the sample") {
    check_refused(two_layers(k_first, k_second),
                  {spikes(1, {0}), spikes(9, {0, 1}), spikes(4, {2, 3}), spikes(11, {0})},
                  "in@9: got a packet of tick 4, need one of tick 10 or later" + k_ascend);
    check_refused(two_layers(k_first, k_second),
                  {spikes(-2, {0})},
                  "in@0: got a packet of tick -2, need one of tick 0 or later" + k_ascend);
}

TEST_CASE("packet source: a late packet of a live source, for the tick just run, is refused") {
    // Gives tick 2 when first asked for it, and once more when asked for tick 3.
    class Late final : public PacketSource {
      public:
        bool next(Tick until, Packet& out) override {
            out.clear();
            if (until < 2 || given_ == until) {
                return false;
            }
            given_ = until;
            out.tick = 2;
            out.slots = {0};
            return true;
        }

      private:
        Tick given_ = -1;
    };

    const NetworkSpec spec = two_layers(k_first, k_second);
    const Network network = compile(spec);
    for (const bool by_ticks : {true, false}) {
        Late late;
        Recorder hook(by_ticks);
        Simulator simulator(network);
        simulator.set_hook(&hook);
        PacketSource* const sources[] = {&late};
        simulator.begin(sources);
        REQUIRE(simulator.advance_to(1));
        REQUIRE(simulator.advance_to(2));
        CHECK_FALSE(simulator.advance_to(3));
        CHECK(simulator.finish().error->text ==
              "in@2: got a packet of tick 2, need one of tick 3 or later" + k_ascend);
    }
}

TEST_CASE("packet source: a packet beyond what it was asked for fails the sample") {
    class Hasty final : public PacketSource {
      public:
        bool next(Tick until, Packet& out) override {
            out.clear();
            out.tick = until + 1;
            out.slots = {0};
            return true;
        }
    };

    const Network network = compile(two_layers(k_first, k_second));
    Hasty hasty;
    Simulator simulator(network);
    PacketSource* const sources[] = {&hasty};
    simulator.begin(sources);
    CHECK_FALSE(simulator.advance_to(20));
    CHECK(simulator.finish().error->text ==
          "in@0: got a packet of tick 21, need one of tick 20 or before");
}

TEST_CASE("packet source: slots out of range or order, and payloads that do not fit, fail it") {
    const NetworkSpec spec = two_layers(k_first, k_second);
    check_refused(
        spec, {spikes(2, {0}), spikes(6, {1, 4})}, "in@6: got slot 4, need slots below 4");
    check_refused(spec,
                  {spikes(2, {0}), spikes(6, {1, 1})},
                  "in@6: got slot 1 behind slot 1, need ascending slots, each once");
    check_refused(spec,
                  {spikes(2, {0}), spikes(6, {0, 3, 2})},
                  "in@6: got slot 2 behind slot 3, need ascending slots, each once");
    check_refused(spec,
                  {spikes(2, {0}), {6, false, {0, 1}, {0.5F}}},
                  "in@6: got 1 payloads for 2 slots, need one a slot, or none");
    check_refused(spec,
                  {spikes(2, {0}), {6, false, {0}, {0.5F, 2}}},
                  "in@6: got 2 payloads for 1 slots, need one a slot, or none");
}

TEST_CASE("packet source: held values and spikes are not taken for each other") {
    NetworkSpec spec = two_layers(k_first, k_second);
    check_refused(spec,
                  {spikes(2, {0}), held(6, {0}, {1})},
                  "in@6: got held values, need spikes: the encoder does not hold values");
    spec.populations[0] = encoder("in", {4}, true);
    check_refused(spec,
                  {held(2, {0}, {1}), spikes(6, {0})},
                  "in@6: got spikes, need held values: the encoder holds values");
    check_refused(spec,
                  {held(2, {0}, {1}), held(6, {0, 1}, {})},
                  "in@6: got 0 payloads for 2 slots, need a value each");
    check_refused(spec,
                  {held(2, {0}, {1}), held(6, {1}, {std::numeric_limits<float>::quiet_NaN()})},
                  "in[1]@6: payload got nan, need a finite number");
}

TEST_CASE("packet source: a payload that counts spikes is a whole number below 2^32 - 1") {
    NetworkSpec spec = two_layers(k_first, k_second);
    std::get<EncoderSpec>(spec.populations[0].kind).payload_counts = true;
    const auto with = [](float payload) {
        return std::vector<Packet>{spikes(1, {0}), {4, false, {0, 2}, {2, payload}}};
    };
    const std::string need = ", need a whole number of spikes below 2^32 - 1";
    check_refused(spec, with(-3), "in[2]@4: payload got -3" + need);
    check_refused(spec, with(1.5F), "in[2]@4: payload got 1.5" + need);
    check_refused(spec, with(1e30F), "in[2]@4: payload got 1e+30" + need);
    check_refused(spec, with(4294967296.0F), "in[2]@4: payload got 4294967300" + need);
    const Network network = compile(spec);
    Simulator simulator(network);
    GivenPackets source(with(4294967040.0F));
    PacketSource* const sources[] = {&source};
    simulator.begin(sources);
    REQUIRE(simulator.advance_to(10));
    CHECK(simulator.finish().counts.populations[0].spikes == 1 + 2 + 4294967040U);
}
