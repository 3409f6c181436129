#include "encoders/tickwise.hpp"

#include <algorithm>

namespace saltus {

namespace {

constexpr Tick k_ticks_between = 32;  // of asking whether to stop; a million draws each at most

}  // namespace

TickwiseEncoder::TickwiseEncoder(const EncoderContext& context, std::size_t frame_size)
    : order_(context.shape),
      key_{.seed = context.seed, .sample = 0, .population = context.population, .draw = 0},
      horizon_(context.horizon),
      frame_size_(frame_size) {}

void TickwiseEncoder::start(const EncoderInput& input) {
    frames_.show(input, key_.population, frame_size_);
    check(frames_);
    key_.sample = input.sample;
    tick_ = 0;
    frame_end_ = 0;
}

bool TickwiseEncoder::next(Tick until, Packet& out) {
    out.clear();
    const Tick last = std::min(until, horizon_ - 1);
    while (tick_ <= last) {
        if (tick_ >= frame_end_) {
            const std::size_t k = frames_.seen_at(tick_);
            frame_end_ = k + 1 < frames_.count() ? frames_.start_of(k + 1) : horizon_;
            frame_sends_ = prepare(frames_.frame(k));
        }
        if (!frame_sends_) {
            tick_ = std::min(frame_end_, last + 1);
            continue;
        }
        if (tick_ % k_ticks_between == 0) {
            ask_to_stop();
        }
        out.tick = tick_;
        send(tick_, out);
        tick_ += 1;
        if (!out.slots.empty()) {
            out.drop_unit_payloads();
            return true;
        }
    }
    return false;
}

}  // namespace saltus
