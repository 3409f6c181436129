// A training between two batches, as a file: torch's archive of every tensor, the optimiser's state
// and where the training is. Written whole or not at all.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/training/torch.hpp"

namespace saltus::training {

struct Checkpoint {
    std::string recipe_digest;
    std::string recipe;  // its text, completed: to say what differs
    std::int64_t step = 0;
    bool spiking = false;  // past the artificial steps
    std::vector<std::pair<std::string, Tensor>> state;
    double best_accuracy = -1;  // early stopping: of validation, and at which epoch
    std::int64_t best_epoch = -1;
    std::vector<std::pair<std::string, Tensor>> best_state;
    std::string history;  // the epochs' log lines
};

// `optimiser`: nullptr if there is none. Throws Error if the disk is full or fails.
void save_checkpoint(const std::filesystem::path& path,
                     const Checkpoint& checkpoint,
                     const torch::optim::Optimizer* optimiser);

// The archive is kept open so that the optimiser, made by then, can be read from it. Throws
// InputError for a file that is no checkpoint.
class CheckpointReader {
  public:
    explicit CheckpointReader(const std::filesystem::path& path);

    [[nodiscard]] const Checkpoint& checkpoint() const { return checkpoint_; }

    // Throws InputError if it was saved without one, or of other parameters.
    void read_optimiser(torch::optim::Optimizer& optimiser);

  private:
    std::filesystem::path path_;
    torch::serialize::InputArchive archive_;
    Checkpoint checkpoint_;
};

}  // namespace saltus::training
