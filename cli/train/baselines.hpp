// The artificial networks that a spiking one is compared with; docs/metrics.md says why these: dense, pruned,
// with a price on its activations, and with as many bits an activation as T ticks of a rate carry.
#pragma once

#include <vector>

#include "cli/train/one_training.hpp"

#include "saltus/model.pb.h"

namespace saltus::cli {

// Trains each as the recipe says, with the same data, steps and seed; goes on where one was stopped.
std::vector<proto::Baseline> train_baselines(const proto::Recipe& recipe,
                                             const Places& places,
                                             const TrainOptions& options);

}  // namespace saltus::cli
