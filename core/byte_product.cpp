#include "core/byte_product.hpp"

#include "core/kernels.hpp"

namespace saltus::detail {

namespace {

// What a tick costs however few its rows, in rows of a tile added: the end of a loop over them is
// guessed wrong (workload A, by measurement).
constexpr std::uint64_t k_rows_of_tick = 15;
// What it costs to lay a source's weights out, in hundredths of a row.
constexpr std::uint64_t k_pack_percent = 200;

}  // namespace

bool ByteProduct::take(const Raster& raster, std::uint32_t ticks, std::uint32_t targets) {
    if (kernels().multiply_tile8 == nullptr || targets < k_tile) {
        return false;
    }
    const std::vector<Slot>& active = raster.active();
    const std::vector<std::uint8_t>& counts = raster.counts();
    std::uint64_t spikes = 0;
    std::uint64_t constant = 0;
    for (const std::uint8_t count : counts) {
        spikes += count;
        constant += count == ticks ? 1 : 0;
    }
    const std::uint64_t varying = active.size() - constant;
    const std::uint64_t product_percent =
        varying * (kernels().product8_percent * ticks + k_pack_percent) + constant * 100;
    if (product_percent >= (spikes + k_rows_of_tick * ticks) * 100) {
        return false;
    }
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
    return true;
}

}  // namespace saltus::detail
