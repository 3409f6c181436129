#include "encoders/nonzero_slots.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace saltus {

namespace {

constexpr std::size_t k_block = 64;  // pixels at hand: a bit each

static_assert(std::endian::native == std::endian::little, "byte k of a word is its k-th lowest");

// Bit k: byte k of the word is not 0.
std::uint64_t nonzero(std::uint64_t word) {
    constexpr std::uint64_t k_low = 0x7F7F7F7F7F7F7F7FU;
    const std::uint64_t top = (((word & k_low) + k_low) | word) & ~k_low;
    // The product puts bit 8k at bit 56 + k; no two of its terms meet.
    return ((top >> 7) * 0x0102040810204080U) >> 56;
}

std::uint64_t nonzero(std::span<const std::uint8_t> bytes) {
    std::uint64_t mask = 0;
    std::size_t k = 0;
#ifdef __SSE2__
    for (; k + sizeof(__m128i) <= bytes.size(); k += sizeof(__m128i)) {
        const __m128i lanes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + k));
        const int zero = _mm_movemask_epi8(_mm_cmpeq_epi8(lanes, _mm_setzero_si128()));
        mask |= (static_cast<std::uint64_t>(zero) ^ 0xFFFFU) << k;
    }
#endif
    std::uint64_t word = 0;
    for (; k + sizeof word <= bytes.size(); k += sizeof word) {
        std::memcpy(&word, bytes.data() + k, sizeof word);
        mask |= nonzero(word) << k;
    }
    if (k < bytes.size()) {
        word = 0;
        std::memcpy(&word, bytes.data() + k, bytes.size() - k);
        mask |= nonzero(word) << k;
    }
    return mask;
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
