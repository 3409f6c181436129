// When each source sends in a stretch: a bit a tick. Internal to core.
#pragma once

#include <cstdint>
#include <vector>

#include "core/kernels/tile_kernels.hpp"
#include "core/memory/aligned_buffer.hpp"
#include "core/tick.hpp"

namespace saltus::detail {

class Raster {
  public:
    // What packets bring, tick by tick.
    void take(const std::vector<Events>& ticks, std::uint32_t sources);

    // What stands as bits by slot, [ticks, pitch] words. Cost: some 600 cycles for 64 ticks of 64
    // sources, however many send.
    void take(const std::uint64_t* words,
              std::size_t pitch,
              std::uint32_t ticks,
              std::uint32_t sources);

    // Bits as kernels have them (product_kernel.hpp): [k_raster_words, pitch].
    [[nodiscard]] const std::uint64_t* bits() const { return bits_.data(); }

    [[nodiscard]] std::uint32_t pitch() const { return pitch_; }

    // The sources that send anything, ascending; and at how many ticks.
    [[nodiscard]] const std::vector<Slot>& active() const { return active_; }

    [[nodiscard]] const std::vector<std::uint8_t>& counts() const { return counts_; }

  private:
    std::uint64_t* begin(std::uint32_t sources);
    void find_active();

    AlignedBuffer<std::uint64_t> bits_;
    std::uint32_t pitch_ = 0;  // sources, up to a multiple of 64
    std::vector<Slot> active_;
    std::vector<std::uint8_t> counts_;
};

}  // namespace saltus::detail
