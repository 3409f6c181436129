// The shape of a network as a graph: levels, zero-delay cycles, parts that nothing reaches.
#pragma once

#include <vector>

#include "core/network_spec.hpp"

namespace saltus {

// Level of each population: the longest zero-delay path, in projections, that ends at it. Throws
// ModelError naming the populations of a zero-delay cycle. Projections must name valid populations.
std::vector<Level> levels_of(const NetworkSpec& spec);

// All populations, sources before targets through projections of whatever delay; those of a cycle
// together.
std::vector<std::vector<PopulationId>> cycles_in_order(const NetworkSpec& spec);

// Populations that no encoder reaches through projections and that have neither a bias nor an
// initial membrane other than their rest: nothing can ever happen in them.
std::vector<PopulationId> unreachable_populations(const NetworkSpec& spec);

}  // namespace saltus
