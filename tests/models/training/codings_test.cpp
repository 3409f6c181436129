// Codings in training against the engine's encoders, and their gradients.
#include "tests/models/training/torch_doctest.hpp"

#include <cmath>
#include <functional>
#include <random>

#include <google/protobuf/text_format.h>

#include "encoders/encoder.hpp"
#include "models/training/codings.hpp"

using namespace saltus;
using namespace saltus::training;

namespace {

proto::RecipeCoding coding_of(const std::string& name) {
    proto::RecipeCoding coding;
    REQUIRE(google::protobuf::TextFormat::ParseFromString(name + " {}", &coding));
    return coding;
}

Tensor number(double value) { return torch::full({}, value, torch::kFloat32); }

Tensor tensor_of(std::vector<float> values) {
    const auto size = static_cast<std::int64_t>(values.size());
    return torch::from_blob(values.data(), {1, size}, torch::kFloat32).clone();
}

// What the engine's encoder sends: [tick][index], payload.
std::vector<std::vector<double>> sent(const Coding& coding,
                                      const std::vector<float>& activations,
                                      Tick T,
                                      std::uint64_t sample = 0) {
    const bool pairs = std::holds_alternative<GaussianCoding>(coding);
    const auto size = static_cast<std::uint32_t>(activations.size() / (pairs ? 2 : 1));
    const EncoderContext context{.shape = {size}, .population = 1, .horizon = T, .seed = 5};
    const auto encoder = make_encoder(coding, context);
    encoder->start({.sample = sample, .activations = activations});
    std::vector<std::vector<double>> all(static_cast<std::size_t>(T), std::vector<double>(size));
    for (Packet packet; encoder->next(T - 1, packet);) {
        for (std::size_t k = 0; k < packet.slots.size(); ++k) {
            const NeuronIndex index = context.shape.index_of(packet.slots[k]);
            all[static_cast<std::size_t>(packet.tick)][index] +=
                packet.payloads.empty() ? 1 : packet.payloads[k];
        }
    }
    return all;
}

// Values at which rounding decides, for full scale c and T ticks.
std::vector<float> edges(float c, std::int64_t T) {
    std::vector<float> list{0, -0.0F, -1, 1e-30F, 1e-45F, c, std::nextafter(c, 0.0F), 2 * c, 1e30F};
    for (std::int64_t q = 0; q <= 2 * T; ++q) {
        const float edge = c * static_cast<float>(q) / (2 * static_cast<float>(T));
        for (const float a : {edge, std::nextafter(edge, -1.0F), std::nextafter(edge, 1e9F)}) {
            list.push_back(a);
        }
    }
    std::mt19937 random(static_cast<unsigned>(T));
    for (int k = 0; k < 500; ++k) {
        list.push_back(c * static_cast<float>(random() % 10000) / 9000);
    }
    return list;
}

double central(const std::function<double(double)>& f, double x) {
    return (f(x + 1e-3) - f(x - 1e-3)) / 2e-3;
}

}  // namespace

TEST_CASE("codings: latency has the engine's tick and level at every value, rounding edges too") {
    for (const float c : {1.0F, 0.3F, 1.3F, 7.77F}) {
        for (const std::int64_t T : {1, 2, 3, 4, 7, 8, 16, 100}) {
            CAPTURE(c);
            CAPTURE(T);
            const std::vector<float> values = edges(c, T);
            const Signal signal = encode(coding_of("latency"), tensor_of(values), number(c), T, true);
            const auto packets = sent(LatencyCoding{.c = c, .T = T}, values, T);
            std::size_t spikes = 0;
            bool same = true;
            for (std::size_t k = 0; k < values.size(); ++k) {
                const auto at = static_cast<std::int64_t>(k);
                std::int64_t level = 0;
                double flowing = 0;
                for (std::int64_t t = 0; t < T; ++t) {
                    flowing += packets[static_cast<std::size_t>(t)][k];
                    level = flowing > 0 && level == 0 ? T - t : level;
                    same = same && signal.ticks[t][0][at].item<double>() == flowing;
                }
                same = same && signal.total[0][at].item<double>() == static_cast<double>(level);
                same = same && signal.events[0][at].item<double>() == (level > 0 ? 1 : 0);
                spikes += level > 0 ? 1U : 0U;
                CAPTURE(values[k]);
                REQUIRE(same);
            }
            CHECK(spikes > 200);
            CHECK(signal.value.item<float>() == doctest::Approx(c / static_cast<float>(T)));
            const Tensor mean = mean_of_coding(coding_of("latency"), tensor_of(values), number(c), T);
            CHECK(torch::allclose(mean, signal.total * signal.value, 1e-6));
        }
    }
}

