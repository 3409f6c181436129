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

// The source slots of one pooled slot's window, row after row.
class WindowSources {
  public:
    WindowSources(const Shape& source,
                  const Shape& pooled,
                  std::uint32_t k,
                  std::uint32_t stride,
                  Slot slot)
        : k_(k),
          channels_(source.channels()),
          row_(source.width() * source.channels()),
          first_(slot / channels_ / pooled.width() * stride * row_ +
                 slot / channels_ % pooled.width() * stride * channels_ + slot % channels_) {}

    [[nodiscard]] std::uint32_t count() const { return k_ * k_; }

    Slot operator[](std::uint32_t n) const { return first_ + n / k_ * row_ + n % k_ * channels_; }

  private:
    std::uint32_t k_;
    std::uint32_t channels_;
    std::uint32_t row_;  // slots of a row of the source
    Slot first_;
};

}  // namespace saltus::detail
