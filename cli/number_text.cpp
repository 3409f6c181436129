#include "cli/number_text.hpp"

#include <fmt/format.h>

namespace saltus::cli {

std::string grouped_text(std::uint64_t n) {
    const std::string digits = std::to_string(n);
    std::string text;
    for (std::size_t k = 0; k < digits.size(); ++k) {
        if (k > 0 && (digits.size() - k) % 3 == 0) {
            text += ',';
        }
        text += digits[k];
    }
    return text;
}

std::string number_text(double value) {
    if (value >= 1e18) {  // no 64-bit number soon
        return fmt::format("{:.4g}", value);
    }
    if (value >= 1000) {
        return grouped_text(static_cast<std::uint64_t>(value + 0.5));
    }
    std::string text = fmt::format("{:.2f}", value);
    if (text.ends_with(".00")) {
        text.resize(text.size() - 3);
    }
    return text;
}

std::string seconds_text(double value) {
    if (value < 1e-3) {
        return fmt::format("{:.0f} us", value * 1e6);
    }
    if (value < 1) {
        return fmt::format("{:.3g} ms", value * 1e3);
    }
    return fmt::format("{:.3g} s", value);
}

std::string percent_text(double share) {
    return fmt::format("{:.2f} %", share * 100);
}

std::string samples_text(std::uint64_t samples) {
    return grouped_text(samples) + (samples == 1 ? " sample" : " samples");
}

std::string short_number(double value) {
    return fmt::format("{:.4g}", value);
}

}  // namespace saltus::cli
