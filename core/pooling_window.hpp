// Which windows of a pool a source neuron falls in. No padding; what is left over at the border
// belongs to none. Internal to core.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/shape.hpp"

namespace saltus::detail {

// Pooled rows (or columns) that a source row falls in: [first, end).
struct PooledRange {
    std::uint32_t first;
    std::uint32_t end;
};

inline PooledRange pooled_range(std::uint32_t source,
                                std::uint32_t k,
                                std::uint32_t stride,
                                std::uint32_t pooled) {
    const std::uint32_t first = source < k ? 0 : (source - k) / stride + 1;
    return {std::min(first, pooled), std::min(source / stride + 1, pooled)};
}

// Calls each(pooled slot) for every window that a source slot falls in, ascending; linear and max
// pools.
template <class Each>
void for_each_pooled_slot(const Shape& source,
                          const Shape& pooled,
                          std::uint32_t k,
                          std::uint32_t stride,
                          Slot slot,
                          Each each) {
    const std::uint32_t channels = source.channels();
    const std::uint32_t pixel = slot / channels;
    const PooledRange rows = pooled_range(pixel / source.width(), k, stride, pooled.height());
    const PooledRange columns = pooled_range(pixel % source.width(), k, stride, pooled.width());
    for (std::uint32_t y = rows.first; y < rows.end; ++y) {
        for (std::uint32_t x = columns.first; x < columns.end; ++x) {
            each((y * pooled.width() + x) * channels + slot % channels);
        }
    }
}

}  // namespace saltus::detail
