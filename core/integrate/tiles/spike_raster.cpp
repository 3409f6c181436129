#include "core/integrate/tiles/spike_raster.hpp"

#include <algorithm>

#include "core/kernels/kernels.hpp"
#include "core/schedule/wake_stretch.hpp"

namespace saltus::detail {

static_assert(WakeStretch::k_ticks == 64 * k_raster_words);

namespace {

// Sets a bit of each event's word. A packet names no source twice, so that four words may be read
// before the first is written: compilers cannot know it, and a processor finds it out late.
void mark(const Events& events, std::uint64_t* words, std::uint64_t bit) {
    const Slot* const slots = events.slots;
    std::size_t e = 0;
    for (; e + 4 <= events.count; e += 4) {
        const std::uint64_t a = words[slots[e]] | bit;
        const std::uint64_t b = words[slots[e + 1]] | bit;
        const std::uint64_t c = words[slots[e + 2]] | bit;
        const std::uint64_t d = words[slots[e + 3]] | bit;
        words[slots[e]] = a;
        words[slots[e + 1]] = b;
        words[slots[e + 2]] = c;
        words[slots[e + 3]] = d;
    }
    for (; e < events.count; ++e) {
        words[slots[e]] |= bit;
    }
}

}  // namespace

std::uint64_t* Raster::begin(std::uint32_t sources) {
    pitch_ = (sources + 63) / 64 * 64;
    return bits_.room_for(std::size_t{pitch_} * k_raster_words);
}

void Raster::take(const std::vector<Events>& ticks, std::uint32_t sources) {
    std::uint64_t* const bits = begin(sources);
    std::fill_n(bits, std::size_t{pitch_} * k_raster_words, std::uint64_t{0});
    for (std::size_t t = 0; t < ticks.size(); ++t) {
        mark(ticks[t], bits + t / 64 * pitch_, std::uint64_t{1} << t % 64);
    }
    find_active();
}

void Raster::take(const std::uint64_t* words,
                  std::size_t pitch,
                  std::uint32_t ticks,
                  std::uint32_t sources) {
    std::uint64_t* const bits = begin(sources);
    for (std::uint32_t w = 0; w < k_raster_words; ++w) {
        const std::uint32_t rows = ticks < w * 64 ? 0 : std::min(ticks - w * 64, 64U);
        for (std::uint32_t at = 0; at < pitch_; at += 64) {
            kernels().transpose_bits(bits + std::size_t{w} * pitch_ + at,
                                     words + std::size_t{w} * 64 * pitch + at / 64,
                                     pitch,
                                     rows);
        }
    }
    find_active();
}

void Raster::find_active() {
    active_.resize(pitch_);
    counts_.resize(pitch_);
    const std::size_t n =
        kernels().find_active(active_.data(), counts_.data(), bits_.data(), pitch_);
    active_.resize(n);
    counts_.resize(n);
}

}  // namespace saltus::detail
