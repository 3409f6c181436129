// The trained network as a model file's message: what the event-driven engine runs.
//
// concurrent: a bias is a drive at every tick; the readout is divided by T, so the model may be run
// at another horizon. phased: layer l fires in ticks [(l + 1) T, (l + 2) T), horizon (layers + 1) T;
// behind a latency code with T > 1 the first layer fires its count in the window's last tick into a
// relay that spreads it over the next window (a current that was switched on would flow through it).
// burst: every layer fires its whole count in the last of T ticks, level after level. In both a bias
// is part of the initial membrane and costs nothing.
#pragma once

#include "models/training/hybrid_network.hpp"

#include "saltus/model.pb.h"

namespace saltus::training {

// `network`: with round_weights(true). Weights are dense; sparse rows are made from them
// (models/files/sparse_model.hpp). Throws ModelError for what no model file can say: activations of
// few bits in artificial layers.
proto::Model saved_model(const HybridNetwork& network);

}  // namespace saltus::training
