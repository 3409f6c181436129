#include "core/spike_matrix.hpp"

#include <algorithm>

#include "core/kernels.hpp"

namespace saltus::detail {

bool SpikeMatrix::fill(const std::vector<Events>& events,
                       const std::vector<Slot>& active,
                       std::uint32_t targets) {
    if (kernels().multiply_tile == nullptr || targets < k_tile) {
        return false;
    }
    const std::size_t ticks = events.size();
    const std::size_t blocks = (ticks + k_product_ticks - 1) / k_product_ticks;
    std::size_t spikes = 0;
    for (const Events& tick : events) {
        spikes += tick.count;
    }
    if (spikes * 100 < kernels().product_percent * (blocks * k_product_ticks * active.size())) {
        return false;
    }
    places_.resize(std::size_t{active.back()} + 1);
    for (std::size_t k = 0; k < active.size(); ++k) {
        places_[active[k]] = static_cast<std::uint32_t>(k * k_product_ticks);
    }
    const std::size_t block = active.size() * k_product_ticks;
    float* const to = spikes_.room_for(blocks * block);
    std::fill_n(to, blocks * block, 0.0F);
    for (std::size_t t = 0; t < ticks; ++t) {
        float* const column = to + t / k_product_ticks * block + t % k_product_ticks;
        for (const Slot *slot = events[t].slots, *end = slot + events[t].count; slot != end;
             ++slot) {
            column[places_[*slot]] = 1;
        }
    }
    return true;
}

}  // namespace saltus::detail
