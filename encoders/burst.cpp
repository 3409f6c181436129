#include "encoders/burst.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/settings.hpp"

namespace saltus {
namespace {

Tick ceiling(float x) {
    return static_cast<Tick>(-std::floor(-x));
}

}  // namespace

BurstEncoder::BurstEncoder(const BurstCoding& coding, const EncoderContext& context)
    : ScheduledEncoder(context),
      c_(coding.c),
      max_spikes_(coding.max_spikes),
      horizon_(std::min(context.horizon, k_longest_span)) {
    check_positive(context, "c", c_);
    check_range(context, "max_spikes", max_spikes_, 1, horizon_);
}

void BurstEncoder::check(const Frames& frames) {
    const Tick span =
        frames.count() > 1 ? std::min(frames.ticks_per_frame(), k_longest_span) : horizon_;
    if (span < max_spikes_) {
        throw InputError(frames.place(0),
                         fmt::format("frames of {} ticks", span),
                         fmt::format("at least the burst coding's max_spikes, {}", max_spikes_));
    }
    longest_gap_ = span / max_spikes_;
}

void BurstEncoder::plan(std::span<const float> frame) {
    const auto N = static_cast<float>(max_spikes_);
    const auto G = static_cast<float>(longest_gap_);
    for (Slot slot = 0; slot < order().size(); ++slot) {
        const float x = unit_activation(frame[order().index_of(slot)], c_);
        if (x == 0.0F) {
            continue;
        }
        const Tick spikes = ceiling(N * x);
        const float shortened = (1.0F - G) * x;
        const Tick gap = ceiling(shortened + G);
        for (Tick k = 0; k < spikes; ++k) {
            add(k * gap, slot);
        }
    }
}

}  // namespace saltus
