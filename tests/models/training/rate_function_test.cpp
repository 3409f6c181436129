// Rate functions against the engine's neuron under a held drive, and their derivative against the
// gradient that spiking layers are trained with.
#include "tests/models/training/torch_doctest.hpp"

#include <cmath>
#include <random>

#include <google/protobuf/text_format.h>

#include <fmt/format.h>

#include "models/pipeline.hpp"
#include "models/training/rate_function.hpp"
#include "models/training/recipe.hpp"
#include "models/training/spike_counts.hpp"

#include "saltus/model.pb.h"

using namespace saltus;
using namespace saltus::training;

namespace {

struct Family {
    const char* name;
    Neurons neurons;
};

Neurons leaky(double beta, double rest, double start, double alpha = 0) {
    Neurons n;
    n.beta = beta;
    n.rest = rest;
    n.start = start;
    n.alpha = alpha;
    n.gain = 1 - alpha;
    return n;
}

// The engine's spikes in T ticks of a population of one neuron a drive, each held by duplicate.
std::vector<double> measured(const Neurons& n,
                             const std::vector<float>& drives,
                             float threshold,
                             std::int64_t T) {
    proto::Model message;
    const std::string text = fmt::format(
        "format_version: 1 name: \"rates\" horizon: {} inputs {{ name: \"input\" shape: [{}] }} "
        "nodes {{ name: \"coding\" encoder {{ duplicate {{}} }} }} "
        "nodes {{ name: \"neurons\" shape: [{}] population {{ theta: {} v_init: {} {} "
        "receptors {{ {} }} }} }} "
        "projections {{ source: \"coding\" target: \"neurons\" identity {{}} }} "
        "readouts {{ name: \"counts\" population: \"neurons\" kind: spike_count ties: index }}",
        T, drives.size(), drives.size(), threshold, n.start * threshold,
        n.beta == 1 ? "" : fmt::format("beta: {} v_rest: {}", n.beta, n.rest * threshold),
        n.alpha == 0 ? "" : fmt::format("alpha: {} gain: {}", n.alpha, n.gain));
    CAPTURE(text);
    REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &message));
    const LoadedModel model = LoadedModel::from_message(message, ".", "case");
    const Pipeline pipeline(model);
    PipelineWorker worker(pipeline, 0);
    std::vector<float> scaled;
    for (const float drive : drives) {
        scaled.push_back(drive * threshold);
    }
    const SampleInput input{.values = scaled};
    const SampleOutcome outcome = worker.run(0, {&input, 1});
    REQUIRE(!outcome.result.error);
    return {outcome.result.readouts[0].values.begin(), outcome.result.readouts[0].values.end()};
}

std::vector<float> drives() {
    std::vector<float> list;
    for (int k = 0; k <= 64; ++k) {
        list.push_back(static_cast<float>(k) / 64);
    }
    for (const float odd : {0.05F, 0.1F, 0.333F, 0.7F, 0.95F, 0.999F}) {
        list.push_back(odd);
    }
    return list;
}

// The largest |N / T - rate(x)|, over the bound.
double worst_share(const Neurons& n, float threshold, std::int64_t T) {
    const std::vector<float> xs = drives();
    const std::vector<double> counts = measured(n, xs, threshold, T);
    double worst = 0;
    for (std::size_t k = 0; k < xs.size(); ++k) {
        const double error = std::abs(counts[k] / static_cast<double>(T) - rate(n, xs[k]));
        CAPTURE(xs[k]);
        CAPTURE(counts[k]);
        // 1e-5: the membrane is float32.
        CHECK(error <= rate_bound(n, T) + 1e-5);
        worst = std::max(worst, error / rate_bound(n, T));
    }
    return worst;
}

}  // namespace

TEST_CASE("rate functions: integrate and fire is within one spike of its drive") {
    double worst = 0;
    for (const std::int64_t T : {1, 2, 5, 8, 33, 100}) {
        for (const double start : {0.0, 0.25, 0.5, 0.9}) {
            for (const float threshold : {1.0F, 0.375F, 7.5F}) {
                CAPTURE(T);
                CAPTURE(start);
                CAPTURE(threshold);
                const Neurons n = leaky(1, 0, start);
                CHECK(rate_bound(n, T) == doctest::Approx(1.0 / static_cast<double>(T)));
                worst = std::max(worst, worst_share(n, threshold, T));
            }
        }
    }
    CHECK(worst > 0.85);  // the bound is no looser than it need be
}

