// What every encoder keeps, whatever its coding.
#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "tests/encoders/encoder_cases.hpp"

namespace saltus::test {
namespace {

std::vector<Packet> whole(const EncoderCase& c, std::uint64_t sample) {
    const std::vector<float> values = input_of(c, sample);
    const auto encoder = make_encoder(c.coding, context_of(c));
    encoder->start(shown(c, sample, values));
    return packets_until(*encoder, k_horizon - 1);
}

}  // namespace

TEST_CASE("encoders: ticks and slots ascend, packets hold what they may") {
    for (const EncoderCase& c : encoder_cases()) {
        CAPTURE(c.name);
        std::size_t packets = 0;
        for (std::uint64_t sample = 0; sample < 5; ++sample) {
            Tick last = -1;
            for (const Packet& packet : whole(c, sample)) {
                packets += 1;
                CHECK(packet.tick > last);
                CHECK(packet.tick < k_horizon);
                last = packet.tick;
                CHECK(packet.held == holds_values(c.coding));
                CHECK(
                    std::is_sorted(packet.slots.begin(), packet.slots.end(), std::less_equal<>{}));
                CHECK((packet.held || !packet.slots.empty()));
                CHECK((packet.slots.empty() || packet.slots.back() < c.shape.size()));
                if (packet.held || !packet.payloads.empty()) {
                    CHECK(packet.payloads.size() == packet.slots.size());
                }
                if (!packet.held && !packet.payloads.empty()) {
                    CHECK(std::any_of(packet.payloads.begin(), packet.payloads.end(), [](float p) {
                        return p != 1.0F;
                    }));
                }
                for (const float p : packet.payloads) {
                    CHECK(std::isfinite(p));
                    CHECK(p != 0.0F);
                }
            }
        }
        CHECK(packets > 0);
    }
}

TEST_CASE(
    "encoders: tick by tick gives the packets of one request for all, and never one too early") {
    for (const EncoderCase& c : encoder_cases()) {
        CAPTURE(c.name);
        const std::vector<Packet> expected = whole(c, 2);
        for (const Tick step : {Tick{1}, Tick{3}, Tick{7}}) {
            CAPTURE(step);
            const std::vector<float> values = input_of(c, 2);
            const auto encoder = make_encoder(c.coding, context_of(c));
            encoder->start(shown(c, 2, values));
            std::vector<Packet> all;
            for (Tick until = 0; until < k_horizon + step; until += step) {
                for (const Packet& packet : packets_until(*encoder, until)) {
                    CHECK(packet.tick <= until);
                    CHECK(packet.tick > until - step);
                    all.push_back(packet);
                }
            }
            CHECK(same(all, expected));
        }
    }
}

TEST_CASE("encoders: nothing is sent at the horizon or later") {
    for (const EncoderCase& c : encoder_cases()) {
        CAPTURE(c.name);
        const std::vector<float> values = input_of(c, 1);
        const auto encoder = make_encoder(c.coding, context_of(c));
        encoder->start(shown(c, 1, values));
        const std::vector<Packet> all = packets_until(*encoder, std::numeric_limits<Tick>::max());
        CHECK(same(all, whole(c, 1)));
    }
}

TEST_CASE(
    "encoders: a sample alone equals the same sample in any order, also after a broken-off one") {
    for (const EncoderCase& c : encoder_cases()) {
        CAPTURE(c.name);
        const auto encoder = make_encoder(c.coding, context_of(c));
        for (const std::uint64_t sample : {4U, 1U, 3U, 1U, 0U}) {
            CAPTURE(sample);
            const std::vector<float> values = input_of(c, sample);
            encoder->start(shown(c, sample, values));
            packets_until(*encoder, static_cast<Tick>(sample * 5));  // broken off here
            encoder->start(shown(c, sample, values));
            CHECK(same(packets_until(*encoder, k_horizon - 1), whole(c, sample)));
        }
    }
}

TEST_CASE("encoders: random ones depend on seed, population and sample; the others on none") {
    for (const EncoderCase& c : encoder_cases()) {
        CAPTURE(c.name);
        const bool random = std::holds_alternative<GaussianCoding>(c.coding) ||
                            std::holds_alternative<BernoulliCoding>(c.coding) ||
                            std::holds_alternative<PoissonCoding>(c.coding);
        const std::vector<float> values = input_of(c, 0);
        const std::vector<Packet> expected = whole(c, 0);
        const auto differs = [&](EncoderContext context, std::uint64_t sample) {
            const auto encoder = make_encoder(c.coding, context);
            encoder->start(shown(c, sample, values));
            return !same(packets_until(*encoder, k_horizon - 1), expected);
        };
        EncoderContext context = context_of(c);
        CHECK(!differs(context, 0));
        CHECK(differs(context, 9) == random);
        context.population = 4;
        CHECK(differs(context, 0) == random);
        context = context_of(c);
        context.seed ^= std::uint64_t{1} << 40;
        CHECK(differs(context, 0) == random);
    }
}

TEST_CASE("encoders: an input without anything to send sends nothing, over any number of ticks") {
    for (const EncoderCase& c : encoder_cases()) {
        if (std::holds_alternative<GaussianCoding>(c.coding)) {
            continue;
        }  // noise needs no activation
        CAPTURE(c.name);
        EncoderContext context = context_of(c);
        context.horizon =
            std::holds_alternative<LatencyCoding>(c.coding) ? Tick{1} << 24 : Tick{1} << 60;
        const std::vector<float> values(c.frames * activations_per_frame(c.coding, c.shape), 0.0F);
        const auto encoder = make_encoder(c.coding, context);
        encoder->start(shown(c, 0, values));
        const std::vector<Packet> all = packets_until(*encoder, context.horizon - 1);
        if (holds_values(c.coding)) {
            REQUIRE(all.size() == 1);  // says that all values are 0
            CHECK(all[0].slots.empty());
        } else {
            CHECK(all.empty());
        }
    }
}

TEST_CASE("encoders: a value that is not finite is refused by its place") {
    for (const EncoderCase& c : encoder_cases()) {
        CAPTURE(c.name);
        const auto encoder = make_encoder(c.coding, context_of(c));
        for (const float bad :
             {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
            std::vector<float> values = input_of(c, 0);
            values[3] = bad;
            try {
                encoder->start(shown(c, 12, values));
                FAIL("accepted");
            } catch (const InputError& error) {
                CHECK(error.fault().path.find("sample 12, encoder population 3") == 0);
                CHECK(error.fault().path.find("activation 3") != std::string::npos);
            }
        }
    }
}

TEST_CASE("encoders: a length that does not fit is refused") {
    for (const EncoderCase& c : encoder_cases()) {
        CAPTURE(c.name);
        const auto encoder = make_encoder(c.coding, context_of(c));
        std::vector<float> values = input_of(c, 0);
        values.pop_back();
        CHECK_THROWS_AS(encoder->start(shown(c, 0, values)), InputError);
        values = input_of(c, 0);
        EncoderInput input = shown(c, 0, values);
        input.frames = 0;
        CHECK_THROWS_AS(encoder->start(input), InputError);
        input = shown(c, 0, values);
        input.ticks_per_frame = 0;
        CHECK_THROWS_AS(encoder->start(input), InputError);
    }
}

TEST_CASE("encoders: settings out of range are refused by their place") {
    EncoderContext context{.shape = {4}, .population = 2, .horizon = 10};
    const auto message = [&](const Coding& coding) -> std::string {
        try {
            make_encoder(coding, context);
        } catch (const ModelError& error) {
            return error.what();
        }
        return "accepted";
    };
    CHECK(message(BernoulliCoding{0.0F}) ==
          "populations[2].coding.c: got 0, need a finite number above 0");
    CHECK(message(PoissonCoding{-1.0F}) ==
          "populations[2].coding.c: got -1, need a finite number above 0");
    CHECK(message(LatencyCoding{1.0F, 0}) == "populations[2].coding.T: got 0, need 1 to 16777216");
    CHECK(message(PhaseCoding{1.0F, 25}) == "populations[2].coding.period: got 25, need 1 to 24");
    CHECK(message(BurstCoding{1.0F, 11}) ==
          "populations[2].coding.max_spikes: got 11, need 1 to 10");
    context.origin = "nodes[1].encoder.delta";
    CHECK(message(DeltaCoding{std::numeric_limits<float>::infinity()}) ==
          "nodes[1].encoder.delta.threshold: got inf, need a finite number above 0");
    context.shape = Shape{0};
    CHECK(message(EventsCoding{}) != "accepted");
}

}  // namespace saltus::test
