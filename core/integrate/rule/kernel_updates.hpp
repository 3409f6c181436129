// The cases of the update rule that a kernel covers, in float32. Internal to core.
#pragma once

#include "core/integrate/rule/update_rule.hpp"

namespace saltus::detail {

// Slots [begin, end) of a simple population (CompiledNeurons::is_simple); see update().
void update_simple(const CompiledNeurons<float>& rule,
                   PopulationState<float>& state,
                   std::uint32_t begin,
                   std::uint32_t end,
                   Tick t,
                   Tick gap,
                   Packet& out,
                   UpdateOutcome& outcome);

// What a run of the current kernel needs to know of the rule at tick t.
CurrentRun current_run(const CompiledNeurons<float>& rule, Tick t);

// All of a stepped population with synaptic currents (CompiledNeurons::has_current_kernel).
void update_currents(const CompiledNeurons<float>& rule,
                     PopulationState<float>& state,
                     Tick t,
                     bool ask_changed,
                     Packet& out,
                     UpdateOutcome& outcome);

}  // namespace saltus::detail
