#include "encoders/phase.hpp"

#include <algorithm>
#include <cmath>

#include "encoders/settings.hpp"

namespace saltus {

PhaseEncoder::PhaseEncoder(const PhaseCoding& coding, const EncoderContext& context)
    : TickwiseEncoder(context, static_cast<std::size_t>(context.shape.size())),
      c_(coding.c),
      period_(coding.period) {
    check_positive(context, "c", c_);
    check_range(context, "period", period_, 1, 24);
}

bool PhaseEncoder::prepare(std::span<const float> frame) {
    const std::uint32_t all_digits = (1U << period_) - 1;
    active_.clear();
    for (Slot slot = 0; slot < order().size(); ++slot) {
        const float x = unit_activation(frame[order().index_of(slot)], c_);
        const auto digits =
            static_cast<std::uint32_t>(std::floor(x * static_cast<float>(1U << period_)));
        if (digits > 0) {
            active_.push_back({slot, std::min(digits, all_digits)});
        }
    }
    return !active_.empty();
}

void PhaseEncoder::send(Tick tick, Packet& out) {
    const auto k = static_cast<std::uint32_t>(tick % period_);
    const float place_value = 1.0F / static_cast<float>(2U << k);
    const std::uint32_t digit = 1U << (period_ - 1 - k);
    for (const Active& neuron : active_) {
        if ((neuron.digits & digit) == 0) {
            continue;
        }
        out.slots.push_back(neuron.slot);
        out.payloads.push_back(place_value);
    }
}

}  // namespace saltus
