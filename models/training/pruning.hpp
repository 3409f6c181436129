// Gradual pruning by magnitude: weights that are pruned stay 0. Source: Zhu and Gupta 2017, arXiv
// 1710.01878 (the cubic schedule).
#pragma once

#include "models/training/hybrid_network.hpp"

namespace saltus::training {

// The share that is to be pruned when the part p (0 to 1) of all steps is done.
double pruned_share(const proto::Pruning& pruning, double share, double p);

// True if any stage is to be pruned.
bool prunes(const HybridNetwork& network);

// Sets the masks for the part p of all steps: of each layer, or over all layers together, the
// weights of least magnitude. What was pruned before stays so.
void prune(HybridNetwork& network, double p);

}  // namespace saltus::training
