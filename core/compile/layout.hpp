// Laying a projection's connection out for the kernels: rows by source slot, targets contiguous.
// Internal to core.
#pragma once

#include "core/compiled/compiled_network.hpp"

namespace saltus::detail {

// Fills kind, weights, scales, taps, offsets and synapses of `out`, whose source, target, pool and
// seen shape are set. Nothing is copied for float32 and int8 tensors that are rows_by_source.
template <class Real>
void lay_out(const ProjectionSpec& projection, const Shape& target, CompiledProjection<Real>& out);

}  // namespace saltus::detail
