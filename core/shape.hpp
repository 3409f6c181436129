// A population's shape, and the one rule that ties a neuron's index to its slot.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/tick.hpp"

namespace saltus {

// A slot's pixel, slot / channels: by a shift where that is the same.
class PixelOf {
  public:
    explicit PixelOf(std::uint32_t channels)
        : channels_(channels), shift_(std::countr_zero(channels)) {
        shifts_ = std::has_single_bit(channels);
    }

    std::uint32_t operator()(Slot slot) const {
        return shifts_ ? slot >> shift_ : slot / channels_;
    }

  private:
    std::uint32_t channels_;
    int shift_;
    bool shifts_ = false;
};

// Dimensions, outermost first: [n], [C, H, W], or any other rank. Every dimension is at least 1 in
// a valid network. Three dimensions mean [channel, row, column], and only they are stored channel
// last.
struct Shape {
    std::vector<std::uint32_t> dims;

    Shape() = default;

    Shape(std::initializer_list<std::uint32_t> list) : dims(list) {}

    explicit Shape(std::vector<std::uint32_t> list) : dims(std::move(list)) {}

    // Product of the dimensions; 0 if there are none. Does not wrap: dimensions are 32 bits, and
    // the product saturates at 2^63.
    [[nodiscard]] std::uint64_t size() const {
        if (dims.empty()) {
            return 0;
        }
        std::uint64_t n = 1;
        for (const std::uint32_t d : dims) {
            if (d != 0 && n > (std::uint64_t{1} << 63) / d) {
                return std::uint64_t{1} << 63;
            }
            n *= d;
        }
        return n;
    }

    [[nodiscard]] bool is_chw() const { return dims.size() == 3; }

    [[nodiscard]] std::uint32_t channels() const { return dims[0]; }

    [[nodiscard]] std::uint32_t height() const { return dims[1]; }

    [[nodiscard]] std::uint32_t width() const { return dims[2]; }

    [[nodiscard]] Slot slot_of(NeuronIndex index) const {
        if (!is_chw()) {
            return index;
        }
        const std::uint32_t plane = height() * width();
        return (index % plane) * channels() + index / plane;
    }

    [[nodiscard]] NeuronIndex index_of(Slot slot) const {
        if (!is_chw()) {
            return slot;
        }
        return (slot % channels()) * height() * width() + slot / channels();
    }

    // "[3, 32, 32]"
    [[nodiscard]] std::string text() const {
        std::string s = "[";
        for (std::size_t k = 0; k < dims.size(); ++k) {
            s += (k == 0 ? "" : ", ") + std::to_string(dims[k]);
        }
        return s + "]";
    }

    friend bool operator==(const Shape&, const Shape&) = default;
};

}  // namespace saltus
