#include "core/integrate/tiles/fired_bits.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/kernels/kernels.hpp"

namespace saltus::detail {

namespace {

std::size_t count_bits(const std::vector<std::uint64_t>& words) {
    std::size_t count = 0;
    kernels().count_fired(&count, 1, words.data(), words.size(), words.size());
    return count;
}

}  // namespace

// A cache line more from tick to tick than the words need, so that a tile's bits of all ticks do
// not fall on the same lines of a cache.
void FiredBits::begin(const TileOrder& order, Tick first, Tick last) {
    constexpr std::size_t k_line = 64 / sizeof(std::uint64_t);
    order_ = order;
    tiles_ = std::size_t{order.neurons / order.group} * ((order.group + k_tile - 1) / k_tile);
    pitch_ = (tiles_ + k_line - 1) / k_line * k_line + k_line;
    first_ = first;
    end_ = last + 1;
    const auto ticks = static_cast<std::size_t>(end_ - first_);
    // A first stretch is often some ticks shorter than those that follow.
    words_.room_for((ticks + 15) / 16 * 16 * pitch_);
    counted_ = false;
}

void FiredBits::zero() {
    const auto ticks = static_cast<std::size_t>(end_ - first_);
    std::memset(words_.data(), 0, ticks * pitch_ * sizeof(std::uint64_t));
}

void FiredBits::cover(Tick first, Tick last) {
    if (first >= first_ && last < end_) {
        return;
    }
    FiredBits all;
    all.begin(order_, std::min(first, first_), std::max(last, end_ - 1));
    all.zero();
    for (Tick t = first_; t < end_; ++t) {
        std::memcpy(all.at(t), at(t), tiles_ * sizeof(std::uint64_t));
    }
    *this = std::move(all);
}

void FiredBits::count_ticks() {
    counts_.resize(static_cast<std::size_t>(end_ - first_));
    kernels().count_fired(counts_.data(), counts_.size(), words_.data(), tiles_, pitch_);
    counted_ = true;
}

void FiredBits::list(Tick t, Slot* slots) {
    kernels().list_fired(order_, at(t), slots);
}

void FiredBits::list(Tick t, std::size_t count, std::vector<Slot>& slots) {
    slots.clear();
    slots.reserve((count + k_padding + 63) / 64 * 64);  // few sizes: malloc finds them again
    slots.resize(count + k_padding);
    list(t, slots.data());
    slots.resize(count);
}

std::size_t FiredBits::list_any(Tick first, Tick last, std::vector<Slot>& slots) {
    any_.resize(tiles_);
    all_.resize(tiles_);
    const auto from = static_cast<std::size_t>(std::max(first, first_) - first_);
    const auto end = static_cast<std::size_t>(std::min(last + 1, end_) - first_);
    for (std::size_t k = 0; k < tiles_; ++k) {
        std::uint64_t any = 0;
        std::uint64_t all = ~std::uint64_t{0};
        for (std::size_t t = from; t < end; ++t) {
            const std::uint64_t word = words_.data()[t * pitch_ + k];
            any |= word;
            all &= word;
        }
        any_[k] = any;
        all_[k] = all;
    }
    const std::size_t count = count_bits(any_);
    slots.resize(count + k_padding);
    kernels().list_fired(order_, any_.data(), slots.data());
    slots.resize(count);
    const bool every = first >= first_ && last < end_;  // else nobody fires at some
    return every ? count_bits(all_) : 0;
}

}  // namespace saltus::detail
