// Which of up to 64 bytes are not 0. Internal.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace saltus::detail {

static_assert(std::endian::native == std::endian::little, "byte k of a word is its k-th lowest");

// Bit k: byte k of the word is not 0.
inline std::uint64_t nonzero_of_word(std::uint64_t word) {
    constexpr std::uint64_t k_low = 0x7F7F7F7F7F7F7F7FU;
    const std::uint64_t top = (((word & k_low) + k_low) | word) & ~k_low;
    // The product puts bit 8k at bit 56 + k; no two of its terms meet.
    return ((top >> 7) * 0x0102040810204080U) >> 56;
}

// Bit k: bytes[k] is not 0. At most 64 bytes.
inline std::uint64_t nonzero_bytes(const std::uint8_t* bytes, std::size_t size) {
    std::uint64_t mask = 0;
    std::size_t k = 0;
#ifdef __SSE2__
    for (; k + sizeof(__m128i) <= size; k += sizeof(__m128i)) {
        const __m128i lanes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + k));
        const int zero = _mm_movemask_epi8(_mm_cmpeq_epi8(lanes, _mm_setzero_si128()));
        mask |= (static_cast<std::uint64_t>(zero) ^ 0xFFFFU) << k;
    }
#endif
    std::uint64_t word = 0;
    for (; k + sizeof word <= size; k += sizeof word) {
        std::memcpy(&word, bytes + k, sizeof word);
        mask |= nonzero_of_word(word) << k;
    }
    if (k < size) {
        word = 0;
        std::memcpy(&word, bytes + k, size - k);
        mask |= nonzero_of_word(word) << k;
    }
    return mask;
}

}  // namespace saltus::detail
