// Float32 weights as frameworks write them, whatever their layout here. Internal to
// models/interchange/nir.
#pragma once

#include <cstdint>
#include <vector>

#include "core/network_spec.hpp"

namespace saltus::detail {

// [targets, sources]; `seen`: what the connection sees, behind a pool.
std::vector<float> dense_by_index(const Weights& weights, const Shape& seen, const Shape& target);
// The same, zeros where there is no synapse.
std::vector<float> sparse_by_index(const Sparse& sparse, const Shape& seen, const Shape& target);
// [out, in / groups, ky, kx].
std::vector<float> conv_by_index(const Conv2d& conv, std::uint64_t in, std::uint64_t out);

}  // namespace saltus::detail
