// The wake-ups of a stretch: consecutive ticks that populations take one after the other, each all
// its ticks at once (layers.cpp). Internal to core.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/tick.hpp"

namespace saltus::detail {

// A bit a tick and rank (a population's place in (level, number) order).
class WakeStretch {
  public:
    static constexpr Tick k_ticks = 128;  // the longest stretch

    explicit WakeStretch(std::uint32_t ranks) : bits_(ranks) {}

    void begin(Tick from, Tick end) {
        from_ = from;
        end_ = end;
        std::fill(bits_.begin(), bits_.end(), Bits{});
    }

    void extend(Tick end) { end_ = end; }

    // Nothing is taken at the tick `end` and later.
    [[nodiscard]] bool holds(Tick tick) const { return tick >= from_ && tick < end_; }

    // False if it was already there.
    bool push(Tick tick, std::uint32_t rank) {
        const auto at = static_cast<std::uint64_t>(tick - from_);
        std::uint64_t& word = bits_[rank].words[at / 64];
        const std::uint64_t bit = std::uint64_t{1} << (at % 64);
        const bool is_new = (word & bit) == 0;
        word |= bit;
        return is_new;
    }

    // The first wake-up of a rank, or `none` if there is none before it.
    [[nodiscard]] Tick first(std::uint32_t rank, Tick none) const {
        for (std::uint64_t k = 0; k < k_words; ++k) {
            if (const std::uint64_t word = bits_[rank].words[k]; word != 0) {
                return std::min(none, from_ + static_cast<Tick>(k * 64) + std::countr_zero(word));
            }
        }
        return none;
    }

    // Takes the first wake-up of a rank at a tick of at most `until`; `none` if there is none.
    Tick pop(std::uint32_t rank, Tick until, Tick none) {
        for (std::uint64_t k = 0; k < k_words; ++k) {
            std::uint64_t& word = bits_[rank].words[k];
            if (word != 0) {
                const Tick tick = from_ + static_cast<Tick>(k * 64) + std::countr_zero(word);
                if (tick > until) {
                    return none;
                }
                word &= word - 1;
                return tick;
            }
        }
        return none;
    }

  private:
    static constexpr std::uint64_t k_words = k_ticks / 64;

    struct Bits {
        std::uint64_t words[k_words] = {};
    };

    std::vector<Bits> bits_;  // by rank
    Tick from_ = 0;
    Tick end_ = 0;
};

}  // namespace saltus::detail
