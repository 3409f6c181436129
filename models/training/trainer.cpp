#include "models/training/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <numeric>

#include <fmt/format.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include "core/error.hpp"
#include "models/training/pruning.hpp"
#include "models/training/recipe.hpp"

namespace saltus::training {

namespace {

constexpr std::uint64_t k_calibration_samples = 2000;
constexpr std::uint64_t k_evaluation_batch = 250;

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// first, first + 1, ..., end - 1
std::vector<std::uint64_t> numbers_from(std::uint64_t first, std::uint64_t end) {
    std::vector<std::uint64_t> numbers(end - first);
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

// A schedule's factor at the part p of its steps.
double schedule_factor(proto::Optimiser::Schedule::Value schedule, double p) {
    switch (schedule) {
        case proto::Optimiser::Schedule::constant:
            return 1;
        case proto::Optimiser::Schedule::one_cycle: {
            constexpr double k_rise = 0.3;
            constexpr double k_first = 0.04;
            return p < k_rise ? k_first + (1 - k_first) * p / k_rise
                              : 0.5 * (1 + std::cos(std::numbers::pi * (p - k_rise) / (1 - k_rise)));
        }
        case proto::Optimiser::Schedule::step:
            return p < 0.5 ? 1 : p < 0.75 ? 0.1 : 0.01;
        default:
            return 0.5 * (1 + std::cos(std::numbers::pi * p));
    }
}

std::string first_difference(const std::string& text, const proto::Recipe& recipe) {
    proto::Recipe other;
    google::protobuf::TextFormat::ParseFromString(text, &other);
    std::string differences;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&differences);
    differencer.Compare(other, recipe);
    return differences.substr(0, differences.find('\n'));
}

}  // namespace

std::int64_t Trainer::last_pruning() const {
    return static_cast<std::int64_t>(
        std::ceil(recipe_.pruning().until() * static_cast<double>(steps_)));
}

Trainer::Trainer(const proto::Recipe& recipe,
                 const TrainingData& data,
                 std::filesystem::path checkpoint,
                 TrainerHooks hooks)
    : recipe_(recipe),
      data_(data),
      checkpoint_path_(std::move(checkpoint)),
      hooks_(std::move(hooks)),
      network_(recipe, plan_stages(recipe, data.shape(), data.classes()), recipe.seed()) {
    if (recipe.coding().has_events() &&
        data.frames() != static_cast<std::uint64_t>(recipe.horizon())) {
        throw InputError(recipe.data().set(),
                         std::to_string(data.frames()) + " ticks a sample",
                         "as many as the horizon, " + std::to_string(recipe.horizon()));
    }
    const auto samples = static_cast<std::int64_t>(data.samples(Part::train));
    batches_ = (samples + recipe.batch() - 1) / recipe.batch();
    steps_ = batches_ * recipe.epochs();
    const bool switches = !all_artificial(recipe) || recipe.activation_bits() > 0;
    const double share = recipe.learning() == proto::Learning::converted ? 1 : recipe.artificial_share();
    spiking_from_ = switches ? std::llround(share * static_cast<double>(steps_)) : steps_ + 1;
    for (const Stage& stage : network_.stages()) {
        std::int64_t weights = stage.has_weights() ? 1 : 0;
        for (const std::int64_t extent : stage.weight_shape()) {
            weights *= extent;
        }
        weights_ += weights;
    }
    if (!recipe.start_from().empty()) {
        network_.set_state(CheckpointReader(recipe.start_from()).checkpoint().state);
    }
    make_optimiser();
}

void Trainer::resume(const std::filesystem::path& path) {
    CheckpointReader reader(path);
    const Checkpoint& from = reader.checkpoint();
    if (from.recipe_digest != recipe_digest(recipe_)) {
        throw InputError(path.string(),
                         "a checkpoint of another recipe",
                         "one of this: " + first_difference(from.recipe, recipe_));
    }
    step_ = from.step;
    spiking_ = from.spiking;
    history_ = from.history;
    best_.best_accuracy = from.best_accuracy;
    best_.best_epoch = from.best_epoch;
    best_.best_state = from.best_state;
    network_.set_state(from.state);
    make_optimiser();
    reader.read_optimiser(*optimiser_);
}

void Trainer::make_optimiser() {
    const HybridNetwork::Trainable list = network_.trainable(spiking_);
    const proto::Optimiser& settings = recipe_.optimiser();
    std::vector<torch::optim::OptimizerParamGroup> groups;
    const auto add = [&groups](const std::vector<Tensor>& tensors, auto options) {
        if (!tensors.empty()) {
            groups.emplace_back(tensors, std::make_unique<decltype(options)>(options));
        }
    };
    if (settings.has_sgd()) {
        const double momentum = settings.sgd().momentum();
        const auto options =
            torch::optim::SGDOptions(settings.rate()).momentum(momentum).nesterov(momentum > 0);
        add(list.weights, torch::optim::SGDOptions(options).weight_decay(settings.weight_decay()));
        add(list.others, options);
        optimiser_ = std::make_unique<torch::optim::SGD>(groups, options);
    } else {
        const torch::optim::AdamOptions options(settings.rate());
        add(list.weights, torch::optim::AdamOptions(options).weight_decay(settings.weight_decay()));
        add(list.others, options);
        optimiser_ = std::make_unique<torch::optim::Adam>(groups, options);
    }
}

double Trainer::learning_rate() const {
    const proto::Optimiser& settings = recipe_.optimiser();
    const bool restarts = settings.has_spiking_rate() && spiking_from_ <= steps_;
    const std::int64_t from = restarts && spiking_ ? spiking_from_ : 0;
    const std::int64_t until = restarts && !spiking_ ? spiking_from_ : steps_;
    const double p = static_cast<double>(step_ - from) /
                     static_cast<double>(std::max<std::int64_t>(1, until - from));
    return (restarts && spiking_ ? settings.spiking_rate() : settings.rate()) *
           schedule_factor(settings.schedule(), p);
}

Tensor Trainer::batch_of(Part part,
                         std::span<const std::uint64_t> order,
                         const std::uint64_t* epoch,
                         Tensor& labels) const {
    std::vector<float> values;
    std::vector<std::int64_t> numbers;
    data_.fill(part, order, epoch, values, numbers);
    labels = torch::tensor(numbers);
    return torch::from_blob(values.data(), data_.batch_shape(order.size()), torch::kFloat32).clone();
}

std::vector<Tensor> Trainer::calibration() {
    const torch::NoGradGuard guard;
    std::vector<std::vector<Tensor>> by_stage(network_.stages().size());
    const std::uint64_t count =
        std::min(k_calibration_samples, data_.samples(Part::train));
    for (std::uint64_t first = 0; first < count; first += k_evaluation_batch) {
        const std::vector<std::uint64_t> order =
            numbers_from(first, std::min(count, first + k_evaluation_batch));
        Tensor labels;
        std::vector<Tensor> activations;
        const Tensor x = batch_of(Part::train, order, nullptr, labels);
        static_cast<void>(network_.artificial(x, false, {.activations = &activations}));
        for (std::size_t k = 0; k < activations.size(); ++k) {
            by_stage[k].push_back(activations[k]);
        }
    }
    std::vector<Tensor> joined;
    for (const std::vector<Tensor>& parts : by_stage) {
        joined.push_back(torch::cat(parts));
    }
    return joined;
}

void Trainer::begin_spiking() {
    network_.fold_batch_norm();
    network_.set_scales(calibration());
    network_.forget_fan_outs();
    spiking_ = true;
    make_optimiser();
}

std::pair<double, std::uint64_t> Trainer::train_batch(const std::vector<std::uint64_t>& order) {
    const auto epoch = static_cast<std::uint64_t>(step_ / batches_);
    const std::int64_t first = step_ % batches_ * recipe_.batch();
    const std::int64_t last =
        std::min<std::int64_t>(first + recipe_.batch(), static_cast<std::int64_t>(order.size()));
    const std::span<const std::uint64_t> mine(order.data() + first,
                                              static_cast<std::size_t>(last - first));
    Tensor labels;
    const Tensor x = batch_of(Part::train, mine, &epoch, labels);
    torch::manual_seed(recipe_.seed() * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(step_));
    const Asked asked{.price = recipe_.price() > 0, .dropout = true};
    const bool spikes = recipe_.forward() == proto::Forward::spikes;
    const Answer answer = spiking_ ? network_.hybrid(x, spikes, asked)
                                   : network_.artificial(x, true, asked);
    Tensor loss = torch::nn::functional::cross_entropy(
        answer.logits,
        labels,
        torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(recipe_.label_smoothing()));
    if (answer.price.defined()) {
        loss = loss + answer.price * (recipe_.price() / 1000 / static_cast<double>(mine.size()));
    }
    for (torch::optim::OptimizerParamGroup& group : optimiser_->param_groups()) {
        group.options().set_lr(learning_rate());
    }
    optimiser_->zero_grad();
    loss.backward();
    optimiser_->step();
    network_.keep_valid();
    const auto right = (answer.logits.argmax(1) == labels).sum().item<std::int64_t>();
    return {loss.item<double>(), static_cast<std::uint64_t>(right)};
}

// From the checkpoint's numbers alone: a training that has stopped early has also after a resume.
bool Trainer::stopped_early() const {
    return recipe_.has_early_stopping() && step_ > 0 && step_ % batches_ == 0 &&
           step_ / batches_ - 1 - best_.best_epoch >= recipe_.early_stopping().patience();
}

bool Trainer::run() {
    while (step_ < steps_ && !stopped_early()) {
        const auto start = std::chrono::steady_clock::now();
        const std::int64_t epoch = step_ / batches_;
        const std::vector<std::uint64_t> order = data_.order(static_cast<std::uint64_t>(epoch));
        double loss = 0;
        std::uint64_t right = 0;
        const std::int64_t first = step_;
        bool stopped = false;
        if (step_ % batches_ == 0 && !spiking_ && recipe_.price() > 0) {
            network_.set_scales(calibration());  // what one spike will stand for, for the price
        }
        while (step_ < (epoch + 1) * batches_ && !stopped) {
            if (step_ == spiking_from_ && !spiking_) {
                begin_spiking();
            }
            if (step_ % recipe_.pruning().every() == 0 || step_ == last_pruning()) {
                prune(network_, static_cast<double>(step_) / static_cast<double>(steps_));
            }
            const auto [batch_loss, batch_right] = train_batch(order);
            if (!std::isfinite(batch_loss)) {
                throw Error(fmt::format(
                    "the loss is no finite number at step {} (epoch {}): a lower optimiser.rate "
                    "may help{}",
                    step_ + 1,
                    epoch + 1,
                    checkpoint_path_.empty()
                        ? std::string()
                        : "; the checkpoint of the last epoch stays in " + checkpoint_path_.string()));
            }
            loss += batch_loss;
            right += batch_right;
            ++step_;
            if (hooks_.batch) {
                hooks_.batch(step_ - epoch * batches_, batches_);
            }
            stopped = hooks_.stop && hooks_.stop() && step_ < steps_;
        }
        if (step_ < (epoch + 1) * batches_) {
            save(checkpoint_path_);
            return false;
        }
        const auto done = static_cast<double>(step_ - first);
        end_epoch(loss / done,
                  static_cast<double>(right) /
                      std::min(done * recipe_.batch(), static_cast<double>(order.size())),
                  seconds_since(start));
        if (stopped) {
            return false;  // the epoch's end has saved
        }
    }
    if (stopped_early() && hooks_.note) {
        hooks_.note(fmt::format("no better validation accuracy since epoch {}: stopped early",
                                best_.best_epoch + 1));
    }
    finish();
    return true;
}

void Trainer::finish() {
    if (step_ == steps_) {
        prune(network_, 1);  // where pruning goes on to the last step
    }
    if (!best_.best_state.empty()) {
        network_.set_state(best_.best_state);
    }
    if (!spiking_ && spiking_from_ <= steps_) {
        begin_spiking();
    }
    network_.fold_batch_norm();  // of a network that has no spiking steps
    network_.round_weights(true);
    network_.forget_fan_outs();
}

Tensor Trainer::held_out(std::uint64_t most_samples) const {
    const Part part = data_.samples(Part::validation) > 0 ? Part::validation : Part::train;
    Tensor labels;
    return batch_of(
        part, numbers_from(0, std::min(most_samples, data_.samples(part))), nullptr, labels);
}

void Trainer::end_epoch(double loss, double accuracy, double seconds) {
    EpochReport report;
    report.epoch = step_ / batches_;
    report.epochs = recipe_.epochs();
    report.spiking = spiking_;
    report.loss = loss;
    report.train_accuracy = accuracy;
    report.validation = evaluate(Part::validation);
    report.weights = static_cast<double>(weights_left()) / static_cast<double>(weights_);
    report.seconds = seconds;
    report.seconds_left = seconds * static_cast<double>(report.epochs - report.epoch);
    // The best is looked for among networks of one kind: those that are saved, spiking and pruned.
    const bool counts = (spiking_ || spiking_from_ >= steps_) &&
                        (!prunes(network_) || step_ >= last_pruning());
    if (recipe_.has_early_stopping() && counts &&
        report.validation.accuracy() > best_.best_accuracy) {
        best_.best_accuracy = report.validation.accuracy();
        best_.best_epoch = report.epoch - 1;
        best_.best_state.clear();
        for (const auto& [name, tensor] : network_.state()) {
            best_.best_state.emplace_back(name, tensor.detach().clone());
        }
    }
    if (recipe_.has_early_stopping() && !counts) {
        best_.best_epoch = report.epoch - 1;  // patience begins with the spiking steps
    }
    if (hooks_.epoch) {
        history_ += hooks_.epoch(report) + "\n";
    }
    save(checkpoint_path_);
    if (hooks_.saved) {
        hooks_.saved();
    }
}

std::uint64_t Trainer::weights_left() const {
    std::uint64_t left = 0;
    for (std::size_t k = 0; k < network_.stages().size(); ++k) {
        if (const Tensor& weight = network_.parameters(k).weight; weight.defined()) {
            left += static_cast<std::uint64_t>((weight != 0).sum().item<std::int64_t>());
        }
    }
    return left;
}

Evaluation Trainer::evaluate(Part part, std::uint64_t most_samples) {
    const torch::NoGradGuard guard;
    Evaluation found;
    found.samples = std::min(most_samples, data_.samples(part));
    Operations operations;
    const std::size_t stages = network_.stages().size();
    operations.macs.resize(stages);
    operations.acs.resize(stages);
    operations.spikes.resize(stages);
    torch::manual_seed(recipe_.seed());
    for (std::uint64_t first = 0; first < found.samples; first += k_evaluation_batch) {
        const std::vector<std::uint64_t> order =
            numbers_from(first, std::min(found.samples, first + k_evaluation_batch));
        Tensor labels;
        const Tensor x = batch_of(part, order, nullptr, labels);
        const Asked asked{.operations = &operations};
        const Answer answer =
            spiking_ ? network_.hybrid(x, true, asked) : network_.artificial(x, false, asked);
        const Tensor predicted = answer.logits.argmax(1);
        found.right += static_cast<std::uint64_t>((predicted == labels).sum().item<std::int64_t>());
        for (std::int64_t k = 0; k < predicted.size(0); ++k) {
            found.predictions.push_back(predicted[k].item<std::int64_t>());
        }
    }
    const double samples = std::max(1.0, static_cast<double>(found.samples));
    for (std::size_t k = 0; k < stages; ++k) {
        found.macs += operations.macs[k] / samples;
        found.acs += operations.acs[k] / samples;
        found.spikes += operations.spikes[k] / samples;
    }
    found.encoder_spikes = operations.encoder_spikes / samples;
    return found;
}

void Trainer::save(const std::filesystem::path& path) {
    if (path.empty()) {
        return;
    }
    Checkpoint checkpoint = best_;
    checkpoint.recipe_digest = recipe_digest(recipe_);
    google::protobuf::TextFormat::PrintToString(recipe_, &checkpoint.recipe);
    checkpoint.step = step_;
    checkpoint.spiking = spiking_;
    checkpoint.state = network_.state();
    checkpoint.history = history_;
    save_checkpoint(path, checkpoint, optimiser_.get());
}

}  // namespace saltus::training
