// Reading one stored weight as a number. Internal to core.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/network_spec.hpp"

namespace saltus::detail {

constexpr std::uint64_t element_bytes(WeightType type) {
    switch (type) {
        case WeightType::float64:
            return 8;
        case WeightType::float32:
            return 4;
        case WeightType::int8:
            return 1;
        default:
            return 2;
    }
}

// IEEE binary16 to float32, exactly.
inline float decode_float16(std::uint16_t bits) {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
    const std::uint32_t exponent = (bits >> 10) & 31U;
    const std::uint32_t fraction = bits & 1023U;
    if (exponent == 31) {
        return std::bit_cast<float>(sign | 0x7f800000U | (fraction << 13));
    }
    if (exponent == 0) {
        const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
        return sign != 0 ? -magnitude : magnitude;
    }
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

inline float decode_bfloat16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// Element k as it is stored: int8 gives q, without its scale. Exact in double.
inline double decode(const Weights& weights, std::uint64_t k) {
    const std::byte* const at = weights.data.data() + k * element_bytes(weights.type);
    switch (weights.type) {
        case WeightType::float64: {
            double value = 0;
            std::memcpy(&value, at, 8);
            return value;
        }
        case WeightType::float32: {
            float value = 0;
            std::memcpy(&value, at, 4);
            return static_cast<double>(value);
        }
        case WeightType::int8:
            return static_cast<double>(static_cast<std::int8_t>(*at));
        default: {
            std::uint16_t bits = 0;
            std::memcpy(&bits, at, 2);
            return static_cast<double>(weights.type == WeightType::float16 ? decode_float16(bits)
                                                                           : decode_bfloat16(bits));
        }
    }
}

}  // namespace saltus::detail
