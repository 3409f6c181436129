// Training data: a split that loses nothing, epochs in another order each, inputs scaled as a model
// scales them.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include <google/protobuf/text_format.h>

#include "core/error.hpp"
#include "models/pipeline.hpp"
#include "models/training/training_data.hpp"
#include "tests/models/data/scratch_folder.hpp"

#include "saltus/model.pb.h"

using namespace saltus;
using namespace saltus::training;

namespace {

constexpr std::uint32_t k_samples = 200;

// Sample k's first two pixels say its number.
class NumberedSamples {
  public:
    explicit NumberedSamples(std::uint32_t rows = 4) {
        for (const std::string part : {"train", "t10k"}) {
            std::string images;
            std::string labels;
            std::mt19937 random(9);
            for (std::uint32_t k = 0; k < k_samples; ++k) {
                images += static_cast<char>(k % 100);
                images += static_cast<char>(k / 100);
                for (std::uint32_t pixel = 2; pixel < rows * 5; ++pixel) {
                    images += static_cast<char>(random() % 256);
                }
                labels += static_cast<char>(k % 7);
            }
            tests::write_bytes(folder_ / (part + "-images-idx3-ubyte"),
                               tests::idx({k_samples, rows, 5}, images));
            tests::write_bytes(folder_ / (part + "-labels-idx1-ubyte"),
                               tests::idx({k_samples}, labels));
        }
    }

    [[nodiscard]] proto::TrainingData settings(const std::string& text) const {
        proto::TrainingData data;
        REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &data));
        data.set_set(folder_.path().string());
        if (!data.has_divide_by()) {
            data.set_divide_by(1);
        }
        return data;
    }

  private:
    tests::ScratchFolder folder_;
};

std::vector<std::uint64_t> all_of(const TrainingData& data, Part part) {
    std::vector<std::uint64_t> order(data.samples(part));
    for (std::uint64_t k = 0; k < order.size(); ++k) {
        order[k] = k;
    }
    return order;
}

// Numbers of a part's samples, in its order; labels must belong to them.
std::vector<int> numbers(const TrainingData& data, Part part) {
    std::vector<float> values;
    std::vector<std::int64_t> labels;
    data.fill(part, all_of(data, part), nullptr, values, labels);
    std::vector<int> found;
    for (std::size_t k = 0; k < labels.size(); ++k) {
        found.push_back(static_cast<int>(values[k * 20]) + 100 * static_cast<int>(values[k * 20 + 1]));
        CHECK(labels[k] == found.back() % 7);
    }
    return found;
}

}  // namespace

TEST_CASE("training data: what trains and what is held out are disjoint and together everything") {
    const NumberedSamples samples;
    const TrainingData data(samples.settings("validation: 60"), 1);
    CHECK(data.samples(Part::train) == 140);
    CHECK(data.samples(Part::validation) == 60);
    CHECK(data.samples(Part::test) == k_samples);
    CHECK(data.classes() == 7);
    const std::vector<int> train = numbers(data, Part::train);
    const std::vector<int> held = numbers(data, Part::validation);
    std::set<int> together(train.begin(), train.end());
    together.insert(held.begin(), held.end());
    CHECK(together.size() == k_samples);
    CHECK(!std::is_sorted(held.begin(), held.end()));
    const std::vector<int> test = numbers(data, Part::test);
    CHECK(std::is_sorted(test.begin(), test.end()));
}

TEST_CASE("training data: the split is the same for every seed, and a limit keeps what is held out") {
    const NumberedSamples samples;
    const TrainingData data(samples.settings("validation: 60"), 1);
    const TrainingData other(samples.settings("validation: 60"), 2);
    const TrainingData few(samples.settings("validation: 60 limit: 30"), 1);
    CHECK(numbers(data, Part::validation) == numbers(other, Part::validation));
    CHECK(few.samples(Part::train) == 30);
    CHECK(numbers(few, Part::validation) == numbers(data, Part::validation));
    const std::vector<int> train = numbers(data, Part::train);
    const std::vector<int> fewer = numbers(few, Part::train);
    CHECK(std::equal(fewer.begin(), fewer.end(), train.begin()));
}

