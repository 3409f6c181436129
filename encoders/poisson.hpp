// poisson: at each tick a number of spikes from the Poisson distribution whose mean is the
// activation.
//
//   a' = max(fl(a / c), 0)                     (float32; not clipped above)
//   u  = (w0 >> 8) * 2^-24                     w0: first Philox word of (index, tick, sample,
//   population, draw 0) p0 = exp(-a');  pk = p(k-1) * a' / k       (float64, product first; exp of
//   encoders/elementary.hpp) payload = the smallest k with u < p0 + p1 + ... + pk, summed in this
//   order; none if k = 0
//
// symbol | unit | default | range  | meaning
// c      | of a | 1       | finite, > 0 | the activation that gives one spike a tick on average
//
// Takes:  one finite activation a neuron, by index, with a' at most 700 (exp(-a') must not vanish).
// Sends:  payload = number of spikes.
// Cost:   one draw a positive activation and tick, and a' steps on average.
// Errors: ModelError for c; InputError for a value that is not finite or too large.
// Source: inversion by sequential search: Devroye, "Non-uniform random variate generation" (1986),
// X.3.
#pragma once

#include <vector>

#include "encoders/tickwise.hpp"

namespace saltus {

class PoissonEncoder final : public TickwiseEncoder {
  public:
    PoissonEncoder(const PoissonCoding& coding, const EncoderContext& context);

  protected:
    void check(const Frames& frames) override;
    bool prepare(std::span<const float> frame) override;
    void send(Tick tick, Packet& out) override;

  private:
    struct Active {
        Slot slot;
        NeuronIndex index;
        double mean;
        double p0;
    };

    float c_;
    std::vector<Active> active_;
};

}  // namespace saltus
