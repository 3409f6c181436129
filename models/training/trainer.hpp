// One training from a recipe: artificial steps, thresholds, spiking steps, pruning, checkpoints.
//
// Reproducible: the same recipe, machine, libtorch and number of threads give the same bits, also
// when it was stopped and resumed: every draw depends on the seed and its step alone.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/training/checkpoint.hpp"
#include "models/training/hybrid_network.hpp"
#include "models/training/training_data.hpp"

namespace saltus::training {

// What a pass over a part of the data found; means a sample.
struct Evaluation {
    std::uint64_t samples = 0;
    std::uint64_t right = 0;
    double spikes = 0;
    double encoder_spikes = 0;
    double macs = 0;
    double acs = 0;
    std::vector<std::int64_t> predictions;

    [[nodiscard]] double accuracy() const {
        return samples == 0 ? 0 : static_cast<double>(right) / static_cast<double>(samples);
    }
};

struct EpochReport {
    std::int64_t epoch = 0;  // from 1
    std::int64_t epochs = 0;
    bool spiking = false;
    double loss = 0;            // mean over the epoch's batches
    double train_accuracy = 0;  // of the batches as they were trained on
    Evaluation validation;      // of the network as it runs: spiking, once the spiking steps began
    double weights = 0;         // share of weights other than 0
    double seconds = 0;
    double seconds_left = 0;
};

struct TrainerHooks {
    // Returns a line that is kept in the checkpoint: Trainer::history() has those of all epochs.
    std::function<std::string(const EpochReport&)> epoch;
    // After the checkpoint of an epoch was written.
    std::function<void()> saved;
    // After a batch: how many are done in this epoch, of how many.
    std::function<void(std::int64_t, std::int64_t)> batch;
    std::function<bool()> stop;  // asked after each batch
    std::function<void(const std::string&)> note;
};

class Trainer {
  public:
    // `checkpoint`: written after every epoch and when stopped; empty: none.
    Trainer(const proto::Recipe& recipe,
            const TrainingData& data,
            std::filesystem::path checkpoint,
            TrainerHooks hooks);

    // Goes on from a checkpoint. Throws InputError for one of another recipe, naming the first field
    // that differs.
    void resume(const std::filesystem::path& path);

    // Without training on: the network of the checkpoint that was resumed from, rounded as it would be
    // saved, spiking. For explanations.
    void finish();

    // False: stopped; the checkpoint says where. Throws Error if the loss diverges, naming the step;
    // the last epoch's checkpoint stays.
    bool run();

    // The network as it is saved: after run(), rounded.
    [[nodiscard]] HybridNetwork& network() { return network_; }

    // The epochs' lines, those before a resume too; each ends with a line feed.
    [[nodiscard]] const std::string& history() const { return history_; }

    [[nodiscard]] std::int64_t steps_done() const { return step_; }

    // Weights other than 0, of all layers.
    [[nodiscard]] std::uint64_t weights_left() const;

    [[nodiscard]] Evaluation evaluate(Part part, std::uint64_t most_samples = ~std::uint64_t{0});

    // The first samples that are held out, or of the training set where none are: [samples, ...shape].
    [[nodiscard]] Tensor held_out(std::uint64_t most_samples) const;

    // Of training samples as they are, every stage's activations of the artificial network.
    [[nodiscard]] std::vector<Tensor> calibration();

  private:
    void begin_spiking();
    [[nodiscard]] bool stopped_early() const;
    void make_optimiser();
    [[nodiscard]] std::int64_t last_pruning() const;  // the step from which all that is to go is gone
    [[nodiscard]] double learning_rate() const;
    // The loss, and how many of the batch were right.
    std::pair<double, std::uint64_t> train_batch(const std::vector<std::uint64_t>& order);
    void end_epoch(double loss, double accuracy, double seconds);
    void save(const std::filesystem::path& path);
    [[nodiscard]] Tensor batch_of(Part part,
                                  std::span<const std::uint64_t> order,
                                  const std::uint64_t* epoch,
                                  Tensor& labels) const;

    proto::Recipe recipe_;
    const TrainingData& data_;
    std::filesystem::path checkpoint_path_;
    TrainerHooks hooks_;
    HybridNetwork network_;
    std::unique_ptr<torch::optim::Optimizer> optimiser_;
    std::int64_t batches_ = 0;     // an epoch
    std::int64_t steps_ = 0;       // in all
    std::int64_t spiking_from_ = 0;
    std::int64_t step_ = 0;
    std::int64_t weights_ = 0;  // of all layers, pruned ones too
    bool spiking_ = false;
    Checkpoint best_;              // early stopping
    std::string history_;
};

}  // namespace saltus::training
