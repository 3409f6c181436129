// How results of kernels are compared: bit for bit.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace saltus::test {

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
        return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
    });
}

}  // namespace saltus::test
