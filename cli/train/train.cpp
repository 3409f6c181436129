#include "cli/train/train.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
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
#include "models/training/trainer.hpp"

#include "saltus/model.pb.h"

namespace saltus::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using training::Evaluation;
using training::Part;
using training::Trainer;

// Weights of which less than this is left are saved as sparse rows.
constexpr double k_sparse_share = 0.9;

// Where one training's files are.
struct Places {
    fs::path model;
    fs::path checkpoint;
    fs::path log;
    fs::path result;
    fs::path curves;
};

void write_file(const fs::path& path, const std::string& text) {
    AtomicFile file(path);
    file.write(text);
    file.commit();
}

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

// The artificial networks that a spiking one is compared with; docs/metrics.md says why these.
struct BaselineKind {
    const char* name;
    bool prunes;
    bool pays;
    bool quantised;
};

constexpr BaselineKind k_baselines[] = {{"dense", false, false, false},
                                        {"pruned", true, false, false},
                                        {"priced", false, true, false},
                                        {"quantised", false, false, true}};

// As many bits an activation as T ticks of a rate carry: ceil(log2(T + 1)).
std::uint32_t bits_of(std::int64_t T) {
    std::uint32_t bits = 0;
    while ((std::int64_t{1} << bits) < T + 1) {
        ++bits;
    }
    return bits;
}

proto::Recipe baseline_recipe(proto::Recipe recipe, const BaselineKind& kind) {
    recipe.set_name(recipe.name() + ", " + kind.name);
    recipe.set_artificial_layers(static_cast<std::uint32_t>(recipe.layers_size()));
    recipe.set_readout(proto::RecipeReadout::membrane);
    recipe.set_activation_bits(kind.quantised ? bits_of(recipe.horizon()) : 0);
    if (!kind.pays) {
        recipe.set_price(0);
    }
    if (!kind.prunes) {
        recipe.mutable_pruning()->set_share(0);
        for (proto::RecipeLayer& layer : *recipe.mutable_layers()) {
            layer.clear_prune();
        }
    }
    return training::complete_recipe(recipe, recipe.name());
}

class OneTraining {
  public:
    OneTraining(const proto::Recipe& recipe, const Places& places, const TrainOptions& options)
        : recipe_(recipe),
          places_(places),
          options_(options),
          data_(recipe.data(), recipe.seed(), recipe.coding().has_events()),
          trainer_(recipe, data_, places.checkpoint, hooks()) {}

    void run(bool resume) {
        if (resume) {
            trainer_.resume(places_.checkpoint);
            std::cout << fmt::format("goes on after step {}\n", trainer_.steps_done());
        }
        std::cout << fmt::format("{}: {} training, {} validation and {} test samples\n",
                                 recipe_.name(),
                                 data_.samples(Part::train),
                                 data_.samples(Part::validation),
                                 data_.samples(Part::test));
        std::cout << epoch_head();
        const auto began = std::chrono::steady_clock::now();
        const bool done = trainer_.run();
        progress_.reset();
        seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        if (!done) {
            std::cerr << fmt::format("saltus train: stopped after step {}; --resume goes on from {}\n",
                                     trainer_.steps_done(),
                                     places_.checkpoint.string());
            throw Interrupted();
        }
    }

    [[nodiscard]] const training::TrainingData& data() const { return data_; }

    [[nodiscard]] Trainer& trainer() { return trainer_; }

    [[nodiscard]] double seconds() const { return seconds_; }

  private:
    training::TrainerHooks hooks() {
        training::TrainerHooks hooks;
        hooks.epoch = [this](const training::EpochReport& report) {
            progress_.reset();
            std::cout << epoch_line(report) << std::flush;
            return epoch_json(report);
        };
        hooks.saved = [this] {
            if (!places_.log.empty()) {
                write_file(places_.log, trainer_.history());
            }
        };
        hooks.batch = [this](std::int64_t, std::int64_t of) {
            if (!progress_) {
                progress_.emplace("batches", static_cast<std::uint64_t>(of), options_.quiet);
            }
            progress_->advance();
        };
        hooks.stop = interrupted;
        hooks.note = [](const std::string& text) {
            std::cerr << "saltus train: note: " << text << '\n';
        };
        return hooks;
    }

