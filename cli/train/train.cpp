#include "cli/command_line.hpp"
#include "cli/train/train.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <thread>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "cli/file_roles.hpp"
#include "cli/train/baselines.hpp"
#include "cli/train/finished_training.hpp"
#include "cli/train/one_training.hpp"
#include "cli/train/train_report.hpp"
#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/training/recipe.hpp"

namespace saltus::cli {

namespace {

namespace fs = std::filesystem;
using training::Trainer;

void train_one(const proto::Recipe& recipe,
              const Places& places,
              const TrainOptions& options,
              bool resume) {
    OneTraining run(recipe, places, options);
    run.run(resume);
    std::vector<proto::Baseline> baselines;
    if (options.baselines) {
        baselines = train_baselines(recipe, places, options);
    }
    finish(recipe, run, baselines, places);
}

void explain(const proto::Recipe& recipe, const Places& places) {
    if (training::all_artificial(recipe)) {
        throw InputError("artificial_layers", "all layers", "a spiking layer to explain");
    }
    const training::TrainingData data(recipe.data(), recipe.seed(), recipe.coding().has_events());
    Trainer trainer(recipe, data, {}, {});
    trainer.resume(places.checkpoint);
    trainer.finish();
    std::cout << conversion_text(trainer);
}

void train_queue(const TrainOptions& options) {
    const fs::path file = options.queue;
    const proto::Queue queue = training::load_queue(file);
    const fs::path folder = options.folder.empty() ? fs::path("out/train") : fs::path(options.folder);
    fs::create_directories(folder);
    // Every recipe is read before the first is trained.
    std::vector<proto::Recipe> recipes;
    for (const proto::QueuedTraining& training : queue.trainings()) {
        std::vector<std::string> settings(training.set().begin(), training.set().end());
        settings.insert(settings.end(), options.settings.begin(), options.settings.end());
        if (!training.start_from().empty()) {
            settings.push_back("start_from=" + (folder / (training.start_from() + ".checkpoint")).string());
        }
        recipes.push_back(training::load_recipe(file.parent_path() / training.recipe(), settings));
        recipes.back().set_name(training.name());
    }
    for (int k = 0; k < queue.trainings_size(); ++k) {
        const std::string& name = queue.trainings(k).name();
        const Places places{folder / (name + ".saltus"),
                            folder / (name + ".checkpoint"),
                            folder / (name + ".jsonl"),
                            folder / (name + ".json"),
                            folder / (name + ".svg")};
        if (fs::exists(places.result)) {
            std::cout << fmt::format("{}: done before\n", name);
            continue;
        }
        train_one(recipes[static_cast<std::size_t>(k)], places, options, fs::exists(places.checkpoint));
    }
}

}  // namespace

void declare(CLI::App& app, TrainOptions& options) {
    app.add_option("RECIPE", options.recipe, "A recipe as protobuf text (proto/saltus/recipe.proto)");
    app.add_option("-o,--output", options.output, "The model to write: .saltus or .textproto");
    app.add_option("--set", options.settings, "FIELD=VALUE over the recipe's: horizon=8, layers[0].prune=0.9; repeatable");
    app.add_option("--log", options.log, "Write one JSON object an epoch to FILE.jsonl");
    app.add_option("--json", options.json, "Write what was found at the end to FILE.json");
    app.add_option("--curves", options.curves, "Draw loss, accuracy and operations by epoch to FILE.svg");
    app.add_option("--checkpoint", options.checkpoint, "Where to keep the checkpoint (default: MODEL.checkpoint)");
    app.add_flag("--resume", options.resume, "Go on from the checkpoint");
    app.add_option("--queue", options.queue, "Run the trainings of a queue instead; those that are done are skipped");
    app.add_option("--folder", options.folder, "Where a queue's files go (default: out/train)");
    takes_whole_number(app.add_option("--threads", options.threads, "Threads (default: one a core)"), 1, 1024);
    app.add_flag("--baselines",
                 options.baselines,
                 "Train the artificial networks to compare with too (dense, pruned, priced, quantised), and "
                 "keep their figures in the model");
    app.add_flag("--explain-conversion",
                 options.explain_conversion,
                 "Do not train: say of the checkpoint's network why rates are not activations");
    app.add_flag("--quiet", options.quiet, "No progress within an epoch");
}

std::string threads_asked_for(char** arguments) {
    for (char** word = arguments; *word != nullptr; ++word) {
        const std::string text = *word;
        if (text == "--threads" && word[1] != nullptr) {
            return word[1];
        }
        if (text.starts_with("--threads=")) {
            return text.substr(10);
        }
    }
    return std::to_string(std::max(1U, std::thread::hardware_concurrency()));
}

// Before hours of work: no output is an input or another output, and each can be written.
void check_outputs(const TrainOptions& options, const Places& places) {
    FileRoles files;
    files.reads("the recipe", options.recipe);
    const std::pair<const char*, const fs::path*> outputs[] = {{"-o", &places.model},
                                                               {"--checkpoint", &places.checkpoint},
                                                               {"--log", &places.log},
                                                               {"--json", &places.result},
                                                               {"--curves", &places.curves}};
    for (const auto& [option, path] : outputs) {
        files.writes(option, path->string());
        if (!path->empty()) {
            const AtomicFile probe(*path);
        }
    }
    const std::string extension = places.model.extension();
    if (!places.model.empty() && extension != ".saltus" && extension != ".textproto") {
        throw InputError("-o", places.model.string(), "a name that ends in .saltus or .textproto");
    }
}

int train(const TrainOptions& options) {
    at::set_num_threads(static_cast<int>(
        options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency())));
    if (!options.queue.empty()) {
        if (!options.recipe.empty() || !options.output.empty()) {
            throw InputError("--queue", "a recipe or -o beside it", "the queue alone");
        }
        train_queue(options);
        return 0;
    }
    if (options.recipe.empty()) {
        throw InputError("RECIPE", "nothing", "a recipe's file, or --queue");
    }
    const proto::Recipe recipe = training::load_recipe(options.recipe, options.settings);
    if (options.explain_conversion) {
        if (options.checkpoint.empty()) {
            throw InputError("--checkpoint", "nothing", "the training's checkpoint");
        }
        Places places;
        places.checkpoint = options.checkpoint;
        explain(recipe, places);
        return 0;
    }
    if (options.output.empty() && recipe.activation_bits() == 0) {
        throw InputError("-o", "nothing", "the model's file");
    }
    Places places;
    places.model = options.output;
    places.log = options.log;
    places.result = options.json;
    places.curves = options.curves;
    places.checkpoint = !options.checkpoint.empty() ? fs::path(options.checkpoint)
                        : options.output.empty()    ? fs::path()
                                                    : fs::path(options.output + ".checkpoint");
    if (!options.resume && !places.checkpoint.empty() && fs::exists(places.checkpoint)) {
        throw InputError(places.checkpoint.string(),
                         "a checkpoint of an earlier training",
                         "--resume to go on with it, or the file removed");
    }
    check_outputs(options, places);
    train_one(recipe, places, options, options.resume);
    return 0;
}

}  // namespace saltus::cli
