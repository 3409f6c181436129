// Whether weights are numbers that kernels may take. Internal to core.
#pragma once

#include <cstdint>

#include "core/network_spec.hpp"

namespace saltus::detail {

// True if the first `count` elements are finite, int8 ones -127 or more; `narrow`: finite as
// float32. Cost: one pass, without a branch a weight, so that it runs as fast as memory does.
bool weights_are_fit(const Weights& weights, std::uint64_t count, bool narrow);

}  // namespace saltus::detail
