// What follows a training: the test set by trainer and engine, the model's file, and what was found.
#pragma once

#include <vector>

#include "cli/train/one_training.hpp"

#include "saltus/model.pb.h"

namespace saltus::cli {

// Throws core's Error where the engine's accuracy is not the trainer's; the model is not saved then.
void finish(const proto::Recipe& recipe,
            OneTraining& run,
            const std::vector<proto::Baseline>& baselines,
            const Places& places);

}  // namespace saltus::cli
