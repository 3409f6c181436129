#include "tests/reference/path_shares.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "core/kernels/kernels.hpp"

namespace reference {

using saltus::detail::EnginePath;
using saltus::detail::k_engine_paths;

namespace {

constexpr std::size_t k_one_in = 20;
constexpr std::size_t k_fewest_asked = 300;

// Whether ticks are forced to come one by one, as a test's environment may have it.
bool goes_by_ticks() {
    const char* const schedule = std::getenv("SALTUS_SCHEDULE");
    return schedule != nullptr && std::string_view(schedule) == "ticks";
}

bool takes_stretches(EnginePath path) {
    using enum EnginePath;
    return (path >= layer_by_layer && path <= layer_in_parts) || path >= tiles_dense_packets;
}

// Not every instruction set has every product.
bool can_be_taken(EnginePath path) {
    const saltus::detail::Kernels& kernels = saltus::detail::kernels();
    switch (path) {
        case EnginePath::tiles_product:
            return kernels.multiply_tile != nullptr;
        case EnginePath::tiles_product8:
        case EnginePath::tiles_product8_constant:
            return kernels.multiply_tile8 != nullptr;
        case EnginePath::tiles_narrow8:
            return kernels.multiply_narrow8 != nullptr;
        default:
            return true;
    }
}

}  // namespace

void TakenPaths::add(const saltus::detail::PathCounts& counts) {
    for (std::size_t path = 0; path < k_engine_paths; ++path) {
        taken_[path] = taken_[path] || counts[static_cast<EnginePath>(path)] > 0;
    }
}

void PathShares::add(const std::string& style, const TakenPaths& taken) {
    Style& counts = styles_[style];
    ++counts.networks;
    for (std::size_t path = 0; path < k_engine_paths; ++path) {
        counts.taken[path] += taken.has(path) ? 1 : 0;
    }
}

std::vector<std::string> PathShares::seldom() const {
    std::vector<std::string> lines;
    std::size_t networks = 0;
    for (const auto& style : styles_) {
        networks += style.second.networks;
    }
    if (networks < k_fewest_asked) {
        return lines;
    }
    for (std::size_t path = 0; path < k_engine_paths; ++path) {
        const auto of = static_cast<EnginePath>(path);
        if (!can_be_taken(of) || (goes_by_ticks() && takes_stretches(of))) {
            continue;
        }
        const bool often = std::any_of(styles_.begin(), styles_.end(), [&](const auto& style) {
            const Style& s = style.second;
            return s.taken[path] > 0 && s.taken[path] * k_one_in >= s.networks;
        });
        if (!often) {
            lines.push_back(line(path));
        }
    }
    return lines;
}

std::string PathShares::table() const {
    std::string text;
    for (std::size_t path = 0; path < k_engine_paths; ++path) {
        text += line(path) + '\n';
    }
    return text;
}

std::string PathShares::line(std::size_t path) const {
    std::string text(saltus::detail::name_of(static_cast<EnginePath>(path)));
    for (const auto& [name, style] : styles_) {
        text += ", " + name + " " + std::to_string(style.taken[path]) + " of " +
                std::to_string(style.networks);
    }
    return text;
}

}  // namespace reference
