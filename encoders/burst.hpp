// burst: a short train of spikes from the first tick on; a larger activation sends more of them,
// closer together.
//
//   x = clip(fl(a / c), 0, 1)
//   n = ceil(fl(N * x))                        spikes; none if x = 0
//   G = floor(W / N)                           longest gap; W: the span, the horizon or
//   ticks_per_frame g = ceil(fl(fl((1 - G) * x) + G))          gap, from G (x near 0) down to 1 (x
//   = 1) spikes at ticks 0, g, 2 g, ..., (n - 1) g  (all float32; ceil(y) is -floor(-y))
//
// symbol | unit  | default     | range       | meaning
// c      | of a  | 1           | finite, > 0 | the activation of the fullest burst
// N      | -     | 5           | 1 to W      | max_spikes
// W      | ticks | the horizon | 1 to 2^24   | not a setting; ticks_per_frame for a sequence. A
// longer
//        |       |             |             | horizon counts as 2^24
//
// Takes:  one finite activation a neuron, by index. Of a sequence each frame is coded by itself,
// from its
//         first tick.
// Sends:  spikes, payload 1; the number n carries the activation, the gap how soon it is known.
// Cost:   one sort a frame over at most N spikes a neuron; nothing at ticks without a spike.
// Errors: ModelError for c, N; InputError for a value that is not finite, frames shorter than N
// ticks. Source: Park, Kim, Choe, Yoon, "Fast and efficient information transmission with burst
// spikes in deep
//         spiking neural networks" (2019); the two formulas: Guo et al., "Neural coding in spiking
//         neural networks: a comparative study" (2021), with their shortest gap 1 and their longest
//         set to G.
#pragma once

#include "encoders/scheduled.hpp"

namespace saltus {

class BurstEncoder final : public ScheduledEncoder {
  public:
    BurstEncoder(const BurstCoding& coding, const EncoderContext& context);

  protected:
    void check(const Frames& frames) override;
    void plan(std::span<const float> frame) override;

  private:
    float c_;
    Tick max_spikes_;
    Tick horizon_;
    Tick longest_gap_ = 1;
};

}  // namespace saltus
