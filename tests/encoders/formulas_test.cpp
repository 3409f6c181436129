// Each coding against its formula, written out again and by index.
#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "encoders/events.hpp"
#include "encoders/philox.hpp"

#include "tests/encoders/encoder_cases.hpp"

namespace saltus::test {
namespace {

struct Sent {
    std::vector<float> values;
    std::vector<std::vector<float>> payload;  // [tick][index]
};

Sent sent(const EncoderCase& c, std::uint64_t sample) {
    Sent result{input_of(c, sample), {}};
    const auto encoder = make_encoder(c.coding, context_of(c));
    encoder->start(shown(c, sample, result.values));
    result.payload = sent_by_index(packets_until(*encoder, k_horizon - 1), c.shape, k_horizon);
    return result;
}

float clipped(float x) {
    return std::fmin(std::fmax(x, 0.0F), 1.0F);
}

// Calls check(tick, index, activation, payload) for all, of the frame that the tick sees.
template <class Check>
void over_all(const EncoderCase& c, std::uint64_t sample, Check check) {
    const Sent s = sent(c, sample);
    const std::size_t n = static_cast<std::size_t>(c.shape.size());
    const std::size_t stride = activations_per_frame(c.coding, c.shape);
    for (Tick t = 0; t < k_horizon; ++t) {
        const std::size_t frame =
            std::min(static_cast<std::size_t>(t / c.ticks_per_frame), c.frames - 1);
        for (std::size_t j = 0; j < n; ++j) {
            check(t,
                  static_cast<NeuronIndex>(j),
                  std::span(s.values).subspan(frame * stride, stride),
                  s.payload[static_cast<std::size_t>(t)][j]);
        }
    }
}

RandomWords words(NeuronIndex index, Tick tick, std::uint64_t sample) {
    return philox(
        {.seed = 0x0123456789abcdefU, .sample = sample, .population = 3, .draw = 0}, index, tick);
}

}  // namespace

TEST_CASE("bernoulli: a spike where the neuron's draw at that tick is below its activation") {
    const EncoderCase c{"", BernoulliCoding{0.7F}, {2, 3, 4}, 3, 9};
    over_all(c, 6, [&](Tick t, NeuronIndex j, std::span<const float> a, float payload) {
        const float u = static_cast<float>(words(j, t, 6)[0] >> 8) / 16777216.0F;
        CHECK(payload == (u < clipped(a[j] / 0.7F) ? 1.0F : 0.0F));
    });
}

TEST_CASE("poisson: the payload inverts the distribution, and its mean is the activation") {
    const EncoderCase c{"", PoissonCoding{0.5F}, {2, 2, 3}};
    over_all(c, 8, [&](Tick t, NeuronIndex j, std::span<const float> a, float payload) {
        const double u = (words(j, t, 8)[0] >> 8) / 16777216.0;
        const double mean = std::fmax(a[j] / 0.5F, 0.0F);
        double below = 0;  // P(count <= k), by the C library's own functions
        double k = 0;
        for (below = std::exp(-mean); u >= below;
             below += std::exp(k * std::log(mean) - mean - std::lgamma(k + 1))) {
            k += 1;
        }
        CHECK(payload == static_cast<float>(k));
    });
    const std::vector<float> rate(1, 12.5F);
    const auto encoder =
        make_encoder(PoissonCoding{}, {.shape = {1}, .population = 0, .horizon = 20000});
    encoder->start({.activations = rate});
    double total = 0;
    for (const Packet& packet : packets_until(*encoder, 19999)) {
        total += packet.payload(0);
    }
    CHECK(total / 20000 == doctest::Approx(12.5).epsilon(0.01));
    const std::vector<float> huge(1, 701.0F);
    CHECK_THROWS_AS(encoder->start({.activations = huge}), InputError);
    CHECK(payload_counts(PoissonCoding{}));
}

TEST_CASE("gaussian: the payload is the mean plus a standard normal draw times the deviation") {
    for (const bool relu : {false, true}) {
        const EncoderCase c{"", GaussianCoding{relu}, {2, 3, 2}, 2, 20, -3.0F, 3.0F};
        over_all(c, 5, [&](Tick t, NeuronIndex j, std::span<const float> a, float payload) {
            const std::size_t n = a.size() / 2;
            const double m = relu ? std::fmax(a[j], 0.0F) : a[j];
            const double l = relu ? std::fmax(a[n + j], 0.0F) : a[n + j];
            const RandomWords w = words(j, t, 5);
            const double z = std::sqrt(-2 * std::log((w[0] + 1.0) * 0x1p-32)) *
                             std::cos(2 * std::acos(-1.0) * (w[1] * 0x1p-32));
            const auto expected = static_cast<float>(m + std::exp(l / 2) * z);
            CHECK(std::fabs(payload - expected) <=
                  std::fabs(std::nextafter(expected, 1e9F) - expected));
        });
    }
}

TEST_CASE("gaussian: samples have the mean and variance asked for") {
    const std::vector<float> a{0.75F, std::log(4.0F)};
    const auto encoder =
        make_encoder(GaussianCoding{}, {.shape = {1}, .population = 0, .horizon = 40000});
    encoder->start({.activations = a});
    double sum = 0;
    double squares = 0;
    for (const Packet& packet : packets_until(*encoder, 39999)) {
        sum += packet.payload(0);
        squares += packet.payload(0) * packet.payload(0);
    }
    const double mean = sum / 40000;
    CHECK(mean == doctest::Approx(0.75).epsilon(0.05));
    CHECK(squares / 40000 - mean * mean == doctest::Approx(4.0).epsilon(0.03));
    const std::vector<float> wide{0.0F, 200.0F};
    CHECK_THROWS_AS(encoder->start({.activations = wide}), InputError);
}

TEST_CASE("latency: one spike, q ticks before T, none for q = 0") {
    const EncoderCase c{"", LatencyCoding{0.9F, 25}, {2, 4, 4}};
    over_all(c, 3, [&](Tick t, NeuronIndex j, std::span<const float> a, float payload) {
        const float scaled = 25.0F * clipped(a[j] / 0.9F);
        const int q = static_cast<int>(scaled + 0.5F);
        CHECK(payload == (q > 0 && t == 25 - q ? 1.0F : 0.0F));
    });
    const EncoderCase sequence{"", LatencyCoding{1.0F, 5}, {6}, 8, 5};
    over_all(sequence, 3, [&](Tick t, NeuronIndex j, std::span<const float> a, float payload) {
        const int q = static_cast<int>(5.0F * clipped(a[j]) + 0.5F);
        CHECK(payload == (q > 0 && t % 5 == 5 - q ? 1.0F : 0.0F));
    });
    const auto encoder = make_encoder(LatencyCoding{1.0F, 6}, context_of(sequence));
    const std::vector<float> values = input_of(sequence, 0);
    CHECK_THROWS_AS(encoder->start(shown(sequence, 0, values)), InputError);
}

TEST_CASE("phase: the digits of a pixel, one a tick, sum to it in a period") {
    const std::vector<float> bytes{0, 1, 77, 128, 200, 254, 255};
    std::vector<float> pixels;
    for (const float b : bytes) {
        pixels.push_back(b / 255.0F);
    }
    const auto encoder =
        make_encoder(PhaseCoding{}, {.shape = {7}, .population = 0, .horizon = 16});
    encoder->start({.activations = pixels});
    const auto payload = sent_by_index(packets_until(*encoder, 15), {7}, 16);
    for (std::size_t j = 0; j < bytes.size(); ++j) {
        for (std::size_t period = 0; period < 2; ++period) {
            float sum = 0;
            for (std::size_t k = 0; k < 8; ++k) {
                const float p = payload[period * 8 + k][j];
                CHECK((p == 0.0F || p == std::ldexp(1.0F, -1 - static_cast<int>(k))));
                sum += p;
            }
            CHECK(sum == bytes[j] / 256.0F);
        }
    }
}

TEST_CASE("burst: more spikes, closer together, for a larger activation") {
    // N = 4, W = 40, so G = 10
    const std::vector<float> x{0.0F, 0.1F, 0.25F, 0.26F, 0.5F, 1.0F, -1.0F, 2.0F};
    const std::vector<std::vector<Tick>> expected{{},
                                                  {0},
                                                  {0},
                                                  {0, 8},  // ceil(7.66)
                                                  {0, 6},  // ceil(5.5)
                                                  {0, 1, 2, 3},
                                                  {},
                                                  {0, 1, 2, 3}};
    const auto encoder =
        make_encoder(BurstCoding{1.0F, 4}, {.shape = {8}, .population = 0, .horizon = 40});
    encoder->start({.activations = x});
    const auto payload = sent_by_index(packets_until(*encoder, 39), {8}, 40);
    for (std::size_t j = 0; j < x.size(); ++j) {
        std::vector<Tick> ticks;
        for (std::size_t t = 0; t < 40; ++t) {
            if (payload[t][j] != 0.0F) {
                ticks.push_back(static_cast<Tick>(t));
            }
        }
        CHECK(ticks == expected[j]);
    }
    const std::vector<float> frames(16, 0.5F);
    CHECK_THROWS_AS(encoder->start({.activations = frames, .frames = 2, .ticks_per_frame = 3}),
                    InputError);
}

TEST_CASE("delta: whole thresholds are sent on change and add up to the activation") {
    const std::vector<float> a{0.3F, 0.9F, 0.9F, 0.95F, -0.6F, -0.55F};  // six frames of one neuron
    const auto encoder =
        make_encoder(DeltaCoding{0.25F}, {.shape = {1}, .population = 0, .horizon = 60});
    encoder->start({.activations = a, .frames = 6, .ticks_per_frame = 10});
    const std::vector<Packet> packets = packets_until(*encoder, 59);
    REQUIRE(packets.size() == 3);
    CHECK(packets[0].tick == 0);
    CHECK(packets[0].payload(0) == 0.25F);
    CHECK(packets[1].tick == 10);
    CHECK(packets[1].payload(0) == 0.5F);
    CHECK(packets[2].tick == 40);
    CHECK(packets[2].payload(0) == -1.25F);

    const EncoderCase c{"", DeltaCoding{0.125F}, {2, 3, 3}, 20, 2};
    std::vector<float> told(18, 0.0F);
    over_all(c, 4, [&](Tick t, NeuronIndex j, std::span<const float> values, float payload) {
        told[j] += payload;
        if (t % 2 == 0) {
            CHECK(std::fabs(values[j] - told[j]) < 0.125F);
        }
        if (t % 2 == 1) {
            CHECK(payload == 0.0F);
        }
    });
}

TEST_CASE("duplicate: the values are held from each frame that changes them") {
    const EncoderCase c{"", DuplicateCoding{}, {2, 1, 2}, 4, 3};
    const std::vector<float> a{0.5F, 0, -2, 1, 0.5F, 0, -2, 1, 0, 0, 0, 0, 1, 1, 1, 1};
    const auto encoder = make_encoder(c.coding, context_of(c));
    encoder->start(shown(c, 0, a));
    const std::vector<Packet> packets = packets_until(*encoder, k_horizon - 1);
    REQUIRE(packets.size() == 3);
    CHECK(packets[0].slots == std::vector<Slot>{0, 1, 3});  // channel last
    CHECK(packets[0].payloads == std::vector<float>{0.5F, -2, 1});
    CHECK(packets[1].tick == 6);
    CHECK(packets[1].slots.empty());
    CHECK(packets[2].tick == 9);
    CHECK(packets[2].payloads == std::vector<float>(4, 1.0F));
    CHECK(holds_values(c.coding));
}

TEST_CASE("events: dense floats, dense bytes and a shuffled list say the same") {
    std::mt19937_64 random(3);
    for (const Shape& shape : {Shape{2, 2, 3}, Shape{1, 10, 13}, Shape{3, 9, 15}, Shape{784}}) {
        CAPTURE(shape.text());
        const EncoderContext context{.shape = shape, .population = 0, .horizon = 30};
        const auto size = static_cast<std::size_t>(shape.size());
        std::vector<std::uint8_t> bytes(25 * size);
        std::vector<float> floats;
        std::vector<InputEvent> list;
        for (std::size_t k = 0; k < bytes.size(); ++k) {
            const std::uint64_t most = k / size % 3;  // ticks of silence, of ones, of counts
            bytes[k] =
                static_cast<std::uint8_t>(most == 0 || random() % 2 == 0 ? 0 : 1 + random() % most);
            floats.push_back(bytes[k]);
            for (std::uint8_t n = 0; n < bytes[k]; ++n) {
                list.push_back(
                    {static_cast<Tick>(k / size), static_cast<NeuronIndex>(k % size), 1.0F});
            }
        }
        std::shuffle(list.begin(), list.end(), random);
        EventsEncoder encoder(context);
        encoder.start({.activations = floats, .frames = 25});
        const std::vector<Packet> expected = packets_until(encoder, 29);
        CHECK(expected.size() == 16);
        const auto payload = sent_by_index(expected, shape, 25);
        for (std::size_t k = 0; k < bytes.size(); ++k) {
            CHECK(payload[k / size][k % size] == floats[k]);
        }
        encoder.start(0, bytes, 25);
        CHECK(same(packets_until(encoder, 29), expected));
        encoder.start(0, list);
        CHECK(same(packets_until(encoder, 29), expected));
    }
}

TEST_CASE("events: any byte but 0, wherever it stands, is found") {
    for (std::uint32_t size = 1; size <= 70; ++size) {
        EventsEncoder encoder({.shape = {size}, .population = 0, .horizon = 1});
        for (std::uint32_t place = 0; place < size; ++place) {
            std::vector<std::uint8_t> bytes(size);
            bytes[place] = static_cast<std::uint8_t>(1U << place % 8);
            encoder.start(0, bytes, 1);
            const std::vector<Packet> packets = packets_until(encoder, 0);
            REQUIRE(packets.size() == 1);
            CHECK(packets[0].slots == std::vector<Slot>{place});
            CHECK(packets[0].payload(0) == static_cast<float>(bytes[place]));
        }
    }
}

TEST_CASE("events: what cannot be sent is refused by its place") {
    EventsEncoder encoder({.shape = {3}, .population = 1, .horizon = 30});
    const auto message = [&](std::vector<InputEvent> events) -> std::string {
        try {
            encoder.start(7, events);
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    };
    CHECK(message({{0, 0, 1}, {0, 3, 1}}) ==
          "sample 7, encoder population 1: event 1: got neuron 3, need below 3");
    CHECK(message({{-1, 0, 1}}) ==
          "sample 7, encoder population 1: event 0: got tick -1, need at least 0");
    CHECK(message({{2, 1, 3e38F}, {2, 1, 3e38F}}) ==
          "sample 7, encoder population 1: tick 2, neuron 1: got payload inf, need a finite sum");
    CHECK(message({{2, 1, 1}, {2, 1, -1}}) == "accepted");
    CHECK(packets_until(encoder, 29).empty());
}

}  // namespace saltus::test
