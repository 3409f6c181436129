// The sources of a stretch as a product with int8 weights takes them (product_kernel.hpp), where
// that is faster than a row a spike. Internal to core.
#pragma once

#include <cstdint>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "core/raster.hpp"
#include "core/tick.hpp"

namespace saltus::detail {

class ByteProduct {
  public:
    // Takes what the active sources of `ticks` ticks send, which has no payloads, for `targets`
    // targets. False if a row a spike would be faster, by counts alone; the rest says nothing then.
    bool take(const Raster& raster, std::uint32_t ticks, std::uint32_t targets);

    // Fire at every tick: their sum is the same at all.
    [[nodiscard]] const std::vector<Slot>& constant() const { return constant_; }

    // All others, and their spikes as a Product8 has them.
    [[nodiscard]] const std::vector<Slot>& varying() const { return varying_; }

    [[nodiscard]] const std::uint8_t* spikes() const { return spikes_.data(); }

  private:
    std::vector<Slot> constant_;
    std::vector<Slot> varying_;
    AlignedBuffer<std::uint8_t> spikes_;
};

}  // namespace saltus::detail
