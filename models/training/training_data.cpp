#include "models/training/training_data.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "core/error.hpp"
#include "encoders/philox.hpp"

namespace saltus::training {

namespace {

constexpr PopulationId k_split_draws = 3;
constexpr PopulationId k_epoch_draws = 4;

// Fisher and Yates, each place's draw by its number.
std::vector<std::uint64_t> permutation(std::uint64_t count,
                                       std::uint64_t seed,
                                       PopulationId what,
                                       std::uint64_t epoch) {
    std::vector<std::uint64_t> order(count);
    std::iota(order.begin(), order.end(), std::uint64_t{0});
    for (std::uint64_t k = count; k > 1; --k) {
        const RandomKey key{.seed = seed, .sample = k, .population = what, .draw = 0};
        const RandomWords words = philox(key, 0, static_cast<Tick>(epoch));
        const std::uint64_t word = (std::uint64_t{words[0]} << 32) | words[1];
        std::swap(order[k - 1], order[word % k]);
    }
    return order;
}

// Arrays of a folder, or a known set.
std::unique_ptr<DataSet> open_part(const std::string& set, const std::string& part, bool events) {
    const std::filesystem::path folder = set;
    const std::filesystem::path array = folder / (part + ".npy");
    if (std::filesystem::exists(array) || events) {
        return open_data_set(array.string(),
                             {.labels = folder / (part + "_labels.npy"), .sequence = events});
    }
    return open_data_set(set + ":" + part);
}

void need_labels(const DataSet& set) {
    if (!set.has_labels()) {
        throw InputError(set.name(), "samples without labels", "labels, to train on");
    }
}

}  // namespace

TrainingData::TrainingData(const proto::TrainingData& settings, std::uint64_t seed, bool events)
    : settings_(settings),
      seed_(seed),
      train_(open_part(settings.set(), "train", events)),
      test_(open_part(settings.set(), "test", events)),
      events_(events) {
    need_labels(*train_);
    need_labels(*test_);
    const std::uint64_t all = train_->samples();
    validation_samples_ = settings.validation();
    if (validation_samples_ >= all) {
        throw InputError("data.validation",
                         std::to_string(validation_samples_),
                         "less than the " + std::to_string(all) + " samples of " + train_->name());
    }
    // The split is of the data, not of a training: the same for every seed.
    shuffled_ = permutation(all, 0, k_split_draws, 0);
    training_samples_ = all - validation_samples_;
    std::rotate(shuffled_.begin(),
                shuffled_.begin() + static_cast<std::ptrdiff_t>(validation_samples_),
                shuffled_.end());
    const std::uint64_t limit = settings.limit();
    if (limit > 0 && limit < training_samples_) {
        std::rotate(shuffled_.begin() + static_cast<std::ptrdiff_t>(limit),
                    shuffled_.begin() + static_cast<std::ptrdiff_t>(training_samples_),
                    shuffled_.end());
        training_samples_ = limit;
    }
    for (const DataSet* const set : {train_.get(), test_.get()}) {
        for (std::uint64_t k = 0; k < set->samples(); ++k) {
            classes_ = std::max(classes_, static_cast<std::uint64_t>(*set->label(k)) + 1);
        }
    }
    const Shape& shape = train_->shape();
    if (settings.mean_size() > 1 && settings.mean_size() != static_cast<int>(shape.dims[0])) {
        throw InputError("data.mean",
                         std::to_string(settings.mean_size()) + " numbers",
                         "none, one or " + std::to_string(shape.dims[0]) + ", one a channel");
    }
    if (settings.deviation_size() > 1 &&
        settings.deviation_size() != static_cast<int>(shape.dims[0])) {
        throw InputError("data.deviation",
                         std::to_string(settings.deviation_size()) + " numbers",
                         "none, one or " + std::to_string(shape.dims[0]) + ", one a channel");
    }
    if (test_->frames() != train_->frames() || test_->shape().dims != shape.dims) {
        throw InputError(test_->name(), test_->shape().text(), "samples as those to train on");
    }
    augmenter_ = std::make_unique<Augmenter>(settings.augmentation(), shape, seed);
}

std::uint64_t TrainingData::samples(Part part) const {
    switch (part) {
        case Part::train:
            return training_samples_;
        case Part::validation:
            return validation_samples_;
        default:
            return test_->samples();
    }
}

std::uint64_t TrainingData::number(Part part, std::uint64_t k) const {
    switch (part) {
        case Part::train:
            return shuffled_[k];
        case Part::validation:
            return shuffled_[training_samples_ + k];
        default:
            return k;
    }
}

// As a model's input is: one division, then (x - mean) / deviation.
void TrainingData::scale(std::span<float> values) const {
    for (float& value : values) {
        value = value / settings_.divide_by();
    }
    if (settings_.mean().empty() && settings_.deviation().empty()) {
        return;
    }
    const std::size_t channels = shape().dims[0];  // of samples that stand still
    const std::size_t plane = values.size() / channels;
    for (std::size_t c = 0; c < channels; ++c) {
        const auto of = [c](const auto& list, float none) {
            return list.empty() ? none : list[static_cast<int>(list.size() == 1 ? 0 : c)];
        };
        const float mean = of(settings_.mean(), 0.0F);
        const float deviation = of(settings_.deviation(), 1.0F);
        for (float& value : values.subspan(c * plane, plane)) {
            value = (value - mean) / deviation;
        }
    }
}

void TrainingData::fill(Part part,
                        std::span<const std::uint64_t> order,
                        const std::uint64_t* epoch,
                        std::vector<float>& values,
                        std::vector<std::int64_t>& labels) const {
    const DataSet& set = part == Part::test ? *test_ : *train_;
    const std::size_t size = set.values_per_sample();
    values.resize(order.size() * size);
    labels.resize(order.size());
    std::vector<float> stored(size);
    const bool augments = part == Part::train && epoch != nullptr && augmenter_->changes();
    for (std::size_t k = 0; k < order.size(); ++k) {
        const std::uint64_t sample = number(part, order[k]);
        const std::span<float> out(values.data() + k * size, size);
        if (augments) {
            set.read(sample, stored);
            augmenter_->apply(*epoch, sample, stored, out);
        } else {
            set.read(sample, out);
        }
        scale(out);
        labels[k] = *set.label(sample);
    }
}

std::vector<std::int64_t> TrainingData::batch_shape(std::uint64_t samples) const {
    std::vector<std::int64_t> sizes{static_cast<std::int64_t>(samples)};
    if (events_) {
        sizes.push_back(static_cast<std::int64_t>(frames()));
    }
    sizes.insert(sizes.end(), shape().dims.begin(), shape().dims.end());
    return sizes;
}

std::vector<std::uint64_t> TrainingData::order(std::uint64_t epoch) const {
    return permutation(training_samples_, seed_, k_epoch_draws, epoch);
}

}  // namespace saltus::training
