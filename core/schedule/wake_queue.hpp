// The scheduler's queue of wake-ups: which population is to look at which tick. Internal to core.
//
// Holds (tick, rank) pairs, at most one of a kind, popped in that order; a rank is a population's
// place in (level, number) order. A timing wheel (Varghese & Lauck, 1987) of bit sets for the ticks
// within reach, so that a duplicate costs one OR, and an ordered set for those beyond it.
//
// Cost: O(1) a push and pop within reach (at 10^6 pending, delays of 1 to 10,000 ticks: see
// tests/bench/micro/queue_bench.cpp), O(log n) beyond; clear: O(1) of an empty one, else one step
// for each tick that holds any. Memory: one bit for each population and tick of the wheel, whose
// size is the reach rounded up to a power of two, at least k_least ticks, at most k_most_bytes.
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
    static constexpr Tick k_least = 256;  // ticks
    static constexpr std::uint64_t k_most_bytes = std::uint64_t{32} << 20;

    // `ranks`: how many populations. `reach`: how many ticks ahead wake-ups are usually asked for,
    // which is the network's longest delay; later ones are held too, at a higher cost.
    explicit WakeQueue(std::uint32_t ranks, Tick reach = 0);

    // Empties it; the next pops are at tick 0 or later.
    void clear();

    // tick must not be before the last popped one. Returns false if it was already there.
    bool push(Tick tick, std::uint32_t rank);

    // Takes the first wake-up at a tick of at most `until`; false if there is none.
    bool pop(Tick until, WakeUp& out);

    // The tick of the first wake-up, or `none`.
    [[nodiscard]] Tick first_tick(Tick none) const;

    [[nodiscard]] std::uint64_t size() const { return near_ + far_.size(); }

    // Ticks that the wheel holds, from the last popped one on.
    [[nodiscard]] Tick wheel_ticks() const { return wheel_; }

  private:
    [[nodiscard]] std::uint32_t place(Tick tick) const {
        return static_cast<std::uint32_t>(tick & (wheel_ - 1));
    }

    [[nodiscard]] std::uint64_t* bucket(std::uint32_t place) {
        return &bits_[std::uint64_t{place} * words_];
    }

    [[nodiscard]] std::uint32_t next_occupied(std::uint32_t from) const;
    void set_near(Tick tick, std::uint32_t rank);
    void leave(std::uint32_t place);
    void move_base(Tick tick);

    std::uint32_t words_;                           // 64-bit words a bucket
    Tick wheel_;                                    // buckets; a power of two
    std::vector<std::uint64_t> bits_;               // [wheel_, words_], one bit a rank
    std::vector<std::uint64_t> occupied_;           // one bit a bucket that holds any
    std::vector<std::uint64_t> summary_;            // one bit a word of occupied_ that is not 0
    std::set<std::pair<Tick, std::uint32_t>> far_;  // ticks of base_ + wheel_ and later
    Tick base_ = 0;                                 // nothing is before it
    std::uint32_t first_word_ = 0;                  // of base_'s bucket; those before it are 0
    std::uint64_t near_ = 0;                        // wake-ups in the wheel
};

}  // namespace saltus::detail
