// Small trainings for the suites of this folder: a data set of four patterns in a temporary folder,
// recipes on it, and what the engine makes of the network that came out.
#pragma once

#include "tests/models/training/torch_doctest.hpp"
#include <google/protobuf/text_format.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/model.hpp"
#include "models/training/engine_check.hpp"
#include "models/training/recipe.hpp"
#include "models/training/saved_model.hpp"
#include "models/training/trainer.hpp"
#include "tests/models/data/scratch_folder.hpp"

#include "saltus/model.pb.h"

namespace saltus::training::test {

// 8 x 8 images of four classes: a random pattern each, and noise. Training and test set are the same
// images, so that accuracy on the test set is how well a network has learnt them by heart.
class PatternData {
  public:
    explicit PatternData(std::uint32_t samples = 64, unsigned seed = 1) {
        std::mt19937 random(seed);
        std::string patterns;
        for (int k = 0; k < 4 * 64; ++k) {
            patterns += random() % 3 == 0 ? static_cast<char>(180) : '\0';
        }
        std::string images;
        std::string labels;
        for (std::uint32_t k = 0; k < samples; ++k) {
            const std::size_t label = k % 4;
            labels += static_cast<char>(label);
            for (std::size_t pixel = 0; pixel < 64; ++pixel) {
                const auto clean = static_cast<unsigned char>(patterns[label * 64 + pixel]);
                images += static_cast<char>(clean + random() % 76);
            }
        }
        for (const std::string part : {"train", "t10k"}) {
            tests::write_bytes(folder_ / (part + "-images-idx3-ubyte"),
                               tests::idx({samples, 8, 8}, images));
            tests::write_bytes(folder_ / (part + "-labels-idx1-ubyte"), tests::idx({samples}, labels));
        }
    }

    [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }

    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
        return folder_ / name;
    }

    // `text`: what the recipe says besides name and data set.
    [[nodiscard]] proto::Recipe recipe(const std::string& text) const {
        proto::Recipe recipe;
        REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &recipe));
        recipe.set_name("case");
        recipe.mutable_data()->set_set(folder_.path().string());
        if (!recipe.data().has_validation()) {
            recipe.mutable_data()->set_validation(0);
        }
        return complete_recipe(recipe, "case");
    }

  private:
    tests::ScratchFolder folder_;
};

// The text of `what` throws; empty: it does not.
template <class Function>
std::string error_of(Function&& what) {
    try {
        what();
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

inline bool draws_numbers(const proto::Recipe& recipe) {
    return recipe.coding().has_gaussian() || recipe.coding().has_bernoulli() ||
           recipe.coding().has_poisson();
}

// The engine's run of a trained network on the test set.
inline EngineCheck engine_run(Trainer& trainer, const TrainingData& data, const Evaluation& found) {
    const LoadedModel model = LoadedModel::from_message(saved_model(trainer.network()), ".", "case");
    return check_by_engine(model,
                           data.test_set(),
                           found.predictions,
                           found.right,
                           draws_numbers(trainer.network().recipe()),
                           1,
                           [] { return false; });
}

// The bytes of the model that training ends with.
inline std::string model_bytes(Trainer& trainer) {
    return saved_model(trainer.network()).SerializeAsString();
}

}  // namespace saltus::training::test
