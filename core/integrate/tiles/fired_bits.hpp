// What a population fires in a stretch, as its tiles or chunks leave it. Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/kernels/tile_kernels.hpp"
#include "core/memory/aligned_buffer.hpp"
#include "core/tick.hpp"

namespace saltus::detail {

// A bit a neuron and tick.
class FiredBits {
  public:
    void clear() { first_ = end_ = 0; }

    // Makes room for what is fired in [first, last], to be written.
    void begin(const TileOrder& order, Tick first, Tick last);

    // Nobody fires.
    void zero();

    // Says nothing of the tick `end` and later.
    void cut(Tick end) { end_ = end; }

    // Says of those ticks of [first, last] of which nothing is said that nobody fires.
    void cover(Tick first, Tick last);

    // The words of a tick, a tile's neurons each; nullptr: nothing is said of it.
    std::uint64_t* at(Tick t) {
        return t >= first_ && t < end_
                   ? words_.data() + static_cast<std::size_t>(t - first_) * pitch_
                   : nullptr;
    }

    // How many fire at a tick; none if nothing is said of it. All ticks are to be written.
    std::size_t count(Tick t) {
        if (t < first_ || t >= end_) {
            return 0;
        }
        if (!counted_) {
            count_ticks();
        }
        return counts_[static_cast<std::size_t>(t - first_)];
    }

    // Their slots, if there are any. The first may write k_padding places more than there are.
    void list(Tick t, Slot* slots);
    void list(Tick t, std::size_t count, std::vector<Slot>& slots);

    // Who fires at any tick of [first, last]; returns how many do at every one.
    std::size_t list_any(Tick first, Tick last, std::vector<Slot>& slots);

    // The words of the first tick.
    std::uint64_t* front() { return words_.data(); }

    // Bits stand by slot; else every group of the order begins a word.
    [[nodiscard]] bool packed() const { return order_.group == order_.neurons; }

    // Words from tick to tick.
    [[nodiscard]] std::size_t pitch() const { return pitch_; }

  private:
    void count_ticks();

    AlignedBuffer<std::uint64_t> words_;  // [ticks, pitch]
    std::vector<std::size_t> counts_;     // by tick, if counted_
    std::vector<std::uint64_t> any_;      // scratch, as a tick's words
    std::vector<std::uint64_t> all_;
    TileOrder order_;
    std::size_t tiles_ = 0;
    std::size_t pitch_ = 0;
    Tick first_ = 0;
    Tick end_ = 0;
    bool counted_ = false;
};

}  // namespace saltus::detail
