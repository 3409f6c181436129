// A shape's neurons in slot order: which index stands in each slot.
#pragma once

#include <cstddef>
#include <vector>

#include "core/shape.hpp"

namespace saltus {

class SlotOrder {
  public:
    explicit SlotOrder(const Shape& shape) : size_(static_cast<std::size_t>(shape.size())) {
        if (!shape.is_chw() || shape.channels() == 1) {
            return;
        }
        index_of_.resize(size_);
        for (Slot slot = 0; slot < size_; ++slot) {
            index_of_[slot] = shape.index_of(slot);
        }
    }

    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] NeuronIndex index_of(Slot slot) const {
        return index_of_.empty() ? slot : index_of_[slot];
    }

  private:
    std::size_t size_;
    std::vector<NeuronIndex> index_of_;  // empty: the same
};

}  // namespace saltus