TEST_CASE("codings: duplicate sends the value at every tick, as the engine holds it") {
    const std::vector<float> values{0, 1, -0.5F, 3.25F, 1e-20F};
    const std::int64_t T = 5;
    const Signal signal = encode(coding_of("duplicate"), tensor_of(values), number(1), T, true);
    const auto packets = sent(DuplicateCoding{}, values, T);
    CHECK_FALSE(signal.ticks.defined());
    CHECK(signal.multiplies);
    for (std::size_t k = 0; k < values.size(); ++k) {
        const auto at = static_cast<std::int64_t>(k);
        CHECK(packets[0][k] == static_cast<double>(values[k]));  // held from there on
        CHECK(signal.total[0][at].item<float>() == values[k] * 5);
        CHECK(signal.events[0][at].item<double>() == (values[k] != 0 ? 1 : 0));
    }
    CHECK(signal.value.item<float>() == 0.2F);
    CHECK(torch::equal(mean_of_coding(coding_of("duplicate"), tensor_of(values), number(1), T),
                       tensor_of(values)));
}

// Over S presentations of T ticks the mean of either side is within 5 standard deviations of the
// true one, and so is the variance: that of a sample variance is (m4 - s^4) / n,
// and the mean's own error squared comes on top.
TEST_CASE("codings: random codings have the mean and variance of the engine's encoders") {
    constexpr std::int64_t k_T = 8;
    constexpr std::int64_t k_presentations = 4000;
    constexpr double k_n = static_cast<double>(k_T * k_presentations);
    torch::manual_seed(4);
    const float c = 0.8F;
    struct Case {
        const char* name;
        Coding engine;
        std::vector<float> values;  // gaussian: means, then log-variances
    };
    const Case cases[] = {
        {"bernoulli", BernoulliCoding{c}, {0, 0.08F, 0.4F, 0.72F, 0.8F, 2, -1}},
        {"poisson", PoissonCoding{c}, {0, 0.08F, 0.4F, 0.8F, 2, 4, -1}},
        {"gaussian", GaussianCoding{}, {0, 0.5F, -1, 2, 0, -2, 1, 0.5F}},
    };
    for (const Case& one : cases) {
        CAPTURE(one.name);
        const bool normal = std::string(one.name) == "gaussian";
        const bool poisson = std::string(one.name) == "poisson";
        const std::size_t size = one.values.size() / (normal ? 2 : 1);
        std::vector<double> sums[2];
        std::vector<double> squares[2];
        for (int side = 0; side < 2; ++side) {
            sums[side].resize(size);
            squares[side].resize(size);
        }
        for (std::int64_t s = 0; s < k_presentations; ++s) {
            for (const auto& tick : sent(one.engine, one.values, k_T, static_cast<std::uint64_t>(s))) {
                for (std::size_t k = 0; k < size; ++k) {
                    sums[0][k] += tick[k];
                    squares[0][k] += tick[k] * tick[k];
                }
            }
        }
        Tensor activations = tensor_of(one.values);
        activations = normal ? activations.view({2, 1, -1}).expand({2, k_presentations, -1})
                             : activations.expand({k_presentations, -1});
        const Signal signal = encode(coding_of(one.name), activations, number(c), k_T, true);
        const Tensor sum = signal.ticks.to(torch::kFloat64).flatten(0, 1).sum(0);
        const Tensor square = signal.ticks.to(torch::kFloat64).square().flatten(0, 1).sum(0);
        CHECK(torch::allclose(signal.total, signal.ticks.sum(0), 1e-5, 1e-5));
        for (std::size_t k = 0; k < size; ++k) {
            CAPTURE(k);
            sums[1][k] = sum[static_cast<std::int64_t>(k)].item<double>();
            squares[1][k] = square[static_cast<std::int64_t>(k)].item<double>();
            const double a = one.values[k];
            double mean = std::max(0.0, a / c);
            double variance = mean;
            double fourth = mean + 3 * mean * mean;
            if (normal) {
                mean = a;
                variance = std::exp(one.values[k + size]);
                fourth = 3 * variance * variance;
            } else if (!poisson) {
                mean = std::min(1.0, mean);
                variance = mean * (1 - mean);
                fourth = variance * (1 - 3 * variance);
            }
            for (int side = 0; side < 2; ++side) {
                CAPTURE(side);
                const double found = sums[side][k] / k_n;
                CHECK(std::abs(found - mean) <= 5 * std::sqrt(variance / k_n) + 1e-6);
                CHECK(std::abs(squares[side][k] / k_n - found * found - variance) <=
                      5 * std::sqrt(std::max(0.0, fourth - variance * variance) / k_n) +
                          25 * variance / k_n + 1e-5);
            }
        }
        const double scale = signal.value.item<double>();
        CHECK(scale == doctest::Approx((normal ? 1.0 : static_cast<double>(c)) / k_T));
        CHECK(signal.multiplies == normal);
    }
}

