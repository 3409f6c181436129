// Stored weights whose value is zero, by source: what ordinary counts hold and effective ones do
// not. An int8 weight is zero if its integer or its scale is.
//
// Made only where somebody asks for effective operations, for it reads every weight once. Costs 8
// bytes a source slot of each projection that stores a zero; immutable, shared by threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/network.hpp"

namespace saltus {

class ZeroWeights {
  public:
    template <class Real>
    explicit ZeroWeights(const BasicNetwork<Real>& network);

    // By source slot: how many of the synapses that a spike of it reaches have a weight of zero,
    // behind a pool those of every window it falls in. Empty: no weight of the projection is zero.
    [[nodiscard]] std::span<const std::uint64_t> of(ProjectionId projection) const {
        return zeros_[projection];
    }

  private:
    std::vector<std::vector<std::uint64_t>> zeros_;  // [projection][source slot]
};

extern template ZeroWeights::ZeroWeights(const BasicNetwork<float>&);
extern template ZeroWeights::ZeroWeights(const BasicNetwork<double>&);

}  // namespace saltus