TEST_CASE("rate functions: leaky neurons are within their bound") {
    for (const double beta : {0.0, 0.5, 0.75, 0.9, 0.984375}) {
        for (const double rest : {0.0, 0.25, 0.5, 0.9}) {
            for (const double start : {0.0, 0.5, 0.9}) {
                for (const std::int64_t T : {1, 4, 16, 64, 300}) {
                    for (const float threshold : {1.0F, 3.0F}) {
                        CAPTURE(beta);
                        CAPTURE(rest);
                        CAPTURE(start);
                        CAPTURE(T);
                        worst_share(leaky(beta, rest, start), threshold, T);
                    }
                }
            }
        }
    }
}

TEST_CASE("rate functions: current-based neurons are within their bound") {
    for (const double alpha : {0.25, 0.5, 0.9}) {
        for (const double beta : {0.5, 0.9, 1.0}) {
            for (const double rest : {0.0, 0.5}) {
                for (const std::int64_t T : {1, 4, 16, 64, 300}) {
                    CAPTURE(alpha);
                    CAPTURE(beta);
                    CAPTURE(rest);
                    CAPTURE(T);
                    worst_share(leaky(beta, rest, 0.5, alpha), 1, T);
                }
            }
        }
    }
}

// The slope of the real counts is that of the rate function where it is neither 0 nor 1: what the
// gradient is taken for.
TEST_CASE("rate functions: over many ticks the slope of measured rates is the gradient's") {
    for (const Neurons& n : {leaky(1, 0, 0.5), leaky(0.9, 0.5, 0.5), leaky(0.9, 0.5, 0.5, 0.5)}) {
        const std::vector<double> counts = measured(n, {0.25F, 0.75F}, 1, 2000);
        CHECK((counts[1] - counts[0]) / 2000 / 0.5 ==
              doctest::Approx(1).epsilon(2 * rate_bound(n, 2000) / 0.5));
    }
}

TEST_CASE("rate functions: the gradient of counts is the derivative of the rate function") {
    std::mt19937 random(3);
    for (const char* const text :
         {"integrate_and_fire {}", "leaky {}", "leaky { beta: 0.5 rest: 0 }", "leaky { beta: 0.75 rest: -1 }",
          "current_based {}", "current_based { alpha: 0.25 beta: 0.5 rest: 0.25 }"}) {
        CAPTURE(text);
        proto::Recipe recipe;
        REQUIRE(google::protobuf::TextFormat::ParseFromString(
            fmt::format("data {{ set: \"none\" }} layers {{ linear {{ units: 1 }} }} neuron {{ {} }}", text),
            &recipe));
        recipe = complete_recipe(recipe, "case");
        CHECK(has_rate_function(recipe.neuron()));
        const Neurons n = neurons_of(recipe.neuron());
        for (const double T : {1.0, 4.0, 13.0}) {
            const double leak = leak_a_tick(n) * T;
            std::vector<float> xs;
            for (int k = 0; k < 400; ++k) {
                const double x = static_cast<double>(random() % 4000) / 1000 - 1.5;
                const double shifted = x - leak_a_tick(n);
                if (std::abs(shifted) > 1e-3 && std::abs(shifted - 1) > 1e-3) {
                    xs.push_back(static_cast<float>(x));
                }
            }
            const Tensor input = (torch::tensor(xs) * T).set_requires_grad(true);
            const Tensor counts = rate_counts(input, n.start, leak, T);
            const Tensor gradient = torch::autograd::grad({counts.sum()}, {input})[0];
            const Tensor other =
                torch::autograd::grad({with_rate_gradient(input, torch::ones_like(input), leak, T).sum()},
                                      {input})[0];
            int active = 0;
            for (std::size_t k = 0; k < xs.size(); ++k) {
                const double h = 1e-5;
                const double numerical = (rate(n, xs[k] + h) - rate(n, xs[k] - h)) / (2 * h);
                const double found = gradient[static_cast<std::int64_t>(k)].item<double>();
                CAPTURE(xs[k]);
                CHECK(found == doctest::Approx(numerical).epsilon(1e-6));
                CHECK(other[static_cast<std::int64_t>(k)].item<double>() == found);
                active += numerical > 0.5 ? 1 : 0;
                // The counts are the rate function's, quantised: within one of T rate(x).
                CHECK(std::abs(counts[static_cast<std::int64_t>(k)].item<double>() - T * rate(n, xs[k])) <=
                      1 + 1e-4);
            }
            CHECK(active > 30);
            CHECK(active < static_cast<int>(xs.size()) - 30);
        }
    }
}