// d (total x value) / d a and / d c against the numerical derivative of the activation that arrives
// on average, mean_of_coding: TRAINING's table. Numbers drawn are held: T p is replaced by them.
TEST_CASE("codings: gradients are the derivatives of what arrives on average") {
    const std::int64_t T = 8;
    const double c0 = 0.8;
    for (const char* const name : {"duplicate", "bernoulli", "poisson", "latency"}) {
        CAPTURE(name);
        const std::string coding = name;
        const auto smooth = [&](double a, double c) {
            if (coding == "duplicate") {
                return a;
            }
            return coding == "poisson" ? std::max(0.0, a) : c * std::clamp(a / c, 0.0, 1.0);
        };
        for (const double a0 : {-0.5, 0.1, 0.3, 0.55, 0.75, 0.9, 2.0}) {
            CAPTURE(a0);
            const Tensor a = torch::full({1, 1}, a0, torch::kFloat32).set_requires_grad(true);
            const Tensor c = number(c0).set_requires_grad(true);
            torch::manual_seed(3);
            const Signal signal = encode(coding_of(name), a, c, T, true);
            const auto found = torch::autograd::grad(
                {(signal.total * signal.value).sum()}, {a, c}, {}, c10::nullopt, false, true);
            CHECK(found[0].item<double>() ==
                  doctest::Approx(central([&](double x) { return smooth(x, c0); }, a0)).epsilon(1e-3));
            if (coding == "duplicate") {
                CHECK_FALSE(found[1].defined());
                continue;
            }
            // dm/dc = N / T - p where it is not cut off (the residual), N / T where it is.
            const double n = signal.total.item<double>() / static_cast<double>(T);
            const bool within = a0 > 0 && (coding == "poisson" || a0 < c0);
            CHECK(found[1].item<double>() ==
                  doctest::Approx(n - (within ? a0 / c0 : 0)).epsilon(1e-4).scale(1));
            // On average over the numbers drawn, and with the rounding of levels left out, that is
            // the derivative of the mean.
            const double mean_n = within ? a0 / c0 : std::clamp(a0 / c0, 0.0, 1.0);
            CHECK(mean_n - (within ? a0 / c0 : 0) ==
                  doctest::Approx(central([&](double x) { return smooth(a0, x); }, c0)).epsilon(1e-3).scale(1));
            const Tensor mean = mean_of_coding(coding_of(name), a, c, T);
            CHECK(torch::autograd::grad({mean.sum()}, {a})[0].item<double>() ==
                  doctest::Approx(found[0].item<double>()));
        }
    }
}

TEST_CASE("codings: gaussian's gradients are those of the numbers drawn, reparameterised") {
    const std::int64_t T = 6;
    const auto arrives = [&](double mean, double log_variance) {
        torch::manual_seed(8);
        const Tensor a =
            torch::tensor({mean, log_variance}, torch::kFloat32).view({2, 1, 1}).set_requires_grad(true);
        const Signal signal = encode(coding_of("gaussian"), a, number(1), T, false);
        return std::pair{a, (signal.total * signal.value).sum()};
    };
    for (const double mean : {-1.0, 0.25, 2.0}) {
        for (const double log_variance : {-3.0, 0.0, 1.0}) {
            const auto [a, arrived] = arrives(mean, log_variance);
            const Tensor found = torch::autograd::grad({arrived}, {a})[0].flatten();
            CHECK(found[0].item<double>() == doctest::Approx(1).epsilon(1e-5));
            const double by_draws =
                central([&](double l) { return arrives(mean, l).second.item<double>(); }, log_variance);
            CHECK(found[1].item<double>() == doctest::Approx(by_draws).epsilon(5e-3).scale(0.1));
            // sigma mean(eps) / 2, mean(eps) = (arrived - mean) / sigma.
            CHECK(found[1].item<double>() ==
                  doctest::Approx((arrived.item<double>() - mean) / 2).epsilon(1e-4).scale(0.01));
        }
    }
}
