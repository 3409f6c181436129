// latency: one spike a neuron, the earlier the larger the activation (time to first spike).
//
//   x = clip(fl(a / c), 0, 1)
//   q = floor(fl(fl(T * x) + 0.5))             (all float32)
//   a spike at tick T - q; none if q = 0
//
// symbol | unit  | default     | range       | meaning
// c      | of a  | 1           | finite, > 0 | the activation that spikes at tick 0
// T      | ticks | the horizon | 1 to 2^24   | span that activations are spread over
//
// Takes:  one finite activation a neuron, by index. Of a sequence each frame is coded by itself,
// from its
//         first tick; T must then be at most ticks_per_frame.
// Sends:  spikes, payload 1. The value is q ticks of a current switched on (a receptor with alpha
// 1). Cost:   one sort a frame; nothing at ticks without a spike. Errors: ModelError for c, T;
// InputError for a value that is not finite, frames shorter than T. Source: Thorpe (1990);
// switched-on current: Rueckauer and Liu, "Conversion of analog to spiking neural
//         networks using sparse temporal coding" (2018).
#pragma once

#include "encoders/scheduled.hpp"

namespace saltus {

class LatencyEncoder final : public ScheduledEncoder {
  public:
    LatencyEncoder(const LatencyCoding& coding, const EncoderContext& context);

  protected:
    void check(const Frames& frames) override;
    void plan(std::span<const float> frame) override;

  private:
    float c_;
    Tick span_;  // T
};

}  // namespace saltus
