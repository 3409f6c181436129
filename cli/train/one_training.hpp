// One training run to its end or to an interrupt, with its progress and files.
#pragma once

#include <filesystem>
#include <optional>

#include "cli/progress.hpp"
#include "cli/train/train.hpp"
#include "models/training/trainer.hpp"

#include "saltus/recipe.pb.h"

namespace saltus::cli {

// Where one training's files are; empty: not written.
struct Places {
    std::filesystem::path model;
    std::filesystem::path checkpoint;
    std::filesystem::path log;
    std::filesystem::path result;
    std::filesystem::path curves;
};

class OneTraining {
  public:
    OneTraining(const proto::Recipe& recipe, const Places& places, const TrainOptions& options);

    // Throws Interrupted where it was stopped, with its checkpoint written.
    void run(bool resume);

    [[nodiscard]] const training::TrainingData& data() const { return data_; }

    [[nodiscard]] training::Trainer& trainer() { return trainer_; }

    // Of this run alone, without what went before a resume.
    [[nodiscard]] double seconds() const { return seconds_; }

  private:
    training::TrainerHooks hooks();

    proto::Recipe recipe_;
    Places places_;
    const TrainOptions& options_;
    training::TrainingData data_;
    std::optional<Progress> progress_;
    training::Trainer trainer_;
    double seconds_ = 0;
};

}  // namespace saltus::cli
