#include "encoders/settings.hpp"

#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {

std::string setting_path(const EncoderContext& context, const char* field) {
    if (!context.origin.empty()) {
        return context.origin + "." + field;
    }
    return fmt::format("populations[{}].coding.{}", context.population, field);
}

void check_positive(const EncoderContext& context, const char* field, float value) {
    if (std::isfinite(value) && value > 0.0F) {
        return;
    }
    throw ModelError(
        setting_path(context, field), fmt::format("{}", value), "a finite number above 0");
}

void check_range(const EncoderContext& context, const char* field, Tick value, Tick from, Tick to) {
    if (value >= from && value <= to) {
        return;
    }
    throw ModelError(
        setting_path(context, field), fmt::format("{}", value), fmt::format("{} to {}", from, to));
}

}  // namespace saltus
