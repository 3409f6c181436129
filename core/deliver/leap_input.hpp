// What arrives at the neurons of a leaping population at one tick, for the leap kernel. Internal to
// core.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/tick.hpp"

namespace saltus::detail {

// A list of the neurons that something reaches, in the order they are first reached, and beside it
// what they get, summed by receptor from +0. Most ticks bring a single row, which is copied. Cost:
// O(1) a synapse; nothing for neurons that are not reached.
class LeapInput {
  public:
    LeapInput(std::uint32_t neurons, std::size_t receptors)
        : slots_(neurons), place_(neurons), sums_(receptors) {
        for (Sums& sums : sums_) {
            sums.x.resize(neurons);
        }
    }

    void clear() {
        count_ = placed_ = 0;
        for (Sums& sums : sums_) {
            sums.used = false;
        }
    }

    [[nodiscard]] std::span<const Slot> slots() const { return {slots_.data(), count_}; }

    // In the order of slots(); nullptr: +0 throughout.
    [[nodiscard]] const float* x(std::size_t receptor) const {
        return sums_[receptor].used ? sums_[receptor].x.data() : nullptr;
    }

    // Adds weight(k) to targets[k], which are different, through a receptor.
    template <class Target, class Weight>
    void add_row(const Target* targets, std::size_t size, std::size_t receptor, Weight weight) {
        if (size == 0) {
            return;  // a source of another projection
        }
        use(receptor);
        float* const x = sums_[receptor].x.data();
        Slot* const slots = slots_.data();
        std::uint32_t* const place = place_.data();
        const std::uint32_t before = count_;
        std::uint32_t count = before;
        if (before == 0) {
            for (std::size_t k = 0; k < size; ++k) {
                slots[k] = targets[k];
            }
            for (std::size_t k = 0; k < size; ++k) {
                x[k] = 0.0F + weight(k);
            }
            count = static_cast<std::uint32_t>(size);
        } else {
            for (std::uint32_t k = placed_; k < before; ++k) {
                place[slots[k]] = k;
            }
            for (std::size_t k = 0; k < size; ++k) {
                const Slot slot = targets[k];
                // a place counts if the neuron is there: nothing is to be cleared
                const std::uint32_t at = place[slot];
                if (at < count && slots[at] == slot) {
                    x[at] += weight(k);
                } else {
                    place[slot] = count;
                    slots[count] = slot;
                    x[count++] = 0.0F + weight(k);
                }
            }
            placed_ = count;
        }
        count_ = count;
        for (std::size_t other = 0; other < sums_.size(); ++other) {
            if (other != receptor && sums_[other].used) {
                std::fill(sums_[other].x.begin() + before, sums_[other].x.begin() + count_, 0.0F);
            }
        }
    }

    // Takes what lies in arrays by slot, which are left as +0 there. Must be empty.
    template <class Arrays>
    void take(std::span<const Slot> slots, Arrays& x) {
        count_ = static_cast<std::uint32_t>(slots.size());
        std::copy(slots.begin(), slots.end(), slots_.begin());
        for (std::size_t receptor = 0; receptor < sums_.size(); ++receptor) {
            sums_[receptor].used = true;
            for (std::size_t k = 0; k < slots.size(); ++k) {
                sums_[receptor].x[k] = x[receptor][slots[k]];
                x[receptor][slots[k]] = 0;
            }
        }
    }

  private:
    struct Sums {
        std::vector<float> x;
        bool used = false;
    };

    void use(std::size_t receptor) {
        Sums& sums = sums_[receptor];
        if (!sums.used) {
            sums.used = true;
            std::fill(sums.x.begin(), sums.x.begin() + count_, 0.0F);
        }
    }

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> place_;  // by slot, of those listed before placed_
    std::vector<Sums> sums_;            // by receptor
    std::uint32_t count_ = 0;
    std::uint32_t placed_ = 0;
};

}  // namespace saltus::detail
