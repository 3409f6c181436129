// Small random changes of training images: shift, rotation, scale, shear, an elastic field, flips.
// An image's change depends on seed, epoch and its number alone, so any batch can be made anew.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/shape.hpp"

#include "saltus/recipe.pb.h"

namespace saltus::training {

class Augmenter {
  public:
    // `shape`: [channels, rows, columns]; other shapes can only be left as they are. Throws
    // ModelError where `settings` ask for changes of anything but images.
    Augmenter(const proto::Augmentation& settings, const Shape& shape, std::uint64_t seed);

    [[nodiscard]] bool changes() const { return changes_; }

    // Bilinear; what lies outside the image is 0. `in`, `out`: by index, not the same memory. Cost:
    // about 20 operations a pixel. May be called from several threads.
    void apply(std::uint64_t epoch,
               std::uint64_t sample,
               std::span<const float> in,
               std::span<float> out) const;

  private:
    struct Motion;
    [[nodiscard]] Motion draw(std::uint64_t epoch, std::uint64_t sample) const;

    proto::Augmentation settings_;
    bool changes_ = false;
    std::uint64_t seed_;
    std::int64_t channels_ = 0;
    std::int64_t rows_ = 0;
    std::int64_t columns_ = 0;
    std::vector<std::vector<float>> fields_;  // smooth, 1 r.m.s.; [row, column, (dy, dx)]
};

}  // namespace saltus::training
