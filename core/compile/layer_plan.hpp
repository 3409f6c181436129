// Decides, when a network is compiled, which populations take many ticks at once and how many
// (layers.cpp, tiled.cpp). Internal to core.
#pragma once

#include "core/compiled/compiled_network.hpp"

namespace saltus::detail {

// The layer-by-layer schedule, where no cycle comes back in one tick and a population gains by it.
// What fires in a stretch is kept until its targets have taken it: that bounds its length.
void plan_layers(const NetworkSpec& spec, CompiledNetwork<float>& network);

}  // namespace saltus::detail
