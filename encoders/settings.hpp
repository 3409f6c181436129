// Checks that the codings' settings share; each throws ModelError naming the field.
#pragma once

#include <cstdint>
#include <string>

#include "encoders/encoder.hpp"

namespace saltus {

// Longest span of ticks that float32 counts exactly.
inline constexpr Tick k_longest_span = Tick{1} << 24;

std::string setting_path(const EncoderContext& context, const char* field);
// Finite and above 0.
void check_positive(const EncoderContext& context, const char* field, float value);
void check_range(const EncoderContext& context, const char* field, Tick value, Tick from, Tick to);

// clip(fl(a / c), 0, 1)
inline float unit_activation(float a, float c) {
    const float x = a / c;
    if (!(x > 0.0F)) {
        return 0.0F;
    }
    return x < 1.0F ? x : 1.0F;
}

}  // namespace saltus
