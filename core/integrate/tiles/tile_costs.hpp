// From which size or density on one way of summing a tile's rows, or a stretch of so many ticks, is
// faster than another. No bit depends on these, only time; each says what it was measured on. What
// differs by instruction set is in the table of kernels (product_percent, product8_percent). Read
// by compile/layer_plan.cpp and by tiles. Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/tick.hpp"

namespace saltus::detail {

// Reads a stretch. Dense rows that are read at least so often gain by being read tile by tile,
// where they stay in cache; below it, whole rows are faster (workload F).
inline constexpr std::uint32_t k_reuse = 5;

// Sources. A tile's rows of so many, at most, gain by being copied to a place k_tile apart.
inline constexpr std::uint32_t k_most_copied = 1024;

// Sources. A tile's rows of so many, at most, still fit a cache when they are packed for a product.
inline constexpr std::uint32_t k_most_packed = 4096;

// Spikes a 64-bit word of sources and tick. Above it, an int8 product over all sources is faster
// than a row a spike, where there are few targets (workload A).
inline constexpr std::size_t k_spikes_a_word = 2;

// Rows of a tile added. What a tick costs however few its rows: the end of a loop over them is
// guessed wrong (workload A).
inline constexpr std::uint64_t k_rows_of_tick = 15;

// Hundredths of a row. What it costs to lay a source's weights out for an int8 product.
inline constexpr std::uint64_t k_pack_percent = 200;

// Whole rows: sources whose rows up to k_most_row_ticks ticks read before they read the next ones,
// and the places of their sums, so that both stay in a near cache.
inline constexpr std::uint32_t k_row_block = 256;
inline constexpr std::uint32_t k_most_row_ticks = 32;
inline constexpr std::uint32_t k_most_row_places = 1U << 16;

// Columns that a strip lists at a time, besides what a window sees.
inline constexpr std::uint32_t k_strip_columns = 8;

// Ticks that neighbours take at once if they may take few. Fewer hold less and are slower: of
// workload B, 8 instead of 16 take 6 to 10 % more time.
inline constexpr Tick k_few_ticks = 16;

// Numbers. A convolution's rows, multiplied by each number of spikes of a pool's window, pay up to
// so many.
inline constexpr std::uint64_t k_most_pooled_rows = std::uint64_t{1} << 20;

}  // namespace saltus::detail
