// When the neurons of a leaping population are to be looked at. Internal to core.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "core/kernels/leap_cells.hpp"

namespace saltus::detail {

// A timing wheel: a list of slots for each of the next ticks, in pieces of a cache line, since many
// looks fall on the same tick. An entry is never taken back: whoever takes it out asks the neuron
// whether it still holds. The population wakes itself for the first entry, so the scheduler's queue
// holds none of them. Cost: O(1) a push; finding the next tick reads a bit a tick passed over.
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
        pieces_.clear();
        free_ = k_none;
    }

    // now < tick < now + reach().
    void push(NearTick tick, Slot slot) {
        const std::size_t bucket = bucket_of(tick);
        std::uint32_t piece = first_[bucket];
        if (piece == k_none || pieces_[piece].size == k_piece) {
            piece = begin_piece(bucket);
        }
        Piece& to = pieces_[piece];
        to.slots[to.size++] = slot;
    }

    // Appends the slots of tick `now`, which leave.
    void take(Tick now, std::vector<Slot>& out) {
        const std::size_t bucket = bucket_of(near_tick(now));
        std::uint32_t piece = first_[bucket];
        if (piece == k_none) {
            return;
        }
        first_[bucket] = k_none;
        occupied_[bucket / 64] &= ~(std::uint64_t{1} << (bucket % 64));
        while (piece != k_none) {
            Piece& from = pieces_[piece];
            out.insert(out.end(), from.slots, from.slots + from.size);
            const std::uint32_t next = from.next;
            from.next = free_;
            free_ = piece;
            piece = next;
        }
    }

    // The first tick after `now` that has an entry, or `none`. Nothing lies at `now` or before.
    [[nodiscard]] Tick next(Tick now, Tick none) const {
        const std::size_t start = bucket_of(near_tick(now + 1));
        const std::size_t words = occupied_.size();
        for (std::size_t step = 0; step <= words; ++step) {
            const std::size_t word = (start / 64 + step) & (words - 1);
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

    static constexpr std::uint32_t k_piece = 14;

    struct alignas(64) Piece {
        std::uint32_t next;  // of the same tick, or free
        std::uint32_t size;
        Slot slots[k_piece];
    };

    // An empty piece, the first of its bucket.
    std::uint32_t begin_piece(std::size_t bucket) {
        std::uint32_t piece = free_;
        if (piece == k_none) {
            piece = static_cast<std::uint32_t>(pieces_.size());
            pieces_.emplace_back();
        } else {
            free_ = pieces_[piece].next;
        }
        pieces_[piece].next = first_[bucket];
        pieces_[piece].size = 0;
        first_[bucket] = piece;
        occupied_[bucket / 64] |= std::uint64_t{1} << (bucket % 64);
        return piece;
    }

    [[nodiscard]] std::size_t bucket_of(NearTick tick) const { return tick & (first_.size() - 1); }

    std::vector<std::uint32_t> first_;     // by tick
    std::vector<std::uint64_t> occupied_;  // a bit a tick
    std::vector<Piece> pieces_;
    std::uint32_t free_ = k_none;
};

}  // namespace saltus::detail
