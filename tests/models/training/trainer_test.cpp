// A training is the same bits whether it was stopped or not; what cannot go on says so.
#include "tests/models/training/torch_doctest.hpp"

#include <cmath>
#include <optional>

#include <ATen/Parallel.h>

#include "tests/models/training/training_cases.hpp"

using namespace saltus;
using namespace saltus::training;
using namespace saltus::training::test;

namespace {

constexpr const char* k_layers =
    "layers { linear { units: 12 } } layers { linear { units: 10 } } layers { linear { units: 4 } } "
    "artificial_layers: 1 batch: 16 ";

struct Trained {
    std::string model;
    std::string history;
};

std::string epoch_line(const EpochReport& report) {
    return fmt::format("{} {} {}", report.epoch, report.spiking, report.validation.right);
}

Trained trained(const proto::Recipe& recipe) {
    const TrainingData data(recipe.data(), recipe.seed());
    TrainerHooks hooks;
    hooks.epoch = epoch_line;
    Trainer trainer(recipe, data, {}, hooks);
    REQUIRE(trainer.run());
    return {model_bytes(trainer), trainer.history()};
}

// Stopped after every `every` batches, each time gone on with by a new trainer.
Trained trained_in_pieces(const proto::Recipe& recipe,
                         const std::filesystem::path& checkpoint,
                         int every) {
    std::filesystem::remove(checkpoint);
    for (;;) {
        const TrainingData data(recipe.data(), recipe.seed());
        int batches = 0;
        TrainerHooks hooks;
        hooks.epoch = epoch_line;
        hooks.stop = [&] { return ++batches == every; };
        Trainer trainer(recipe, data, checkpoint, hooks);
        if (std::filesystem::exists(checkpoint)) {
            trainer.resume(checkpoint);
        }
        if (trainer.run()) {
            return {model_bytes(trainer), trainer.history()};
        }
    }
}

}  // namespace

TEST_CASE("trainer: stopped after any batch and gone on, it makes the same model and history") {
    at::set_num_threads(1);
    const PatternData patterns(60);
    for (const char* const text : {
             "epochs: 4",
             "epochs: 4 batch_norm: true pruning { share: 0.6 every: 3 }",
             "epochs: 4 optimiser { sgd {} rate: 0.05 } coding { bernoulli {} }",
             "epochs: 4 optimiser { schedule: one_cycle spiking_rate: 0.001 } dropout: 0.3 price: 0.01",
             "epochs: 4 coding { gaussian {} } data { augmentation { shift: 1 } }",
             "epochs: 9 data { validation: 15 } early_stopping { patience: 2 } optimiser { rate: 0.02 }",
             "epochs: 9 data { validation: 15 } early_stopping { patience: 1 } learning: separate",
             "epochs: 6 data { validation: 15 } early_stopping { patience: 2 } learning: converted "
             "batch_norm: true optimiser { rate: 0.05 }",
             "epochs: 3 neuron { trained_threshold: true } coding { latency {} trained: true }",
         }) {
        CAPTURE(text);
        const proto::Recipe recipe = patterns.recipe(std::string(k_layers) + text);
        const Trained whole = trained(recipe);
        for (const int every : {1, 3, 4, 5}) {
            CAPTURE(every);
            const Trained pieces = trained_in_pieces(recipe, patterns / "checkpoint", every);
            CHECK((pieces.model == whole.model));
            CHECK(pieces.history == whole.history);
        }
        CHECK((trained(recipe).model == whole.model));
    }
}

TEST_CASE("trainer: another seed is another model") {
    at::set_num_threads(1);
    const PatternData patterns(60);
    const std::string text = std::string(k_layers) + "epochs: 1 ";
    CHECK((trained(patterns.recipe(text + "seed: 1")).model !=
           trained(patterns.recipe(text + "seed: 2")).model));
}

TEST_CASE("trainer: early stopping keeps the best network, and has stopped for good") {
    at::set_num_threads(1);
    const PatternData patterns(60);
    for (const char* const learning : {"simultaneous", "converted"}) {
        CAPTURE(learning);
        // A rate at which accuracy falls again.
        const proto::Recipe recipe = patterns.recipe(fmt::format(
            "{} epochs: 40 learning: {} artificial_share: 0 data {{ validation: 20 }} "
            "early_stopping {{ patience: 3 }} optimiser {{ rate: 0.05 schedule: constant }}",
            k_layers, learning));
        const TrainingData data(recipe.data(), recipe.seed());
        double best = -1;
        int epochs = 0;
        const std::filesystem::path checkpoint = patterns / "early";
        std::filesystem::remove(checkpoint);
        TrainerHooks hooks;
        hooks.epoch = [&](const EpochReport& report) {
            best = std::max(best, report.validation.accuracy());
            ++epochs;
            return std::string();
        };
        Trainer trainer(recipe, data, checkpoint, hooks);
        REQUIRE(trainer.run());
        CHECK(epochs < 40);
        if (recipe.learning() == proto::Learning::simultaneous) {
            CHECK(trainer.evaluate(Part::validation).accuracy() >= best - 0.1);  // rounded weights
        }
        const int before = epochs;
        Trainer again(recipe, data, checkpoint, hooks);
        again.resume(checkpoint);
        REQUIRE(again.run());
        CHECK(epochs == before);
        CHECK((model_bytes(again) == model_bytes(trainer)));
    }
}

