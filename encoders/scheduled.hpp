// Base of the encoders that know all spikes of a frame once they see it (latency, burst): planned
// and sorted once a frame, then read off; nothing is done at the ticks between.
#pragma once

#include <cstdint>
#include <vector>

#include "encoders/encoder.hpp"
#include "encoders/frames.hpp"
#include "encoders/slot_order.hpp"

namespace saltus {

class ScheduledEncoder : public Encoder {
  public:
    void start(const EncoderInput& input) final;
    bool next(Tick until, Packet& out) final;

  protected:
    explicit ScheduledEncoder(const EncoderContext& context);

    // Throws InputError for frames that the coding cannot show.
    virtual void check(const Frames& frames) = 0;
    // Calls add() for each spike of a frame, in any order; ticks from the frame's first.
    virtual void plan(std::span<const float> frame) = 0;

    void add(Tick tick, Slot slot) {
        plan_.push_back(static_cast<std::uint64_t>(tick) << 32 | slot);
    }

    [[nodiscard]] const SlotOrder& order() const { return order_; }

  private:
    SlotOrder order_;
    PopulationId population_;
    Tick horizon_;
    Frames frames_;
    std::size_t frames_planned_ = 0;
    Tick frame_start_ = 0;             // of the last one planned
    std::vector<std::uint64_t> plan_;  // tick << 32 | slot, ascending; ticks below 2^31
    std::size_t read_ = 0;
};

}  // namespace saltus
