#include "encoders/duplicate.hpp"

#include <algorithm>

namespace saltus {

DuplicateEncoder::DuplicateEncoder(const EncoderContext& context)
    : order_(context.shape), population_(context.population), horizon_(context.horizon) {}

void DuplicateEncoder::start(const EncoderInput& input) {
    frames_.show(input, population_, order_.size());
    frame_ = 0;
}

bool DuplicateEncoder::next(Tick until, Packet& out) {
    out.clear();
    const Tick last = std::min(until, horizon_ - 1);
    for (; frame_ < frames_.count() && frames_.start_of(frame_) <= last; ++frame_) {
        const std::span<const float> values = frames_.frame(frame_);
        if (frame_ > 0 && std::ranges::equal(values, frames_.frame(frame_ - 1))) {
            continue;
        }
        out.tick = frames_.start_of(frame_);
        out.held = true;
        for (Slot slot = 0; slot < order_.size(); ++slot) {
            const float value = values[order_.index_of(slot)];
            if (value == 0.0F) {
                continue;
            }
            out.slots.push_back(slot);
            out.payloads.push_back(value);
        }
        frame_ += 1;
        return true;
    }
    return false;
}

}  // namespace saltus
