// When the neurons of a leaping population are to be looked at. Internal to core.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "core/tick.hpp"

namespace saltus::detail {

// A timing wheel: a list of slots for each of the next ticks. An entry is never taken back: whoever
// takes it out asks the neuron whether it still holds. The population wakes itself for the first
// entry, so the scheduler's queue holds none of them. Cost: O(1) a push; finding the next tick
// reads a bit a tick passed over.
class LookWheel {
  public:
    // Ticks that it reaches ahead: a power of two, at least 64.
    void allocate(std::uint32_t ticks) {
        first_.assign(ticks, k_none);
        occupied_.assign(ticks / 64, 0);
        clear();
    }

    [[nodiscard]] Tick reach() const { return static_cast<Tick>(first_.size()); }

    void clear() {
        first_.assign(first_.size(), k_none);
        occupied_.assign(occupied_.size(), 0);
        entries_.clear();
        free_ = k_none;
    }

    // now < tick < now + reach().
    void push(Tick tick, Slot slot) {
        const std::size_t bucket = bucket_of(tick);
        std::uint32_t entry = free_;
        if (entry == k_none) {
            entry = static_cast<std::uint32_t>(entries_.size());
            entries_.push_back({});
        } else {
            free_ = entries_[entry].next;
        }
        entries_[entry] = {slot, first_[bucket]};
        first_[bucket] = entry;
        occupied_[bucket / 64] |= std::uint64_t{1} << (bucket % 64);
    }

    // Appends the slots of tick `now`, which leave.
    void take(Tick now, std::vector<Slot>& out) {
        const std::size_t bucket = bucket_of(now);
        std::uint32_t entry = first_[bucket];
        if (entry == k_none) {
            return;
        }
        for (;;) {
            out.push_back(entries_[entry].slot);
            const std::uint32_t next = entries_[entry].next;
            if (next == k_none) {
                break;
            }
            entry = next;
        }
        entries_[entry].next = free_;
        free_ = first_[bucket];
        first_[bucket] = k_none;
        occupied_[bucket / 64] &= ~(std::uint64_t{1} << (bucket % 64));
    }

    // The first tick after `now` that has an entry, or `none`. Nothing lies at `now` or before.
    [[nodiscard]] Tick next(Tick now, Tick none) const {
        const std::size_t start = bucket_of(now + 1);
        const std::size_t words = occupied_.size();
        for (std::size_t step = 0; step <= words; ++step) {
            const std::size_t word = (start / 64 + step) % words;
            std::uint64_t bits = occupied_[word];
            if (step == 0) {
                bits &= ~std::uint64_t{0} << (start % 64);
            } else if (step == words) {
                bits &= (std::uint64_t{1} << (start % 64)) - 1;
            }
            if (bits != 0) {
                const std::size_t bucket =
                    word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
                return now + 1 + static_cast<Tick>((bucket - start) & (first_.size() - 1));
            }
        }
        return none;
    }

  private:
    static constexpr std::uint32_t k_none = 0xFFFFFFFFU;

    struct Entry {
        Slot slot = 0;
        std::uint32_t next = k_none;  // of the same tick, or free
    };

    [[nodiscard]] std::size_t bucket_of(Tick tick) const {
        return static_cast<std::size_t>(tick) & (first_.size() - 1);
    }

    std::vector<std::uint32_t> first_;     // by tick
    std::vector<std::uint64_t> occupied_;  // a bit a tick
    std::vector<Entry> entries_;
    std::uint32_t free_ = k_none;
};

}  // namespace saltus::detail
