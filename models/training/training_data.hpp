// The samples a network is trained on: a training set split into what trains and what is held out,
// and the test set; scaled as the saved model's input will be.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/training/augmentation.hpp"

#include "saltus/recipe.pb.h"

namespace saltus::training {

enum class Part { train, validation, test };

// Immutable once open. Values are read from the data set as they are asked for.
class TrainingData {
  public:
    // Throws InputError where the set is missing (its message says which command fetches it), has
    // no labels or too few samples.
    // `events`: samples are spikes by tick.
    TrainingData(const proto::TrainingData& settings, std::uint64_t seed, bool events = false);

    // Of one sample, or of one tick of events.
    [[nodiscard]] const Shape& shape() const { return train_->shape(); }

    // Ticks of events; 1 for samples that stand still.
    [[nodiscard]] std::uint64_t frames() const { return train_->frames(); }

    // Of a batch of `samples`: [samples, ...shape], events: [samples, tick, ...shape].
    [[nodiscard]] std::vector<std::int64_t> batch_shape(std::uint64_t samples) const;

    [[nodiscard]] std::uint64_t classes() const { return classes_; }

    [[nodiscard]] std::uint64_t samples(Part part) const;

    [[nodiscard]] const DataSet& test_set() const { return *test_; }

    // `order`: which of the part's samples, each below samples(part). Writes [order.size(),
    // ...] and the labels. With `epoch`, training samples are augmented for it.
    void fill(Part part,
              std::span<const std::uint64_t> order,
              const std::uint64_t* epoch,
              std::vector<float>& values,
              std::vector<std::int64_t>& labels) const;

    // The training samples in the order of an epoch: a permutation by seed and epoch.
    [[nodiscard]] std::vector<std::uint64_t> order(std::uint64_t epoch) const;

  private:
    [[nodiscard]] std::uint64_t number(Part part, std::uint64_t k) const;
    void scale(std::span<float> values) const;

    proto::TrainingData settings_;
    std::uint64_t seed_;
    std::unique_ptr<DataSet> train_;
    std::unique_ptr<DataSet> test_;
    std::vector<std::uint64_t> shuffled_;  // of the training set: first those that train, then those held out
    std::uint64_t training_samples_ = 0;
    std::uint64_t validation_samples_ = 0;
    std::uint64_t classes_ = 0;
    std::unique_ptr<Augmenter> augmenter_;
    bool events_ = false;
};

}  // namespace saltus::training
