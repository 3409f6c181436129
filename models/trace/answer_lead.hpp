// How far one answer of a readout is ahead of the others.
#pragma once

#include <cstddef>
#include <span>

#include "core/network_spec.hpp"

namespace saltus {

// The lead of values[answer] over the best other value, in the readout's own numbers; negative: it
// is behind; 0 if there is no other value. Of first spikes the earlier tick leads.
double answer_lead(ReadoutSpec::Kind kind, std::span<const float> values, std::size_t answer);

}  // namespace saltus
