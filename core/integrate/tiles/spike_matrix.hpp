// The spikes of a stretch as numbers, for a product with float32 weights (product_kernel.hpp).
// Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/integrate/tiles/spike_raster.hpp"
#include "core/memory/aligned_buffer.hpp"

namespace saltus::detail {

class SpikeMatrix {
  public:
    // Whether a product is faster than a row a spike, by counts alone.
    static bool gains(std::size_t active, std::size_t spikes, std::uint32_t ticks);

    // Takes what the active sources of `ticks` ticks send, which has no payloads.
    void take(const Raster& raster, std::uint32_t ticks);

    // [ticks / k_product_ticks, active, k_product_ticks]: 1 where one fires, else 0.
    [[nodiscard]] const float* spikes() const { return spikes_.data(); }

  private:
    AlignedBuffer<float> spikes_;
};

}  // namespace saltus::detail
