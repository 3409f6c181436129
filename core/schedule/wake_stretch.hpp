// The wake-ups of a stretch: consecutive ticks that populations take one after the other, each all
// its ticks at once (layers.cpp). Internal to core.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/tick.hpp"

namespace saltus::detail {

// Ticks of a stretch, a bit each from its first on.
__extension__ using StretchTicks = unsigned __int128;

inline StretchTicks stretch_tick(Tick at) {
    return StretchTicks{1} << at;
}

// Those before `end`, which is at most 128.
inline StretchTicks stretch_ticks_before(Tick end) {
    return end < 128 ? stretch_tick(end) - 1 : ~StretchTicks{0};
}

inline std::uint64_t count_of(StretchTicks ticks) {
    return static_cast<std::uint64_t>(std::popcount(static_cast<std::uint64_t>(ticks)) +
                                      std::popcount(static_cast<std::uint64_t>(ticks >> 64)));
}

inline Tick first_of(StretchTicks ticks) {
    const auto low = static_cast<std::uint64_t>(ticks);
    return low != 0 ? std::countr_zero(low)
                    : 64 + std::countr_zero(static_cast<std::uint64_t>(ticks >> 64));
}

// By rank (a population's place in (level, number) order).
class WakeStretch {
  public:
    static constexpr Tick k_ticks = 128;  // the longest stretch
    static_assert(k_ticks == 8 * sizeof(StretchTicks));

    explicit WakeStretch(std::uint32_t ranks) : wakes_(ranks) {}

    void begin(Tick from, Tick end) {
        from_ = from;
        end_ = end;
        std::fill(wakes_.begin(), wakes_.end(), StretchTicks{0});
    }

    void extend(Tick end) { end_ = end; }

    [[nodiscard]] Tick from() const { return from_; }

    // Nothing is taken at the tick `end` and later.
    [[nodiscard]] Tick end() const { return end_; }

    [[nodiscard]] bool holds(Tick tick) const { return tick >= from_ && tick < end_; }

    // False if it was already there.
    bool push(Tick tick, std::uint32_t rank) { return push(stretch_tick(tick - from_), rank) != 0; }

    // Several, of those that the stretch holds; returns how many were not already there.
    std::uint64_t push(StretchTicks ticks, std::uint32_t rank) {
        ticks &= stretch_ticks_before(end_ - from_) & ~wakes_[rank];
        wakes_[rank] |= ticks;
        return count_of(ticks);
    }

    // The first wake-up of a rank, or `none` if there is none before it.
    [[nodiscard]] Tick first(std::uint32_t rank, Tick none) const {
        return wakes_[rank] != 0 ? std::min(none, from_ + first_of(wakes_[rank])) : none;
    }

    // Takes the first wake-up of a rank at a tick of at most `until`; `none` if there is none.
    Tick pop(std::uint32_t rank, Tick until, Tick none) {
        const Tick tick = first(rank, none);
        if (tick > until) {
            return none;
        }
        wakes_[rank] &= wakes_[rank] - 1;
        return tick;
    }

    // Takes all up to `until`; returns how many.
    std::uint64_t pop_all(std::uint32_t rank, Tick until) {
        const StretchTicks taken = wakes_[rank] & stretch_ticks_before(until + 1 - from_);
        wakes_[rank] ^= taken;
        return count_of(taken);
    }

  private:
    std::vector<StretchTicks> wakes_;  // by rank
    Tick from_ = 0;
    Tick end_ = 0;
};

}  // namespace saltus::detail
