// gaussian: the front gives a mean and a log-variance for each feature; a fresh normal sample of
// each is sent at every tick, as a graded event.
//
//   m, l = mean, logvar; relu: m = max(m, 0), l = max(l, 0) first
//   w0, w1: words 0 and 1 of Philox (index, tick, sample, population, draw 0)
//   z = sqrt(-2 log((w0 + 1) 2^-32)) * cos((2 pi) (w1 2^-32))
//   payload = float32(m + exp(l / 2) z)        (float64 up to here; exp, log, cos of
//   encoders/elementary.hpp)
//
// symbol | unit | default | range       | meaning
// relu   | -    | false   | true, false | the seed code's variant, which splits a ReLU's output in
// two
//
// Takes:  [2, ...shape] finite numbers by index: all means, then all log-variances; |m| + 6.7 exp(l
// / 2)
//         within float32.
// Sends:  one graded event a feature and tick; a payload that rounds to 0 is not sent.
// Cost:   one draw, a log and a cos for every neuron and tick; one exp a neuron and frame.
// Errors: InputError for a value that is not finite or whose samples could overflow.
// Source: Gaussian coding of Muramatsu and Yu (2021); Box and Muller (1958).
#pragma once

#include <vector>

#include "encoders/tickwise.hpp"

namespace saltus {

class GaussianEncoder final : public TickwiseEncoder {
  public:
    GaussianEncoder(const GaussianCoding& coding, const EncoderContext& context);

  protected:
    void check(const Frames& frames) override;
    bool prepare(std::span<const float> frame) override;
    void send(Tick tick, Packet& out) override;

  private:
    struct Normal {
        double mean;
        double deviation;
    };

    [[nodiscard]] Normal normal(float mean, float log_variance) const;

    bool relu_;
    std::vector<Normal> normals_;  // by slot
};

}  // namespace saltus
