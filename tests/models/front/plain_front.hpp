// A front written as plain loops in double, and random stacks of layers to run through both.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "models/front/front.hpp"

namespace saltus::test {

struct PlainResult {
    Shape shape;
    std::vector<double> values;  // by index
    std::vector<double> size;    // the same sums over |w| and |x|: what errors are measured against
    std::vector<FrontLayerCounts> layers;
};

PlainResult plain_front(const FrontSpec& spec, const std::vector<float>& input);

// A stack of up to eight layers that fit one another. whole: small whole numbers, exact in any
// order.
struct RandomFront {
    explicit RandomFront(std::uint32_t seed, bool whole = false);

    FrontSpec spec;
    std::vector<float> input;

  private:
    std::vector<float> numbers(std::size_t count);

    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

    void add_planar(Shape& shape);
    void add_conv(Shape& shape);
    void add_any(Shape& shape);

    std::mt19937_64 random_;
    bool whole_;
    std::vector<std::unique_ptr<std::vector<float>>> tensors_;
};

}  // namespace saltus::test
