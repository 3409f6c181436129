#include "core/integrate/tiles/spike_matrix.hpp"

#include "core/kernels/kernels.hpp"

namespace saltus::detail {

namespace {

// Ticks, up to whole blocks of a product.
std::size_t whole_blocks(std::uint32_t ticks) {
    return (std::size_t{ticks} + k_product_ticks - 1) / k_product_ticks * k_product_ticks;
}

}  // namespace

bool SpikeMatrix::gains(std::size_t active, std::size_t spikes, std::uint32_t ticks) {
    return kernels().multiply_tile != nullptr &&
           spikes * 100 >= kernels().product_percent * (whole_blocks(ticks) * active);
}

void SpikeMatrix::take(const Raster& raster, std::uint32_t ticks) {
    const std::vector<Slot>& active = raster.active();
    kernels().spread_spikes(spikes_.room_for(whole_blocks(ticks) * active.size() + k_padding),
                            raster.bits(),
                            raster.pitch(),
                            active.data(),
                            static_cast<std::uint32_t>(active.size()),
                            ticks);
}

}  // namespace saltus::detail
