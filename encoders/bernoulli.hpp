// bernoulli: at each tick a spike with the activation as its probability.
//
//   p = clip(fl(a / c), 0, 1)
//   u = (w0 >> 8) * 2^-24                      w0: first Philox word of (index, tick, sample,
//   population, draw 0) a spike at this tick if u < p              (all float32)
//
// symbol | unit | default | range  | meaning
// c      | of a | 1       | finite, > 0 | the activation that spikes at every tick
//
// Takes:  one finite activation a neuron, by index; at or below 0 it never spikes.
// Sends:  spikes, payload 1.
// Cost:   one draw a nonzero activation and tick; nothing for a frame without any.
// Errors: ModelError for c; InputError for a value that is not finite.
// Source: Gerstner and Kistler, "Spiking neuron models" (2002), 5.2, one trial a tick; called
// Poisson
//         coding in Muramatsu and Yu (2021). Draws: encoders/philox.hpp.
#pragma once

#include <vector>

#include "encoders/tickwise.hpp"

namespace saltus {

class BernoulliEncoder final : public TickwiseEncoder {
  public:
    BernoulliEncoder(const BernoulliCoding& coding, const EncoderContext& context);

  protected:
    bool prepare(std::span<const float> frame) override;
    void send(Tick tick, Packet& out) override;

  private:
    struct Active {
        Slot slot;
        NeuronIndex index;
        float p;
    };

    float c_;
    std::vector<Active> active_;
};

}  // namespace saltus
