// A model whose dense and convolutional projections with few weights other than zero are stored as
// sparse rows: the same spikes, readouts and digests, fewer synapses stored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/model.hpp"

namespace saltus {

// From here on down sparse rows take no more bytes than whole ones whatever the type: a synapse
// takes 4 for its target and 1 (int8) to 4 (float32) for its weight, a weight in a whole row the
// latter.
inline constexpr double k_sparse_share = 0.2;

// What became of one dense or convolutional projection.
struct SparseProjection {
    std::string name;    // "projections[1] (hidden to out)"
    std::string tensor;  // the weights'
    std::uint64_t weights = 0;
    std::uint64_t nonzero = 0;
    std::string left;  // why it was left as it is; empty: it was not

    // Of sparse rows alone:
    std::uint64_t synapses_before = 0;
    std::uint64_t synapses = 0;
    std::uint64_t zeros_kept = 0;    // among them, for lazy blocks
    std::uint64_t bytes_before = 0;  // of the tensor
    std::uint64_t bytes = 0;         // of offsets, targets and weights
};

struct SparseModel {
    LoadedModel model;
    std::vector<SparseProjection> projections;  // in file order
};

// `share`: at most this share of a tensor's weights may be other than zero, 0 to 1. A tensor that
// nothing reads any more is left out; several projections that read one in the same way share its
// rows. Projections that would not stay the same bits, or not become fewer synapses, are left as
// they are and say why. Memory: a copy of every tensor.
SparseModel with_sparse_rows(const LoadedModel& model, double share);

}  // namespace saltus
