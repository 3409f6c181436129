// Whether numbers that came from outside are finite.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace saltus {

// The place of the first value that is not finite, or values.size(). No branch a value.
inline std::size_t first_not_finite(std::span<const float> values) {
    constexpr std::uint32_t k_exponent = 0x7F800000U;
    std::uint32_t found = 0;
    for (const float value : values) {
        found |= (std::bit_cast<std::uint32_t>(value) & k_exponent) == k_exponent ? 1U : 0U;
    }
    if (found == 0) {
        return values.size();
    }
    const auto place = std::find_if_not(
        values.begin(), values.end(), [](float value) { return std::isfinite(value); });
    return static_cast<std::size_t>(place - values.begin());
}

}  // namespace saltus
