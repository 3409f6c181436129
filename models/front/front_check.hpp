// Checks a FrontSpec before anything is prepared. Internal to this folder.
#pragma once

#include <vector>

#include "models/front/front.hpp"

namespace saltus {

// The shape that each layer gives. Throws one ModelError with every fault: shapes that do not fit,
// sizes that are zero or beyond 2^31 - 1 elements, tensors of the wrong length, numbers that are
// not finite.
std::vector<Shape> check_front(const FrontSpec& spec);

// Rows (or columns) that a window gives: PyTorch's formula, rounding down. 0 if it does not fit.
std::uint64_t window_steps(std::uint64_t length,
                           std::uint64_t kernel,
                           std::uint64_t stride,
                           std::uint64_t padding,
                           std::uint64_t dilation);

}  // namespace saltus
