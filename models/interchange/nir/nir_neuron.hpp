// The neurons of NIR as numbers of our update rule, by a convention. Internal to
// models/interchange/nir.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/interchange/nir/nir_convention.hpp"
#include "models/interchange/nir/nir_file.hpp"

namespace saltus::detail {

// Numbers one a neuron by index, or one for all.
struct NirNeuron {
    bool fires = true;
    std::vector<double> theta = {1};
    std::vector<double> beta = {1};
    std::vector<double> v_rest = {0};
    std::vector<double> v_init = {0};
    std::vector<double> v_reset = {0};
    std::vector<double> alpha = {0};
    std::vector<double> gain = {1};
    Comparison comparison = Comparison::at_least;
    NirConvention::Reset reset = NirConvention::Reset::subtract;
    bool previous_reset_counts = false;
    CurrentUsed current = CurrentUsed::this_tick;
    bool several_spikes = false;
    std::optional<double> floor;
    std::string approximate;  // why, and how far; empty: the convention's own equations
};

// `size`: neurons. `tick`: s; needed where the node has time constants (needs_tick). Throws
// ModelError naming file, node and field: missing, not finite, of another size, a time constant
// that is not above 0 or, by Euler's rule, shorter than a tick.
NirNeuron nir_neuron(const NirNode& node,
                     std::uint64_t size,
                     const NirConvention& convention,
                     std::optional<double> tick,
                     const std::string& file);

bool needs_tick(const std::string& type);

}  // namespace saltus::detail
