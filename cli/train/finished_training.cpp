#include "cli/train/finished_training.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "cli/interrupt.hpp"
#include "cli/train/curves.hpp"
#include "cli/train/train_report.hpp"
#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/files/sparse_model.hpp"
#include "models/model.hpp"
#include "models/training/engine_check.hpp"
#include "models/training/pruning.hpp"
#include "models/training/recipe.hpp"
#include "models/training/saved_model.hpp"

namespace saltus::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using training::Evaluation;
using training::Part;
using training::Trainer;

// Weights of which less than this is left are saved as sparse rows.
constexpr double k_sparse_share = 0.9;

bool draws_numbers(const proto::Recipe& recipe) {
    const proto::RecipeCoding& coding = recipe.coding();
    return !training::all_artificial(recipe) &&
           (coding.has_bernoulli() || coding.has_poisson() || coding.has_gaussian());
}

void set_provenance(proto::Model& model,
                    const proto::Recipe& recipe,
                    const training::TrainingData& data) {
    proto::Provenance& provenance = *model.mutable_provenance();
    provenance.set_how_trained(
        fmt::format("saltus train, {} epochs, recipe {} (digest {})",
                    recipe.epochs(),
                    recipe.name(),
                    training::recipe_digest(recipe)));
    provenance.set_data_set(fmt::format("{}, {} training samples; {} held out",
                                        recipe.data().set(),
                                        data.samples(Part::train),
                                        data.samples(Part::validation)));
    provenance.set_seed(recipe.seed());
}

void add_measurement(proto::Model& model,
                     const proto::Recipe& recipe,
                     const training::EngineCheck& check) {
    const SampleMeans& means = check.report.means;
    proto::Measurement& measured = *model.mutable_provenance()->add_measured();
    measured.set_data_set(recipe.data().set() + " test");
    measured.set_horizon(model.horizon());
    measured.set_samples(check.samples);
    measured.set_right(check.right);
    measured.set_spikes_per_sample(means.spikes);
    measured.set_encoder_spikes_per_sample(means.encoder_spikes);
    measured.set_synaptic_operations_per_sample(means.effective_synaptic_operations);
    measured.set_total_operations_per_sample(means.total_operations());
}

LoadedModel loaded(const proto::Model& message, bool pruned, const fs::path& origin) {
    LoadedModel model = LoadedModel::from_message(message, fs::path("."), origin.string());
    return pruned ? std::move(with_sparse_rows(model, k_sparse_share).model) : std::move(model);
}

void save(proto::Model& message,
          const proto::Recipe& recipe,
          const training::EngineCheck& check,
          bool pruned,
          const fs::path& path) {
    add_measurement(message, recipe, check);
    const LoadedModel model = loaded(message, pruned, path);
    if (path.extension() == ".textproto") {
        save_textproto(model, path, stop_if_interrupted);
    } else {
        save_saltus(model, path, stop_if_interrupted);
    }
    std::cout << fmt::format("saved {}\n", path.string());
}

}  // namespace

void finish(const proto::Recipe& recipe,
            OneTraining& run,
            const std::vector<proto::Baseline>& baselines,
            const Places& places) {
    Trainer& trainer = run.trainer();
    const training::TrainingData& data = run.data();
    const Evaluation test = trainer.evaluate(Part::test);
    stop_if_interrupted();
    Json result;
    result["recipe"] = recipe.name();
    result["recipe_digest"] = training::recipe_digest(recipe);
    result["seed"] = recipe.seed();
    result["epochs"] = recipe.epochs();
    result["seconds"] = run.seconds();
    result["validation"] = counts_json(trainer.evaluate(Part::validation));
    result["test"] = counts_json(test);
    std::cout << fmt::format("test: {:.2f} % by the trainer", 100 * test.accuracy());
    bool agrees = true;
    if (recipe.activation_bits() == 0) {
        proto::Model message = training::saved_model(trainer.network());
        set_provenance(message, recipe, data);
        for (const proto::Baseline& baseline : baselines) {
            *message.add_baselines() = baseline;
        }
        const LoadedModel model = loaded(message, training::prunes(trainer.network()), places.model);
        const training::EngineCheck check =
            saltus::training::check_by_engine(model,
                                      data.test_set(),
                                      test.predictions,
                                      test.right,
                                      draws_numbers(recipe),
                                      static_cast<unsigned>(at::get_num_threads()),
                                      interrupted);
        agrees = check.agrees;
        std::cout << engine_text(check);
        result["engine"] = engine_json(check);
        if (!places.model.empty() && agrees) {
            save(message, recipe, check, training::prunes(trainer.network()), places.model);
        }
    } else {
        std::cout << fmt::format("; a sample: {:.1f} MACs. Activations of few bits are no model's: "
                                 "nothing is saved\n",
                                 test.macs);
    }
    for (const proto::Baseline& baseline : baselines) {
        result["baselines"].push_back(baseline_json(baseline));
    }
    if (!training::all_artificial(recipe)) {
        std::cout << conversion_text(trainer);
    }
    if (!places.curves.empty()) {
        write_whole_file(places.curves, training_curves(recipe.name(), trainer.history()));
    }
    if (!places.result.empty()) {
        write_whole_file(places.result, result.dump(2) + "\n");
    }
    if (!agrees) {
        throw Error(
            "the saved network's accuracy differs from the trainer's by more than 0.1 points: nothing "
            "was saved (this is a fault of saltus; the checkpoint stays)");
    }
}

}  // namespace saltus::cli
