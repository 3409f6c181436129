// Base of the encoders that may send at every tick (bernoulli, poisson, gaussian, phase). Keeps the
// tick, prepares a frame when it comes into view and leaps over the ticks of a frame that cannot
// send.
#pragma once

#include "encoders/encoder.hpp"
#include "encoders/frames.hpp"
#include "encoders/philox.hpp"
#include "encoders/slot_order.hpp"

namespace saltus {

class TickwiseEncoder : public Encoder {
  public:
    void start(const EncoderInput& input) final;
    bool next(Tick until, Packet& out) final;

  protected:
    TickwiseEncoder(const EncoderContext& context, std::size_t frame_size);

    // Throws InputError for values out of the coding's range.
    virtual void check(const Frames& /*frames*/) {}

    // A frame comes into view. Returns false if it sends nothing at any tick.
    virtual bool prepare(std::span<const float> frame) = 0;
    // Appends what is sent at `tick`: ascending slots; payloads for all of them, or for none.
    virtual void send(Tick tick, Packet& out) = 0;

    [[nodiscard]] const SlotOrder& order() const { return order_; }

    [[nodiscard]] RandomWords draw(NeuronIndex index, Tick tick) const {
        return philox(key_, index, tick);
    }

  private:
    SlotOrder order_;
    RandomKey key_;
    Tick horizon_;
    std::size_t frame_size_;
    Frames frames_;
    Tick tick_ = 0;       // the next one
    Tick frame_end_ = 0;  // first tick that sees another frame than the prepared one
    bool frame_sends_ = false;
};

}  // namespace saltus
