#include "models/files/narrow.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "models/files/half.hpp"

namespace saltus {

namespace {

using Type = proto::TensorType;

template <class T>
T load(const std::byte* from) {
    T value{};
    std::memcpy(&value, from, sizeof(T));
    return value;
}

template <class T>
bool store(T value, std::byte* to) {
    std::memcpy(to, &value, sizeof(T));
    return true;
}

// Truncates to float16; exact if the way back gives the same float32.
std::uint16_t truncated_half(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
    const float magnitude = std::fabs(value);
    if (!(magnitude < 65536.0F)) {
        return static_cast<std::uint16_t>(sign | 0x7C00U);
    }
    if (magnitude < 0x1p-14F) {
        return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(magnitude * 0x1p24F));
    }
    const std::uint32_t exponent = (bits >> 23 & 0xFFU) - 112;
    return static_cast<std::uint16_t>(sign | exponent << 10 | (bits >> 13 & 0x3FFU));
}

bool same(float a, float b) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

}  // namespace

float load_float(Type::Value type, const std::byte* from) {
    switch (type) {
        case Type::float32:
            return load<float>(from);
        case Type::float16:
            return float_from_half(load<std::uint16_t>(from));
        case Type::bfloat16:
            return float_from_bfloat16(load<std::uint16_t>(from));
        case Type::int8:
            return static_cast<float>(load<std::int8_t>(from));
        default:
            return 0;
    }
}

bool store_exactly(float value, Type::Value type, std::byte* to) {
    switch (type) {
        case Type::float32:
            return store(value, to);
        case Type::float16: {
            const std::uint16_t bits = truncated_half(value);
            return same(float_from_half(bits), value) && store(bits, to);
        }
        case Type::bfloat16: {
            const auto bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
            return same(float_from_bfloat16(bits), value) && store(bits, to);
        }
        case Type::int8: {
            if (!(value >= -127 && value <= 127)) {
                return false;
            }
            const auto q = static_cast<std::int8_t>(value);
            return static_cast<float>(q) == value && store(q, to);
        }
        default:
            return false;
    }
}

}  // namespace saltus
