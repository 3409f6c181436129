// The sources of a stretch as a product with int8 weights takes them (product_kernel.hpp), where
// that is faster than a row a spike. Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/integrate/tiles/spike_raster.hpp"
#include "core/memory/aligned_buffer.hpp"
#include "core/tick.hpp"

namespace saltus::detail {

class ByteProduct {
  public:
    // Whether a product is faster than a row a spike, by counts alone; `constant`: of the active
    // sources, those that send at every tick.
    static bool gains(std::size_t active,
                      std::size_t constant,
                      std::size_t spikes,
                      std::uint32_t ticks);

    // Takes what the active sources of `ticks` ticks send, which has no payloads.
    void take(const Raster& raster, std::uint32_t ticks);

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