TEST_CASE("training data: an epoch's order is a permutation by seed and epoch") {
    const NumberedSamples samples;
    const TrainingData data(samples.settings("validation: 60"), 1);
    const TrainingData other(samples.settings("validation: 60"), 2);
    std::vector<std::uint64_t> sorted = data.order(3);
    CHECK(data.order(3) == sorted);
    CHECK(data.order(4) != sorted);
    CHECK(other.order(3) != sorted);
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted == all_of(data, Part::train));
}

TEST_CASE("training data: values are scaled as the model's input is, bit for bit") {
    const NumberedSamples samples;
    for (const char* const scale : {"", "divide_by: 255", "divide_by: 255 mean: 0.1307 deviation: 0.3081",
                                    "mean: 0.3", "divide_by: 3 deviation: 0.7"}) {
        CAPTURE(scale);
        const proto::TrainingData settings = samples.settings(std::string("validation: 0 ") + scale);
        const TrainingData data(settings, 1);
        proto::Model message;
        REQUIRE(google::protobuf::TextFormat::ParseFromString(
            "format_version: 1 name: \"scaled\" horizon: 1 "
            "inputs { name: \"input\" shape: [1, 4, 5] } "
            "nodes { name: \"coding\" encoder { duplicate {} } } ",
            &message));
        if (settings.divide_by() != 1) {
            message.mutable_inputs(0)->set_divide_by(settings.divide_by());
        }
        *message.mutable_inputs(0)->mutable_mean() = settings.mean();
        *message.mutable_inputs(0)->mutable_deviation() = settings.deviation();
        const LoadedModel model = LoadedModel::from_message(message, ".", "case");
        const Pipeline pipeline(model);
        PipelineWorker worker(pipeline, 0);
        std::vector<float> values;
        std::vector<std::int64_t> labels;
        std::vector<float> stored(20);
        for (std::uint64_t k = 0; k < k_samples; ++k) {
            const std::uint64_t one[] = {k};
            data.fill(Part::test, one, nullptr, values, labels);
            data.test_set().read(k, stored);
            const SampleInput input{.values = stored};
            const SampleOutcome outcome = worker.run(k, {&input, 1});
            REQUIRE(!outcome.result.error);
            const std::span<const float> scaled = worker.activations(0);
            if (scaled.empty()) {
                CHECK(values == stored);
            } else {
                CHECK(std::equal(scaled.begin(), scaled.end(), values.begin(), values.end()));
            }
        }
    }
}

TEST_CASE("training data: only training samples of an epoch are augmented") {
    const NumberedSamples samples;
    const TrainingData data(samples.settings("validation: 60 augmentation { shift: 2 }"), 1);
    const TrainingData plain(samples.settings("validation: 60"), 1);
    const std::uint64_t epoch = 0;
    for (const Part part : {Part::train, Part::validation, Part::test}) {
        const std::vector<std::uint64_t> order = all_of(data, part);
        std::vector<float> now;
        std::vector<float> before;
        std::vector<std::int64_t> labels;
        data.fill(part, order, &epoch, now, labels);
        plain.fill(part, order, nullptr, before, labels);
        CHECK((now != before) == (part == Part::train));
        data.fill(part, order, nullptr, now, labels);
        CHECK(now == before);
    }
}

TEST_CASE("training data: more held out than there is, or means of other channels, are refused") {
    const NumberedSamples samples;
    CHECK_THROWS_AS(TrainingData(samples.settings("validation: 200"), 1), InputError);
    CHECK_THROWS_AS(TrainingData(samples.settings("validation: 0 mean: [1, 2]"), 1), InputError);
    CHECK_THROWS_AS(TrainingData(samples.settings("validation: 0 deviation: [1, 2]"), 1), InputError);
}
