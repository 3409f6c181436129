// Every rule a network must keep before it can run, checked at once. Internal to core.
#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/network_spec.hpp"

namespace saltus::detail {

// Where a part came from: its origin, or its place.
std::string path_of(const PopulationSpec& population, std::size_t id);
std::string path_of(const ProjectionSpec& projection, std::size_t id);

// The shape that a projection's connection sees: the source's, or the pooled one. Empty if it has
// none.
Shape seen_shape(const ProjectionSpec& projection, const Shape& source);

// All faults in shapes, sizes, parameters, dialect combinations and tensors. Empty: levels and
// layouts can be made. `narrow`: weights are to be finite as float32, what they are stored as.
std::vector<Fault> find_faults(const NetworkSpec& spec, bool narrow);

// validate_neurons.cpp: those of one population's update rule.
void find_neuron_faults(const NeuronSpec& rule,
                        std::uint64_t neurons,
                        const std::string& path,
                        bool driven,
                        std::vector<Fault>& faults);

// validate_connection.cpp: those of one projection between valid populations.
void find_projection_faults(const NetworkSpec& spec,
                            std::size_t id,
                            bool narrow,
                            std::vector<Fault>& faults);

}  // namespace saltus::detail
