// Sums over sources that fire often as a small product of [ticks, sources] by [sources, targets],
// zeros and all: each row of weights is read once for many ticks. The same bits as a row a spike.
// Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>

namespace saltus::detail {

// The ticks of a stretch at which each source sends, a bit a tick, [k_raster_words, sources].
inline constexpr std::uint32_t k_raster_words = 2;

// Ticks that a product takes at once: whatever stands behind a stretch's last tick, up to a
// multiple of it, is read and written over, sums and their starts too, and makes no difference.
inline constexpr std::uint32_t k_product_ticks = 6;

inline constexpr std::uint32_t k_group = 4;  // int8 sources that one instruction takes

// Bytes from group to group of a Product8's spikes: an odd number of cache lines, so that they
// do not all fall onto the same few lines of a cache.
inline constexpr std::size_t k_spikes_pitch = 576;
static_assert(k_spikes_pitch >= (64 * k_raster_words + k_product_ticks) * k_group);

// Weights of int8. The sums are exact integers, so that the order of sources is free.
struct Product8 {
    const std::uint8_t* spikes = nullptr;  // [groups, ticks, k_group]: 1 where a source fires or 0
    const std::int8_t* weights = nullptr;  // [groups, k_tile, k_group]
    std::uint32_t groups = 0;
    const std::int32_t* constant = nullptr;  // [k_tile]: what every tick's sum begins with
};

// Few targets of int8, all sources that may fire bits, as these stand.
inline constexpr std::uint32_t k_narrow = 16;  // targets
inline constexpr std::uint32_t k_most_narrow_sources = 1024;

struct NarrowProduct8 {
    const std::uint64_t* fires = nullptr;  // [ticks, pitch], a bit a source
    std::size_t pitch = 0;
    std::uint32_t words = 0;               // of a tick
    const std::int8_t* weights = nullptr;  // [words * 64 / k_group, k_narrow, k_group]
};

// Weights of float32, sources in ascending slot.
struct Product32 {
    const float* spikes = nullptr;   // [ticks / k_product_ticks, sources, k_product_ticks]
    const float* weights = nullptr;  // [sources, k_tile]
    std::uint32_t sources = 0;
};

}  // namespace saltus::detail
