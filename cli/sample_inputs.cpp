#include "cli/sample_inputs.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include <fmt/format.h>

#include "cli/input_arguments.hpp"
#include "core/error.hpp"
#include "models/data/random_data_set.hpp"
#include "models/data/time_axis.hpp"

namespace saltus::cli {

namespace {

std::unique_ptr<DataSet> open_for(const std::string& where,
                                  const SampleInputOptions& options,
                                  const ModelInput& input,
                                  const RunLength& length) {
    DataSetOptions how;
    if (!options.labels.empty()) {
        how.labels = options.labels;
    }
    how.sequence = has_time_axis(input);
    how.time_first = how.sequence && options.time_first;
    std::unique_ptr<DataSet> set = open_data_set(where, how);
    check_fits(*set, input.shape, how.sequence, input.name);
    if (!length.stated) {
        check_time_axis(*set, input, length.horizon, how.time_first);
    }
    return set;
}

// An option that would change nothing is refused.
void check_time_first(const LoadedModel& model, const SampleInputOptions& options) {
    const bool used = std::any_of(model.inputs().begin(), model.inputs().end(), has_time_axis);
    if (options.time_first && !used) {
        throw InputError("--time-first",
                         "a model whose inputs have no time axis",
                         "an input of spikes or of sequences");
    }
}

// As many samples from each, and labels that agree.
void check_agreement(const LoadedModel& model, SampleInputs& inputs) {
    const DataSet* first = nullptr;
    for (std::size_t k = 0; k < inputs.by_input.size(); ++k) {
        const DataSet* const set = inputs.by_input[k];
        if (inputs.made_up[k]) {
            continue;
        }
        if (first == nullptr) {
            first = set;
        }
        if (set->samples() != first->samples()) {
            throw InputError(
                fmt::format("{}, for input \"{}\"", set->name(), model.inputs()[k].name),
                fmt::format("{} samples", set->samples()),
                fmt::format("{}, as {} has", first->samples(), first->name()));
        }
        if (!set->has_labels()) {
            continue;
        }
        if (inputs.labels == nullptr) {
            inputs.labels = set;
        }
        for (std::uint64_t n = 0; n < set->samples(); ++n) {
            if (set->label(n) != inputs.labels->label(n)) {
                throw InputError(
                    set->labels_name(),
                    fmt::format("label {} of sample {}", *set->label(n), n),
                    fmt::format(
                        "{}, as in {}", *inputs.labels->label(n), inputs.labels->labels_name()));
            }
        }
    }
    inputs.samples = (first != nullptr ? first : inputs.by_input[0])->samples();
}

}  // namespace

void add_data_options(CLI::App& verb, SampleInputOptions& options, const std::string& side) {
    const std::string of_side = side.empty() ? "" : "Of the second, if another: ";
    verb.add_option(
            "--data" + side,
            options.data,
            of_side +
                "WHERE[:train|:test]: a folder of MNIST-type IDX files or CIFAR-10 batches, a .npy "
                "array [sample, ...], or mnist, fashion-mnist, cifar10; NAME=WHERE for each where "
                "a "
                "model has several inputs")
        ->allow_extra_args(false)
        ->type_name("[NAME=]WHERE");
    verb.add_option("--events" + side,
                    options.events,
                    of_side + "Spike input, a .npy array [sample, tick, ...]; NAME=WHERE as above")
        ->allow_extra_args(false)
        ->type_name("[NAME=]WHERE");
    verb.add_flag(
        "--time-first" + side,
        options.time_first,
        of_side +
            "Arrays with a time axis are [tick, sample, ...], as snnTorch and SpikingJelly "
            "have them");
}

void add_labels_option(CLI::App& verb, SampleInputOptions& options) {
    verb.add_option("--labels", options.labels, "Labels, a .npy array [sample]");
}

void add_samples_option(CLI::App& verb,
                        SampleInputOptions& options,
                        const std::string& by_default) {
    verb.add_option("--samples",
                    options.samples,
                    fmt::format("Which samples: 0-999, or 1,3,7-9 (default: {})", by_default));
}

SampleInputs open_sample_inputs(const LoadedModel& model,
                                const SampleInputOptions& options,
                                MissingInput missing,
                                const RunLength& length,
                                std::uint64_t seed) {
    const std::vector<std::string> places =
        assign_inputs(model.inputs(), options.data, options.events);
    if (places.empty()) {
        throw InputError(model.origin(), "no inputs", "a model that takes input");
    }
    check_time_first(model, options);
    SampleInputs inputs;
    for (std::size_t k = 0; k < places.size(); ++k) {
        const ModelInput& input = model.inputs()[k];
        const bool given = !places[k].empty();
        if (!given && missing == MissingInput::refuse) {
            throw InputError(input.spikes ? "--events" : "--data",
                             "nothing",
                             fmt::format("{} for input \"{}\" of the model",
                                         input.spikes ? "spikes" : "data",
                                         input.name));
        }
        inputs.sets.push_back(
            given ? open_for(places[k], options, input, length)
                  : std::make_unique<RandomDataSet>(input, k, length.horizon, seed));
        inputs.by_input.push_back(inputs.sets.back().get());
        inputs.made_up.push_back(!given);
    }
    check_agreement(model, inputs);
    return inputs;
}

std::string source_names(const LoadedModel& model, const SampleInputs& inputs, bool spikes) {
    std::vector<std::size_t> own;
    for (std::size_t k = 0; k < model.inputs().size(); ++k) {
        if (model.inputs()[k].spikes == spikes) {
            own.push_back(k);
        }
    }
    std::string text;
    for (const std::size_t k : own) {
        text += text.empty() ? "" : ", ";
        text += own.size() > 1 ? model.inputs()[k].name + "=" : "";
        text += inputs.by_input[k]->name();
    }
    return text;
}

std::vector<InputUse> describe_use(const LoadedModel& model,
                                   const SampleInputs& inputs,
                                   Tick horizon,
                                   std::span<const std::uint64_t> samples,
                                   const std::function<bool()>& stop) {
    std::vector<InputUse> uses;
    for (std::size_t k = 0; k < model.inputs().size(); ++k) {
        const ModelInput& input = model.inputs()[k];
        const DataSet& set = *inputs.by_input[k];
        InputUse use{input.name,
                     set.name(),
                     has_time_axis(input),
                     set.frames(),
                     frames_run(input, horizon),
                     0,
                     ""};
        if (input.spikes) {
            use.unused_events = count_unused_events(set, samples, use.frames_run, stop);
        }
        use.note = time_axis_note(set, input, horizon, use.unused_events);
        uses.push_back(use);
    }
    return uses;
}

}  // namespace saltus::cli
