#include "core/schedule/wake_queue.hpp"

#include <algorithm>
#include <bit>

namespace saltus::detail {

namespace {

constexpr std::uint64_t bit(std::uint32_t n) {
    return std::uint64_t{1} << (n % 64);
}

constexpr std::uint64_t from_bit_on(std::uint32_t n) {
    return ~std::uint64_t{0} << (n % 64);
}

std::uint32_t lowest(std::uint64_t bits) {
    return static_cast<std::uint32_t>(std::countr_zero(bits));
}

Tick fitting_wheel(std::uint32_t words, Tick reach) {
    const std::uint64_t most = std::bit_floor(WakeQueue::k_most_bytes / 8 / words);
    const auto least = static_cast<std::uint64_t>(WakeQueue::k_least);
    // The tick at work and the one at `reach` ticks from it are both in the wheel.
    const auto wanted = std::bit_ceil(
        static_cast<std::uint64_t>(std::clamp<Tick>(reach, 0, WakeQueue::k_most_bytes)) + 1);
    return static_cast<Tick>(std::clamp(wanted, least, std::max(least, most)));
}

}  // namespace

WakeQueue::WakeQueue(std::uint32_t ranks, Tick reach)
    : words_(std::max(1U, (ranks + 63) / 64)),
      wheel_(fitting_wheel(words_, reach)),
      bits_(static_cast<std::size_t>(wheel_) * words_),
      occupied_(static_cast<std::size_t>(wheel_ / 64)),
      summary_((occupied_.size() + 63) / 64) {}

void WakeQueue::clear() {
    for (std::uint32_t at = 0; near_ > 0 && (at = next_occupied(at)) < wheel_;) {
        std::fill_n(bucket(at), words_, 0);
        leave(at);
    }
    far_.clear();
    base_ = 0;
    first_word_ = 0;
    near_ = 0;
}

void WakeQueue::set_near(Tick tick, std::uint32_t rank) {
    const std::uint32_t at = place(tick);
    bucket(at)[rank / 64] |= bit(rank);
    occupied_[at / 64] |= bit(at);
    summary_[at / 4096] |= bit(at / 64);
    ++near_;
}

// A bucket has become empty.
void WakeQueue::leave(std::uint32_t at) {
    occupied_[at / 64] &= ~bit(at);
    if (occupied_[at / 64] == 0) {
        summary_[at / 4096] &= ~bit(at / 64);
    }
}

bool WakeQueue::push(Tick tick, std::uint32_t rank) {
    if (tick >= base_ + wheel_) {
        return far_.emplace(tick, rank).second;
    }
    if ((bucket(place(tick))[rank / 64] & bit(rank)) != 0) {
        return false;
    }
    if (tick == base_) {
        first_word_ = std::min(first_word_, rank / 64);
    }
    set_near(tick, rank);
    return true;
}

// The first occupied bucket of `from` and later, without going round; wheel_ if there is none.
std::uint32_t WakeQueue::next_occupied(std::uint32_t from) const {
    const auto end = static_cast<std::uint32_t>(wheel_);
    if (from >= end) {
        return end;
    }
    std::uint32_t word = from / 64;
    if (const std::uint64_t bits = occupied_[word] & from_bit_on(from); bits != 0) {
        return word * 64 + lowest(bits);
    }
    ++word;
    std::uint64_t mask = from_bit_on(word);
    for (std::uint32_t above = word / 64; above < summary_.size(); ++above) {
        if (const std::uint64_t words = summary_[above] & mask; words != 0) {
            word = above * 64 + lowest(words);
            return word * 64 + lowest(occupied_[word]);
        }
        mask = ~std::uint64_t{0};
    }
    return end;
}

Tick WakeQueue::first_tick(Tick none) const {
    if (near_ == 0) {
        return far_.empty() ? none : far_.begin()->first;
    }
    const std::uint32_t start = place(base_);
    std::uint32_t at = next_occupied(start);
    if (at == wheel_) {
        at = next_occupied(0);
    }
    return base_ + place(Tick{at} - start);
}

// Far wake-ups that come within the wheel's reach move into it, so that each kind has one place.
void WakeQueue::move_base(Tick tick) {
    base_ = tick;
    first_word_ = 0;
    while (!far_.empty() && far_.begin()->first < base_ + wheel_) {
        set_near(far_.begin()->first, far_.begin()->second);
        far_.erase(far_.begin());
    }
}

bool WakeQueue::pop(Tick until, WakeUp& out) {
    const Tick tick = first_tick(until + 1);
    if (tick > until) {
        return false;
    }
    if (tick != base_) {
        move_base(tick);
    }
    const std::uint32_t at = place(tick);
    std::uint64_t* const words = bucket(at);
    while (words[first_word_] == 0) {
        ++first_word_;
    }
    std::uint64_t& word = words[first_word_];
    out = {tick, first_word_ * 64 + lowest(word)};
    word &= word - 1;
    --near_;
    if (word == 0) {
        while (first_word_ < words_ && words[first_word_] == 0) {
            ++first_word_;
        }
        if (first_word_ == words_) {
            first_word_ = 0;
            leave(at);
        }
    }
    return true;
}

}  // namespace saltus::detail
