#include "encoders/nonzero_slots.hpp"

#include <algorithm>
#include <bit>

#include "core/memory/nonzero_bytes.hpp"

namespace saltus {

namespace {

constexpr std::size_t k_block = 64;  // pixels at hand: a bit each

std::uint64_t nonzero(std::span<const std::uint8_t> bytes) {
    return detail::nonzero_bytes(bytes.data(), bytes.size());
}

std::uint64_t nonzero(std::span<const float> values) {
    std::uint8_t flags[k_block];
    for (std::size_t k = 0; k < values.size(); ++k) {
        flags[k] = values[k] != 0.0F ? 1 : 0;
    }
    return nonzero(std::span<const std::uint8_t>(flags, values.size()));
}

}  // namespace

NonzeroSlots::NonzeroSlots(const Shape& shape)
    : channels_(shape.is_chw() ? shape.channels() : 1),
      plane_(static_cast<std::size_t>(shape.size()) / channels_),
      masks_(channels_),
      found_(channels_ * plane_ + 1) {}

template <class Value>
std::span<const Slot> NonzeroSlots::find(std::span<const Value> frame) {
    Slot* const begin = found_.data();
    Slot* to = begin;
    for (std::size_t pixel = 0; pixel < plane_; pixel += k_block) {
        const std::size_t pixels = std::min(k_block, plane_ - pixel);
        std::uint64_t any = 0;
        for (std::size_t c = 0; c < channels_; ++c) {
            masks_[c] = nonzero(frame.subspan(c * plane_ + pixel, pixels));
            any |= masks_[c];
        }
        for (; any != 0; any &= any - 1) {
            const int bit = std::countr_zero(any);
            auto slot = static_cast<Slot>((pixel + static_cast<std::size_t>(bit)) * channels_);
            if (channels_ == 1) {
                *to++ = slot;
                continue;
            }
            for (std::size_t c = 0; c < channels_; ++c, ++slot) {
                *to = slot;
                to += masks_[c] >> bit & 1;
            }
        }
    }
    return {begin, to};
}

template std::span<const Slot> NonzeroSlots::find(std::span<const float>);
template std::span<const Slot> NonzeroSlots::find(std::span<const std::uint8_t>);

}  // namespace saltus
