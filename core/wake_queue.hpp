// The scheduler's queue of wake-ups: which population is to look at which tick. Internal to core.
//
// Holds (tick, rank) pairs, at most one of a kind, popped in that order; a rank is a population's
// place in (level, number) order. A timing wheel of bit sets for the near ticks (duplicates cost
// one OR), an ordered set for the far ones. Cost: O(1) a push and pop near, O(log n) far; memory:
// k_wheel bits a population.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "core/tick.hpp"

namespace saltus::detail {

struct WakeUp {
    Tick tick = 0;
    std::uint32_t rank = 0;
};

class WakeQueue {
  public:
    explicit WakeQueue(std::uint32_t ranks);

    // Empties it; the next pops are at tick 0 or later.
    void clear();

    // tick must not be before the last popped one. Returns false if it was already there.
    bool push(Tick tick, std::uint32_t rank);

    // Takes the first wake-up at a tick of at most `until`; false if there is none.
    bool pop(Tick until, WakeUp& out);

    // The tick of the first wake-up, or `none`.
    [[nodiscard]] Tick first_tick(Tick none) const;

    [[nodiscard]] std::uint64_t size() const { return size_; }

  private:
    static constexpr Tick k_wheel = 256;  // ticks; a power of two

    [[nodiscard]] std::uint64_t* bucket(Tick tick) {
        return &bits_[static_cast<std::size_t>(tick & (k_wheel - 1)) * words_];
    }

    [[nodiscard]] Tick first_near() const;
    void set_near(Tick tick, std::uint32_t rank);
    void move_base(Tick tick);

    std::uint32_t words_;                           // 64-bit words a bucket
    std::vector<std::uint64_t> bits_;               // [k_wheel, words_]
    std::vector<std::uint32_t> in_bucket_;          // wake-ups a bucket
    std::uint64_t occupied_[k_wheel / 64] = {};     // buckets that hold any
    std::set<std::pair<Tick, std::uint32_t>> far_;  // ticks of base_ + k_wheel and later
    Tick base_ = 0;                                 // nothing is before it
    std::uint64_t size_ = 0;
};

}  // namespace saltus::detail
