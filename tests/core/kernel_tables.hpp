// The tables of kernels that this processor runs, and how results are compared: bit for bit.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/kernels.hpp"

namespace saltus::test {

inline std::vector<const detail::Kernels*> tables() {
    std::vector<const detail::Kernels*> all = {&detail::k_kernels_baseline};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi2")) {
        all.push_back(&detail::k_kernels_avx2);
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
        all.push_back(&detail::k_kernels_avx512);
        if (__builtin_cpu_supports("avx512vnni")) {
            all.push_back(&detail::k_kernels_vnni);
        }
    }
#endif
    return all;
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
        return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
    });
}

}  // namespace saltus::test