TEST_CASE("trainer: a loss that is no number stops it by step; the last epoch's checkpoint stays") {
    at::set_num_threads(1);
    const PatternData patterns(60);
    const proto::Recipe recipe = patterns.recipe(
        "layers { linear { units: 12 } } layers { linear { units: 12 } } layers { linear { units: 4 } } "
        "artificial_layers: 3 batch: 16 epochs: 200 optimiser { sgd { momentum: 0 } rate: 30 weight_decay: 1 schedule: one_cycle }");
    const TrainingData data(recipe.data(), recipe.seed());
    const std::filesystem::path checkpoint = patterns / "diverged";
    std::int64_t epochs = 0;
    TrainerHooks hooks;
    hooks.epoch = [&](const EpochReport& report) {
        epochs = report.epoch;
        return std::string();
    };
    Trainer trainer(recipe, data, checkpoint, hooks);
    const std::string said = error_of([&] { trainer.run(); });
    CAPTURE(said);
    CHECK(said.find(fmt::format("at step {} (epoch {})", trainer.steps_done() + 1, epochs + 1)) !=
          std::string::npos);
    CHECK(said.find(checkpoint.string()) != std::string::npos);
    REQUIRE(epochs > 0);
    CheckpointReader reader(checkpoint);
    CHECK(reader.checkpoint().step == epochs * 4);
    for (const auto& [name, tensor] : reader.checkpoint().state) {
        CAPTURE(name);
        CHECK(torch::isfinite(tensor).all().item<bool>());
    }
}

TEST_CASE("trainer: a checkpoint of another recipe is refused with the field that differs") {
    at::set_num_threads(1);
    const PatternData patterns(60);
    const proto::Recipe recipe = patterns.recipe(std::string(k_layers) + "epochs: 1");
    const TrainingData data(recipe.data(), recipe.seed());
    const std::filesystem::path checkpoint = patterns / "mine";
    Trainer first(recipe, data, checkpoint, {});
    REQUIRE(first.run());
    const proto::Recipe others[] = {
        patterns.recipe(std::string(k_layers) + "epochs: 1 horizon: 9"),
        patterns.recipe(std::string(k_layers) + "epochs: 1 neuron { leaky { beta: 0.75 } }"),
    };
    const char* const fields[] = {"horizon", "neuron"};
    for (int k = 0; k < 2; ++k) {
        Trainer other(others[k], data, checkpoint, {});
        const std::string said = error_of([&] { other.resume(checkpoint); });
        CAPTURE(said);
        CHECK(said.find("another recipe") != std::string::npos);
        CHECK(said.find(fields[k]) != std::string::npos);
        CHECK(said.find(checkpoint.string()) != std::string::npos);
    }
}

TEST_CASE("trainer: it begins with another training's weights, and not with those of other layers") {
    at::set_num_threads(1);
    const PatternData patterns(60);
    const std::filesystem::path checkpoint = patterns / "from";
    const auto run_from = [&](const std::string& text, const std::filesystem::path& kept) {
        const proto::Recipe recipe = patterns.recipe(text);
        const TrainingData data(recipe.data(), recipe.seed());
        Trainer trainer(recipe, data, kept, {});
        REQUIRE(trainer.run());
        return model_bytes(trainer);
    };
    const std::string converted =
        std::string(k_layers) + "epochs: 1 learning: converted optimiser { rate: 1e-9 } ";
    run_from(std::string(k_layers) + "epochs: 3 learning: converted", checkpoint);
    const std::string from = fmt::format("start_from: \"{}\" ", checkpoint.string());
    // So small a rate leaves the weights as they are: the seed of the start no longer matters much.
    CHECK((run_from(converted + from, {}) != run_from(converted, {})));
    for (const char* const layers :
         {"layers { linear { units: 12 } } layers { linear { units: 4 } } ",
          "layers { linear { units: 12 } } layers { linear { units: 10 } } layers { linear { units: 9 } } "
          "layers { linear { units: 4 } } "}) {
        const std::string said =
            error_of([&] { run_from(std::string(layers) + "batch: 16 epochs: 1 " + from, {}); });
        CAPTURE(layers);
        CAPTURE(said);
        CHECK(said.find("checkpoint") != std::string::npos);
    }
}
