#include "core/integrate/tiles/byte_product.hpp"

#include "core/integrate/tiles/tile_costs.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

bool ByteProduct::gains(std::size_t active,
                        std::size_t constant,
                        std::size_t spikes,
                        std::uint32_t ticks) {
    if (kernels().multiply_tile8 == nullptr) {
        return false;
    }
    const std::uint64_t product_percent =
        (active - constant) * (kernels().product8_percent * ticks + k_pack_percent) +
        constant * 100;
    return product_percent < (spikes + k_rows_of_tick * ticks) * 100;
}

void ByteProduct::take(const Raster& raster, std::uint32_t ticks) {
    const std::vector<Slot>& active = raster.active();
    const std::vector<std::uint8_t>& counts = raster.counts();
    constant_.clear();
    varying_.clear();
    for (std::size_t k = 0; k < active.size(); ++k) {
        (counts[k] == ticks ? constant_ : varying_).push_back(active[k]);
    }
    const std::size_t groups = (varying_.size() + k_group - 1) / k_group;
    kernels().spread_spikes8(spikes_.room_for((groups + 1) * k_spikes_pitch),
                             raster.bits(),
                             raster.pitch(),
                             varying_.data(),
                             static_cast<std::uint32_t>(varying_.size()));
}

}  // namespace saltus::detail
