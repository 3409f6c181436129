#include "core/spike_matrix.hpp"

#include <numeric>

#include "core/kernels.hpp"

namespace saltus::detail {

bool SpikeMatrix::take(const Raster& raster, std::uint32_t ticks, std::uint32_t targets) {
    if (kernels().multiply_tile == nullptr || targets < k_tile) {
        return false;
    }
    const std::size_t sources = raster.active().size();
    const std::size_t blocks = (ticks + k_product_ticks - 1) / k_product_ticks;
    const std::size_t spikes =
        std::accumulate(raster.counts().begin(), raster.counts().end(), std::size_t{0});
    if (spikes * 100 < kernels().product_percent * (blocks * k_product_ticks * sources)) {
        return false;
    }
    kernels().spread_spikes(spikes_.room_for(blocks * sources * k_product_ticks + k_padding),
                            raster.bits(),
                            raster.pitch(),
                            raster.active().data(),
                            static_cast<std::uint32_t>(sources),
                            ticks);
    return true;
}

}  // namespace saltus::detail
