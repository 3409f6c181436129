// The energy models that come with Saltus, as text. Generated from models/energy/presets.
#pragma once

#include <span>
#include <string_view>

namespace saltus::detail {

struct EnergyPreset {
    std::string_view name;
    std::string_view text;
};

std::span<const EnergyPreset> energy_presets();

}  // namespace saltus::detail