    proto::Recipe recipe_;
    Places places_;
    const TrainOptions& options_;
    training::TrainingData data_;
    std::optional<Progress> progress_;
    Trainer trainer_;
    double seconds_ = 0;
};

std::vector<proto::Baseline> train_baselines(const proto::Recipe& recipe,
                                             const Places& places,
                                             const TrainOptions& options) {
    std::vector<proto::Baseline> found;
    for (const BaselineKind& kind : k_baselines) {
        const proto::Recipe its = baseline_recipe(recipe, kind);
        Places its_places;
        if (!places.checkpoint.empty()) {
            its_places.checkpoint = places.checkpoint.string() + "." + kind.name;
        }
        OneTraining run(its, its_places, options);
        run.run(fs::exists(its_places.checkpoint));
        const Evaluation test = run.trainer().evaluate(Part::test);
        std::cout << fmt::format("test: {:.2f} %, {:.1f} MACs a sample\n", 100 * test.accuracy(), test.macs);
        proto::Baseline& baseline = found.emplace_back();
        baseline.set_kind(kind.name);
        baseline.set_data_set(recipe.data().set() + " test");
        baseline.set_samples(test.samples);
        baseline.set_right(test.right);
        baseline.set_effective_macs_per_sample(test.macs);
        baseline.set_weights(run.trainer().weights_left());
        baseline.set_activation_bits(its.activation_bits());
        baseline.set_seed(its.seed());
    }
    return found;
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

// After training: the test set by trainer and engine, the model's file, what was found.
int finish(const proto::Recipe& recipe,
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
        write_file(places.curves, training_curves(recipe.name(), trainer.history()));
    }
    if (!places.result.empty()) {
        write_file(places.result, result.dump(2) + "\n");
    }
    if (!agrees) {
        throw Error(
            "the saved network's accuracy differs from the trainer's by more than 0.1 points: nothing "
            "was saved (this is a fault of saltus; the checkpoint stays)");
    }
    return 0;
}

int train_one(const proto::Recipe& recipe,
              const Places& places,
              const TrainOptions& options,
              bool resume) {
    OneTraining run(recipe, places, options);
    run.run(resume);
    std::vector<proto::Baseline> baselines;
    if (options.baselines) {
        baselines = train_baselines(recipe, places, options);
    }
    return finish(recipe, run, baselines, places);
}

int explain(const proto::Recipe& recipe, const Places& places) {
    if (training::all_artificial(recipe)) {
        throw InputError("artificial_layers", "all layers", "a spiking layer to explain");
    }
    const training::TrainingData data(recipe.data(), recipe.seed(), recipe.coding().has_events());
    Trainer trainer(recipe, data, {}, {});
    trainer.resume(places.checkpoint);
    trainer.finish();
    std::cout << conversion_text(trainer);
    return 0;
}

int train_queue(const TrainOptions& options) {
    const fs::path file = options.queue;
    const proto::Queue queue = training::load_queue(file);
    const fs::path folder = options.folder.empty() ? fs::path("out/train") : fs::path(options.folder);
    fs::create_directories(folder);
    // Every recipe is read before the first is trained.
    std::vector<proto::Recipe> recipes;
    for (const proto::QueuedTraining& training : queue.trainings()) {
        std::vector<std::string> settings(training.set().begin(), training.set().end());
        settings.insert(settings.end(), options.settings.begin(), options.settings.end());
        recipes.push_back(training::load_recipe(file.parent_path() / training.recipe(), settings));
        recipes.back().set_name(training.name());
        if (!training.start_from().empty()) {
            recipes.back().set_start_from(folder / (training.start_from() + ".checkpoint"));
        }
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
    return 0;
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
    app.add_option("--threads", options.threads, "Threads (default: one a core)")->check(CLI::Range(1U, 1024U));
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
        return train_queue(options);
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
        return explain(recipe, places);
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
    return train_one(recipe, places, options, options.resume);
}

}  // namespace saltus::cli
