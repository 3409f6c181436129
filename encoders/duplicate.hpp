// duplicate: the activation itself is a drive, held at every tick. No spikes; a held packet at tick
// 0 and at the first tick of every later frame whose values differ from those held.
//
//   payload = a                                (unchanged, no scale, any sign)
//
// Takes:  one finite activation a neuron, by index.
// Sends:  held packets: the slots of nonzero value, ascending, and the values; at tick 0 also an
// empty one. Cost:   one pass a frame, nothing at other ticks. Errors: InputError for a value that
// is not finite. Source: duplicate coding of Muramatsu and Yu (2021), there repeated into a synapse
// filter; as a constant
//         current: Rueckauer et al. (2017).
#pragma once

#include "encoders/encoder.hpp"
#include "encoders/frames.hpp"
#include "encoders/slot_order.hpp"

namespace saltus {

class DuplicateEncoder final : public Encoder {
  public:
    explicit DuplicateEncoder(const EncoderContext& context);

    void start(const EncoderInput& input) override;
    bool next(Tick until, Packet& out) override;

  private:
    SlotOrder order_;
    PopulationId population_;
    Tick horizon_;
    Frames frames_;
    std::size_t frame_ = 0;  // the next one
};

}  // namespace saltus
