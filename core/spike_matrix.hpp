// The spikes of a stretch as numbers, for a product with float32 weights (product_kernel.hpp).
// Internal to core.
#pragma once

#include <cstdint>

#include "core/aligned_buffer.hpp"
#include "core/raster.hpp"

namespace saltus::detail {

class SpikeMatrix {
  public:
    // Takes what the active sources of `ticks` ticks send, which has no payloads, for `targets`
    // targets. False if a row a spike would be faster, by counts alone; spikes() says nothing then.
    bool take(const Raster& raster, std::uint32_t ticks, std::uint32_t targets);

    // [ticks / k_product_ticks, active, k_product_ticks]: 1 where one fires, else 0.
    [[nodiscard]] const float* spikes() const { return spikes_.data(); }

  private:
    AlignedBuffer<float> spikes_;
};

}  // namespace saltus::detail
