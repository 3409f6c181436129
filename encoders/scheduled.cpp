#include "encoders/scheduled.hpp"

#include <algorithm>

namespace saltus {

ScheduledEncoder::ScheduledEncoder(const EncoderContext& context)
    : order_(context.shape), population_(context.population), horizon_(context.horizon) {}

void ScheduledEncoder::start(const EncoderInput& input) {
    frames_.show(input, population_, order_.size());
    check(frames_);
    frames_planned_ = 0;
    frame_start_ = 0;
    plan_.clear();
    read_ = 0;
}

bool ScheduledEncoder::next(Tick until, Packet& out) {
    out.clear();
    const Tick last = std::min(until, horizon_ - 1);
    while (read_ == plan_.size()) {
        if (frames_planned_ == frames_.count() || frames_.start_of(frames_planned_) > last) {
            return false;
        }
        frame_start_ = frames_.start_of(frames_planned_);
        plan_.clear();
        read_ = 0;
        plan(frames_.frame(frames_planned_));
        std::sort(plan_.begin(), plan_.end());
        frames_planned_ += 1;
    }
    const std::uint64_t planned = plan_[read_] >> 32;
    const Tick tick = frame_start_ + static_cast<Tick>(planned);
    if (tick > last) {
        return false;
    }
    out.tick = tick;
    for (; read_ < plan_.size() && plan_[read_] >> 32 == planned; ++read_) {
        out.slots.push_back(static_cast<Slot>(plan_[read_]));
    }
    return true;
}

}  // namespace saltus
