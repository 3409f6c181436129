#include "cli/train/one_training.hpp"

#include <chrono>
#include <iostream>

#include <fmt/format.h>

#include "cli/interrupt.hpp"
#include "cli/train/train_report.hpp"
#include "models/files/atomic_file.hpp"

namespace saltus::cli {

using training::Part;

OneTraining::OneTraining(const proto::Recipe& recipe,
                         const Places& places,
                         const TrainOptions& options)
    : recipe_(recipe),
      places_(places),
      options_(options),
      data_(recipe.data(), recipe.seed(), recipe.coding().has_events()),
      trainer_(recipe, data_, places.checkpoint, hooks()) {}

void OneTraining::run(bool resume) {
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

training::TrainerHooks OneTraining::hooks() {
    training::TrainerHooks hooks;
    hooks.epoch = [this](const training::EpochReport& report) {
        progress_.reset();
        std::cout << epoch_line(report) << std::flush;
        return epoch_json(report);
    };
    hooks.saved = [this] {
        if (!places_.log.empty()) {
            write_whole_file(places_.log, trainer_.history());
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

}  // namespace saltus::cli
