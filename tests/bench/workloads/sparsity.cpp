// Workload F: workload A's network under Bernoulli spikes of rates from 0 to 1, every pixel the
// same rate: time against synaptic operations, the fixed cost of a sample without a spike, and
// the dense product of the same layers over the same ticks beside it.
//
// SynOps are counted, not taken from the rate: what the hidden layers make of it differs. Activity
// is SynOps a sample / (ticks x weights), the share of a dense product's multiplications.
#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "encoders/bernoulli.hpp"

#include "tests/bench/workloads/dense_product.hpp"
#include "tests/bench/workloads/mnist_mlp.hpp"
#include "tests/bench/workloads/recorded_samples.hpp"
#include "tests/bench/workloads/workload.hpp"

namespace saltus::bench {

namespace {

constexpr Tick k_horizon = 100;
constexpr std::size_t k_samples = 16;
constexpr float k_rates[] = {
    0.0F, 0.001F, 0.002F, 0.005F, 0.01F, 0.02F, 0.05F, 0.1F, 0.15F, 0.2F, 0.3F, 0.5F, 0.7F, 1.0F};
// The fastest of so many passes counts: some last a millisecond and are lost to whatever else runs.
constexpr int k_passes = 3;
// Samples whose ticks go through one dense product: large batches are its best case.
constexpr std::size_t k_dense_batches[] = {1, 16};

EncodedSamples bernoulli_samples(float rate) {
    BernoulliEncoder encoder({1.0F}, {Shape{k_mlp_widths[0]}, 0, k_horizon, 7});
    const std::vector<float> activations(k_mlp_widths[0], rate);
    EncodedSamples samples;
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t s = 0; s < k_samples; ++s) {
        encoder.start({s, activations});
        samples.packets.push_back(drain(encoder, k_horizon));
    }
    samples.encode_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return samples;
}

class Sparsity final : public Workload {
  public:
    explicit Sparsity(const Request& request) {
        const WeightForm form = weight_form(request.form, request.workload);
        for (const float rate : k_rates) {
            points_.push_back(
                {rate,
                 std::make_unique<RecordedSamples>(mnist_mlp(request.weights, form, k_horizon),
                                                   bernoulli_samples(rate)),
                 {}});
        }
        for (const std::size_t batch : k_dense_batches) {
            dense_.emplace_back(k_mlp_widths, batch * k_horizon, form);
        }
    }

    Prepared prepare() override {
        Prepared prepared;
        for (Point& point : points_) {
            std::string digest;
            point.answer = point.samples->digested_pass(digest);
            hold(point);
            prepared.check["digests"].push_back(digest);
            prepared.synops += static_cast<double>(point.answer.synops());
        }
        for (DenseProduct& dense : dense_) {
            dense.check();
        }
        prepared.samples = k_samples * points_.size();
        prepared.synops /= static_cast<double>(prepared.samples);
        return prepared;
    }

    Timed run() override {
        Timed timed;
        timed.samples = k_samples * points_.size();
        for (Point& point : points_) {
            double seconds = std::numeric_limits<double>::infinity();
            for (int pass = 0; pass < k_passes; ++pass) {
                double once = 0;
                if (point.samples->timed_pass(once) != point.answer) {
                    throw CheckFailed(fmt::format("rate {}: another answer", point.rate));
                }
                seconds = std::min(seconds, once);
            }
            timed.seconds += seconds;
            timed.encode_seconds += point.samples->encode_seconds();
            const double synops = static_cast<double>(point.answer.synops()) / k_samples;
            timed.more["points"].push_back({{"rate", point.rate},
                                            {"synops", synops},
                                            {"activity", synops / dense_macs()},
                                            {"seconds", seconds / k_samples}});
        }
        for (std::size_t k = 0; k < dense_.size(); ++k) {
            const auto batch = static_cast<double>(k_dense_batches[k]);
            double seconds = std::numeric_limits<double>::infinity();
            for (int pass = 0; pass < k_passes; ++pass) {
                seconds = std::min(seconds, dense_[k].timed_pass());
            }
            timed.more["dense"].push_back({{"batch", k_dense_batches[k]},
                                           {"seconds", seconds / batch},
                                           {"macs", dense_[k].macs() / batch}});
        }
        return timed;
    }

  private:
    struct Point {
        float rate;
        std::unique_ptr<RecordedSamples> samples;
        PassAnswer answer;
    };

    // Multiplications a sample of the dense product.
    [[nodiscard]] double dense_macs() const {
        return dense_[0].macs() / static_cast<double>(k_dense_batches[0]);
    }

    // A spike's synaptic operations are its fan-out, and a Bernoulli rate is met within six
    // standard deviations.
    void hold(const Point& point) const {
        for (std::size_t layer = 0; layer < 3; ++layer) {
            const std::uint64_t expected = point.answer.spikes[layer] * k_mlp_widths[layer + 1];
            if (point.answer.acs[layer] != expected) {
                throw CheckFailed(fmt::format("rate {}: {} SynOps of layer {}, need {}",
                                              point.rate,
                                              point.answer.acs[layer],
                                              layer + 1,
                                              expected));
            }
        }
        const double trials = double{k_mlp_widths[0]} * double{k_horizon} * k_samples;
        const double rate = double{point.rate};
        const double off = static_cast<double>(point.answer.spikes[0]) - trials * rate;
        if (off * off > 36 * trials * rate * (1 - rate)) {
            throw CheckFailed(fmt::format("rate {}: {} input spikes, need about {}",
                                          rate,
                                          point.answer.spikes[0],
                                          trials * rate));
        }
    }

    std::vector<Point> points_;
    std::vector<DenseProduct> dense_;
};

}  // namespace

std::unique_ptr<Workload> make_sparsity(const Request& request) {
    return std::make_unique<Sparsity>(request);
}

}  // namespace saltus::bench
