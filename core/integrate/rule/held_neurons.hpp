// Which neurons of a population are in their refractory period, and when they leave it. Internal to
// core.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/tick.hpp"

namespace saltus::detail {

// One bit a neuron, for kernels, and a list of those that are held: all of a population wait
// equally long, so they leave in the order they came. Cost: O(1) a neuron held and released; one
// bit a neuron, 16 bytes a held one.
class HeldNeurons {
  public:
    // Nobody is held; room for `neurons`, whole words.
    void assign(std::uint32_t neurons) {
        bits_.assign((neurons + 63) / 64, 0);
        waiting_.clear();
        first_ = 0;
    }

    // `slot` may fire again at tick `free`, which is no earlier than any other's.
    void hold(Slot slot, Tick free) {
        if (first_ == waiting_.size()) {
            waiting_.clear();
            first_ = 0;
        } else if (first_ >= 1024 && first_ * 2 >= waiting_.size()) {
            waiting_.erase(waiting_.begin(),
                           waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
        bits_[slot / 64] |= std::uint64_t{1} << (slot % 64);
        waiting_.push_back({free, slot});
    }

    // Lets go of every neuron that may fire again at t, and calls released(slot) for each.
    template <class Released>
    void release(Tick t, Released released) {
        while (first_ < waiting_.size() && waiting_[first_].free <= t) {
            const Slot slot = waiting_[first_++].slot;
            bits_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
            released(slot);
        }
    }

    // Calls each(slot, tick) for those that may fire again at a tick of at most `last`, earliest
    // first.
    template <class Each>
    void for_each_until(Tick last, Each each) const {
        for (std::size_t k = first_; k < waiting_.size() && waiting_[k].free <= last; ++k) {
            each(waiting_[k].slot, waiting_[k].free);
        }
    }

    [[nodiscard]] bool any() const { return first_ < waiting_.size(); }

    [[nodiscard]] bool holds(Slot slot) const {
        return !bits_.empty() && ((bits_[slot / 64] >> (slot % 64)) & 1) != 0;
    }

    // [neurons / 64, rounded up]; bit s % 64 of word s / 64 is slot s.
    [[nodiscard]] const std::uint64_t* bits() const { return bits_.data(); }

    // The next tick at which one is released.
    [[nodiscard]] std::optional<Tick> next() const {
        return any() ? std::optional<Tick>(waiting_[first_].free) : std::nullopt;
    }

    void shift(Tick ticks) {
        for (std::size_t k = first_; k < waiting_.size(); ++k) {
            waiting_[k].free -= ticks;
        }
    }

  private:
    struct Waiting {
        Tick free;
        Slot slot;
    };

    std::vector<std::uint64_t> bits_;
    std::vector<Waiting> waiting_;  // ascending `free`, from first_ on
    std::size_t first_ = 0;
};

}  // namespace saltus::detail
