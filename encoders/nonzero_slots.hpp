// Which values of a frame are not 0, as ascending slots. Eight values are looked at together, so
// what is silent costs little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/shape.hpp"

namespace saltus {

class NonzeroSlots {
  public:
    explicit NonzeroSlots(const Shape& shape);

    // frame: [...shape] by index, as float or std::uint8_t. The view is valid until the next call.
    template <class Value>
    std::span<const Slot> find(std::span<const Value> frame);

  private:
    std::size_t channels_;              // 1: slots are indices
    std::size_t plane_;                 // values of one channel
    std::vector<std::uint64_t> masks_;  // by channel: which of the pixels at hand are not 0
    std::vector<Slot> found_;           // one more than there are slots
};

extern template std::span<const Slot> NonzeroSlots::find(std::span<const float>);
extern template std::span<const Slot> NonzeroSlots::find(std::span<const std::uint8_t>);

}  // namespace saltus
