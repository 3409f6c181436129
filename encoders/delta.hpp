// delta: send on change, for sequences. A neuron remembers the level r it has told its targets and
// sends the difference, in whole thresholds, when the activation has moved away by one or more.
//
//   at tick 0: r = +0
//   at the first tick of each frame:
//     n = trunc(fl(fl(a - r) / threshold))
//     if n != 0: payload = fl(n * threshold);  r = fl(r + payload)       (all float32)
//
// So r stays within about one threshold of a, and the payloads sent add up to r: a receptor with
// alpha 1 sees the sequence itself, quantised.
//
// symbol    | unit | default | range       | meaning
// threshold | of a | 0.1     | finite, > 0 | the smallest change that is sent
//
// Takes:  one finite activation a neuron and frame, by index; changes must stay finite in
// thresholds. Sends:  signed graded events (a payload that is exactly 1 counts as a spike). Cost:
// one pass a frame; nothing at other ticks. Errors: ModelError for threshold; InputError for values
// that are not finite or too far apart. Source: Miskowicz, "Send-on-delta concept" (2006); in
// networks: O'Connor and Welling, "Sigma delta
//         quantized networks" (2016), with truncation in place of rounding.
#pragma once

#include <vector>

#include "encoders/encoder.hpp"
#include "encoders/frames.hpp"
#include "encoders/slot_order.hpp"

namespace saltus {

class DeltaEncoder final : public Encoder {
  public:
    DeltaEncoder(const DeltaCoding& coding, const EncoderContext& context);

    void start(const EncoderInput& input) override;
    bool next(Tick until, Packet& out) override;

  private:
    SlotOrder order_;
    PopulationId population_;
    Tick horizon_;
    float threshold_;
    Frames frames_;
    std::size_t frame_ = 0;    // the next one
    std::vector<float> told_;  // r, by slot
};

}  // namespace saltus
