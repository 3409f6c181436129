#include "encoders/latency.hpp"

#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/settings.hpp"

namespace saltus {

LatencyEncoder::LatencyEncoder(const LatencyCoding& coding, const EncoderContext& context)
    : ScheduledEncoder(context), c_(coding.c), span_(coding.T.value_or(context.horizon)) {
    check_positive(context, "c", c_);
    check_range(context, "T", span_, 1, k_longest_span);
}

void LatencyEncoder::check(const Frames& frames) {
    if (frames.count() > 1 && span_ > frames.ticks_per_frame()) {
        throw InputError(frames.place(0),
                         fmt::format("frames of {} ticks", frames.ticks_per_frame()),
                         fmt::format("at least the latency coding's T, {}", span_));
    }
}

void LatencyEncoder::plan(std::span<const float> frame) {
    const auto T = static_cast<float>(span_);
    for (Slot slot = 0; slot < order().size(); ++slot) {
        const float x = unit_activation(frame[order().index_of(slot)], c_);
        if (x == 0.0F) {
            continue;
        }
        const float scaled = T * x;
        const auto q = static_cast<Tick>(std::floor(scaled + 0.5F));
        if (q > 0) {
            add(span_ - q, slot);
        }
    }
}

}  // namespace saltus
