// Every tick of a layer against a plain loop, and the spike's surrogate gradient.
#include "tests/models/training/torch_doctest.hpp"

#include <cmath>
#include <numbers>
#include <random>

#include "models/training/spike_counts.hpp"

using namespace saltus;
using namespace saltus::training;

namespace {

// One neuron in doubles, straight from the equations in SEMANTICS and neurons.hpp.
std::vector<double> loop(const Neurons& n, const std::vector<double>& input, const std::vector<double>& direct) {
    std::vector<double> spikes;
    double v = n.start;
    double current = 0;
    double p1 = 0;
    double p2 = 0;
    double trace = 0;
    for (std::size_t t = 0; t < input.size(); ++t) {
        bool fires;
        if (n.seed) {
            const double p = n.a1 * p1 + n.a2 * p2 + n.b * input[t];
            p2 = p1;
            p1 = p;
            fires = p + direct[t] - trace > 1;
            trace = n.trace * trace + (fires ? 1 : 0);
        } else {
            current = n.alpha * current + input[t];
            v = n.rest + n.beta * (v - n.rest) + n.gain * current + direct[t];
            fires = v >= 1;
            if (fires) {
                v = n.reset_to_zero ? 0 : v - 1;
            }
        }
        spikes.push_back(fires ? 1 : 0);
    }
    return spikes;
}

std::vector<Neurons> families() {
    std::vector<Neurons> list(7);
    list[1].reset_to_zero = true;
    list[2].beta = 0.5;
    list[2].rest = 0.5;
    list[3].beta = 0.75;
    list[3].rest = 0;
    list[3].start = 0;
    list[3].reset_to_zero = true;
    list[4].alpha = 0.5;
    list[4].gain = 0.5;
    list[4].beta = 0.5;
    list[4].rest = 0.25;
    list[5].alpha = 0.25;
    list[5].gain = 0.75;
    list[6].seed = true;
    list[6].a1 = 0.75;
    list[6].a2 = -0.125;
    list[6].b = 1;
    list[6].trace = 0.5;
    list[6].start = 0;
    return list;
}

constexpr std::int64_t k_ticks = 6;
constexpr std::int64_t k_neurons = 200;

// Multiples of 1/8 from -1 to 1.875, so that six ticks of any family are exact in float32.
Tensor dyadic(std::mt19937& random, const std::vector<std::int64_t>& sizes) {
    Tensor values = torch::zeros(sizes);
    float* const at = values.data_ptr<float>();
    for (std::int64_t k = 0; k < values.numel(); ++k) {
        at[k] = static_cast<float>(random() % 24) / 8 - 1;
    }
    return values;
}

}  // namespace

TEST_CASE("spike counts: every tick of every family is a plain loop's") {
    std::mt19937 random(11);
    int family = 0;
    for (const Neurons& n : families()) {
        CAPTURE(family);
        for (int biases = 0; biases < 3; ++biases) {
            const Tensor input = dyadic(random, {k_ticks, k_neurons});
            const Tensor direct = biases == 0   ? Tensor()
                                  : biases == 1 ? dyadic(random, {k_neurons})
                                                : dyadic(random, {k_ticks, k_neurons});
            for (const bool surrogate : {false, true}) {
                const Tensor spikes = fire(n, input, direct, surrogate);
                REQUIRE(spikes.sizes() == input.sizes());
                int fired = 0;
                for (std::int64_t k = 0; k < k_neurons; ++k) {
                    std::vector<double> in;
                    std::vector<double> added;
                    for (std::int64_t t = 0; t < k_ticks; ++t) {
                        in.push_back(input[t][k].item<double>());
                        added.push_back(biases == 0   ? 0
                                        : biases == 1 ? direct[k].item<double>()
                                                      : direct[t][k].item<double>());
                    }
                    const std::vector<double> wanted = loop(n, in, added);
                    for (std::int64_t t = 0; t < k_ticks; ++t) {
                        CHECK(spikes[t][k].item<double>() == wanted[static_cast<std::size_t>(t)]);
                        fired += wanted[static_cast<std::size_t>(t)] > 0 ? 1 : 0;
                    }
                }
                CHECK(fired > 20);
                CHECK(fired < k_ticks * k_neurons - 20);
            }
        }
        ++family;
    }
}

TEST_CASE("spike counts: over one tick the surrogate gradient is 1 / (1 + (pi (v - 1))^2)") {
    const double pi = std::numbers::pi;
    for (const Neurons& n : families()) {
        Tensor input = torch::linspace(-2, 4, 121).unsqueeze(0).clone().set_requires_grad(true);
        const Tensor direct = torch::full({121}, 0.125).set_requires_grad(true);
        const Tensor spikes = fire(n, input, direct, true);
        const auto gradients = torch::autograd::grad({spikes.sum()}, {input, direct});
        for (std::int64_t k = 0; k < 121; ++k) {
            const double x = input[0][k].item<double>();
            const double before = n.seed ? 0 : n.rest + n.beta * (n.start - n.rest);
            const double gain = n.seed ? n.b : n.gain;
            const double v = before + gain * x + 0.125;
            const double slope = 1 / (1 + std::pow(pi * (v - 1), 2));
            CHECK(gradients[0][0][k].item<double>() == doctest::Approx(gain * slope).epsilon(1e-4));
            CHECK(gradients[1][k].item<double>() == doctest::Approx(slope).epsilon(1e-4));
        }
    }
}

// Two ticks by hand: integrate and fire that subtracts, s1 = H(v0 + x1 - 1), v1 = v0 + x1 - s1, s2 =
// H(v1 + x2 - 1): d(s1 + s2) / d x1 = h1 + h2 (1 - h1).
TEST_CASE("spike counts: through time the gradient passes the reset too") {
    const Neurons n;
    const auto slope = [](double v) { return 1 / (1 + std::pow(std::numbers::pi * (v - 1), 2)); };
    for (const double x1 : {0.25, 0.375, 0.625, 1.0}) {
        const Tensor input = torch::tensor({static_cast<float>(x1), 0.5F}).view({2, 1}).set_requires_grad(true);
        const Tensor gradient = torch::autograd::grad({fire(n, input, {}, true).sum()}, {input})[0];
        const double v1 = 0.5 + x1;
        const double h1 = slope(v1);
        const double h2 = slope((v1 >= 1 ? v1 - 1 : v1) + 0.5);
        CHECK(gradient[0][0].item<double>() == doctest::Approx(h1 + h2 * (1 - h1)).epsilon(1e-5));
        CHECK(gradient[1][0].item<double>() == doctest::Approx(h2).epsilon(1e-5));
    }
}

TEST_CASE("spike counts: without surrogate there is no tape") {
    const Tensor input = torch::ones({2, 3}).set_requires_grad(true);
    CHECK_FALSE(fire(Neurons(), input, {}, false).requires_grad());
    CHECK(fire(Neurons(), input, {}, true).requires_grad());
}
