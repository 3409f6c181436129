// A weight tensor from by_index to rows_by_source and back (core/network_spec.hpp says what each
// is). Only the order changes; every bit stays. Cost: one pass, one copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/files/translation.hpp"

namespace saltus {

// True if a tensor of this type, used like this, can be laid by source to run from the map.
bool can_lie_by_source(const StoredTensor& tensor, const WeightUse& use);

// Where a tensor laid by source has something other than zero between its rows: the first such
// element. Cost: the padding alone is read.
std::optional<std::uint64_t> find_padding(const StoredTensor& tensor, const WeightUse& use);

// Padding is zero. Sparse tensors whose rows ascend keep their order.
std::vector<std::byte> lay_by_source(const StoredTensor& tensor, const WeightUse& use);
std::vector<std::byte> lay_by_index(const StoredTensor& tensor, const WeightUse& use);

}  // namespace saltus
