#include "encoders/delta.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/settings.hpp"

namespace saltus {

DeltaEncoder::DeltaEncoder(const DeltaCoding& coding, const EncoderContext& context)
    : order_(context.shape),
      population_(context.population),
      horizon_(context.horizon),
      threshold_(coding.threshold) {
    check_positive(context, "threshold", threshold_);
}

void DeltaEncoder::start(const EncoderInput& input) {
    frames_.show(input, population_, order_.size());
    // r follows the values, so no change exceeds twice the largest value and a threshold.
    const std::span<const float> all = frames_.all();
    for (std::size_t k = 0; k < all.size(); ++k) {
        if (!std::isfinite(4.0F * all[k] / threshold_) || !std::isfinite(4.0F * all[k])) {
            throw InputError(
                frames_.place(k),
                fmt::format("{}", all[k]),
                fmt::format("changes that are finite in thresholds of {}", threshold_));
        }
    }
    frame_ = 0;
    told_.assign(order_.size(), 0.0F);
}

bool DeltaEncoder::next(Tick until, Packet& out) {
    out.clear();
    const Tick last = std::min(until, horizon_ - 1);
    for (; frame_ < frames_.count() && frames_.start_of(frame_) <= last; ++frame_) {
        const std::span<const float> values = frames_.frame(frame_);
        for (Slot slot = 0; slot < order_.size(); ++slot) {
            const float change = values[order_.index_of(slot)] - told_[slot];
            const float steps = std::trunc(change / threshold_);
            if (steps == 0.0F) {
                continue;
            }
            const float payload = steps * threshold_;
            told_[slot] = told_[slot] + payload;
            out.slots.push_back(slot);
            out.payloads.push_back(payload);
        }
        if (out.slots.empty()) {
            continue;
        }
        out.tick = frames_.start_of(frame_);
        out.drop_unit_payloads();
        frame_ += 1;
        return true;
    }
    return false;
}

}  // namespace saltus
