#include "core/compile/weight_check.hpp"

#include <cstring>

namespace saltus::detail {

namespace {

// Elements looked at before it is asked whether one was bad.
constexpr std::uint64_t k_block = 4096;

// A number is not finite if all bits of its exponent are set.
template <class Bits>
bool no_exponent_is_full(const std::byte* data, std::uint64_t count, Bits exponent) {
    Bits block[k_block];
    for (std::uint64_t at = 0; at < count; at += k_block) {
        const std::uint64_t size = count - at < k_block ? count - at : k_block;
        std::memcpy(block, data + at * sizeof(Bits), size * sizeof(Bits));
        Bits full = 0;
        for (std::uint64_t k = 0; k < size; ++k) {
            full |= static_cast<Bits>((block[k] & exponent) == exponent ? 1 : 0);
        }
        if (full != 0) {
            return false;
        }
    }
    return true;
}

bool no_byte_is_lowest(const std::byte* data, std::uint64_t count) {
    for (std::uint64_t at = 0; at < count; at += k_block) {
        const std::uint64_t end = count - at < k_block ? count : at + k_block;
        std::uint8_t lowest = 0;
        for (std::uint64_t k = at; k < end; ++k) {
            lowest |= static_cast<std::uint8_t>(data[k] == std::byte{0x80} ? 1 : 0);
        }
        if (lowest != 0) {
            return false;
        }
    }
    return true;
}

bool all_narrow(const std::byte* data, std::uint64_t count) {
    for (std::uint64_t k = 0; k < count; ++k) {
        double value = 0;
        std::memcpy(&value, data + k * sizeof value, sizeof value);
        const auto narrow = static_cast<float>(value);
        if (!(narrow - narrow == 0)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool weights_are_fit(const Weights& weights, std::uint64_t count, bool narrow) {
    const std::byte* const data = weights.data.data();
    switch (weights.type) {
        case WeightType::float32:
            return no_exponent_is_full<std::uint32_t>(data, count, 0x7f800000U);
        case WeightType::float16:
            return no_exponent_is_full<std::uint16_t>(data, count, 0x7c00U);
        case WeightType::bfloat16:
            return no_exponent_is_full<std::uint16_t>(data, count, 0x7f80U);
        case WeightType::int8:
            return no_byte_is_lowest(data, count);
        case WeightType::float64:
            return narrow ? all_narrow(data, count)
                          : no_exponent_is_full<std::uint64_t>(
                                data, count, std::uint64_t{0x7ff} << 52);
    }
    return false;
}

}  // namespace saltus::detail
