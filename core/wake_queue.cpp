#include "core/wake_queue.hpp"

#include <algorithm>
#include <bit>

namespace saltus::detail {

WakeQueue::WakeQueue(std::uint32_t ranks)
    : words_((ranks + 63) / 64),
      bits_(static_cast<std::size_t>(k_wheel) * words_),
      in_bucket_(k_wheel) {}

void WakeQueue::clear() {
    if (size_ > far_.size()) {
        std::fill(bits_.begin(), bits_.end(), 0);
    }
    std::fill(in_bucket_.begin(), in_bucket_.end(), 0);
    std::fill(std::begin(occupied_), std::end(occupied_), 0);
    far_.clear();
    base_ = 0;
    size_ = 0;
}

void WakeQueue::set_near(Tick tick, std::uint32_t rank) {
    const auto index = static_cast<std::size_t>(tick & (k_wheel - 1));
    bucket(tick)[rank / 64] |= std::uint64_t{1} << (rank % 64);
    ++in_bucket_[index];
    occupied_[index / 64] |= std::uint64_t{1} << (index % 64);
}

bool WakeQueue::push(Tick tick, std::uint32_t rank) {
    if (tick < base_ + k_wheel) {
        if (((bucket(tick)[rank / 64] >> (rank % 64)) & 1) != 0) {
            return false;
        }
        set_near(tick, rank);
    } else if (!far_.emplace(tick, rank).second) {
        return false;
    }
    ++size_;
    return true;
}

// The first occupied bucket, going round from base_; base_ + k_wheel if there is none.
Tick WakeQueue::first_near() const {
    constexpr int k_words = k_wheel / 64;
    const auto start = static_cast<unsigned>(base_ & (k_wheel - 1));
    for (int step = 0; step <= k_words; ++step) {
        const unsigned word = (start / 64 + static_cast<unsigned>(step)) % k_words;
        std::uint64_t bits = occupied_[word];
        if (step == 0) {
            bits &= ~std::uint64_t{0} << (start % 64);
        }
        if (step == k_words) {
            bits &= (std::uint64_t{1} << (start % 64)) - 1;
        }
        if (bits != 0) {
            const unsigned index = word * 64 + static_cast<unsigned>(std::countr_zero(bits));
            return base_ + ((index - start) & (k_wheel - 1));
        }
    }
    return base_ + k_wheel;
}

Tick WakeQueue::first_tick(Tick none) const {
    if (size_ == 0) {
        return none;
    }
    return size_ > far_.size() ? first_near() : far_.begin()->first;
}

// Far wake-ups that come within the wheel's reach move into it, so that each kind has one place.
void WakeQueue::move_base(Tick tick) {
    base_ = tick;
    while (!far_.empty() && far_.begin()->first < base_ + k_wheel) {
        set_near(far_.begin()->first, far_.begin()->second);
        far_.erase(far_.begin());
    }
}

bool WakeQueue::pop(Tick until, WakeUp& out) {
    const Tick tick = first_tick(until + 1);
    if (tick > until) {
        return false;
    }
    move_base(tick);
    std::uint64_t* const words = bucket(tick);
    std::uint32_t word = 0;
    while (words[word] == 0) {
        ++word;
    }
    out = {tick, word * 64 + static_cast<std::uint32_t>(std::countr_zero(words[word]))};
    words[word] &= words[word] - 1;
    const auto index = static_cast<std::size_t>(tick & (k_wheel - 1));
    if (--in_bucket_[index] == 0) {
        occupied_[index / 64] &= ~(std::uint64_t{1} << (index % 64));
    }
    --size_;
    return true;
}

}  // namespace saltus::detail
