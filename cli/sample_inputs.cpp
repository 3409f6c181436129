#include "cli/sample_inputs.hpp"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/data/random_data_set.hpp"

namespace saltus::cli {

namespace {

std::unique_ptr<DataSet> open_for(const std::string& where,
                                  const std::string& labels,
                                  const ModelInput& input) {
    DataSetOptions options;
    if (!labels.empty()) {
        options.labels = labels;
    }
    options.sequence = input.sequence || input.spikes;
    std::unique_ptr<DataSet> set = open_data_set(where, options);
    check_fits(*set, input.shape, options.sequence, input.name);
    return set;
}

// What was given must feed something, and as many samples from each.
void check_use(const SampleInputs& inputs, const SampleInputOptions& options) {
    if (!options.events.empty() && !inputs.events) {
        throw InputError("--events", options.events, "a model with an input of spikes");
    }
    if (!options.data.empty() && !inputs.data) {
        throw InputError(
            "--data", options.data, "a model with an input other than spikes (use --events)");
    }
    if (inputs.data && inputs.events && inputs.events->samples() != inputs.data->samples()) {
        throw InputError("--events",
                         fmt::format("{} samples", inputs.events->samples()),
                         fmt::format("{}, as --data has", inputs.data->samples()));
    }
}

}  // namespace

void add_data_options(CLI::App& verb, SampleInputOptions& options) {
    verb.add_option(
        "--data",
        options.data,
        "WHERE[:train|:test]: a folder of MNIST-type IDX files or CIFAR-10 batches, a .npy array "
        "[sample, ...], or mnist, fashion-mnist, cifar10");
    verb.add_option("--events", options.events, "Spike input, a .npy array [sample, tick, ...]");
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
                                Tick horizon,
                                std::uint64_t seed) {
    SampleInputs inputs;
    for (const ModelInput& input : model.inputs()) {
        const bool spikes = input.spikes;
        const std::string& where = spikes ? options.events : options.data;
        const char* const option = spikes ? "--events" : "--data";
        std::unique_ptr<DataSet>& set = spikes ? inputs.events : inputs.data;
        if (where.empty() && missing == MissingInput::random_numbers) {
            inputs.stand_ins.push_back(
                std::make_unique<RandomDataSet>(input, inputs.by_input.size(), horizon, seed));
            inputs.by_input.push_back(inputs.stand_ins.back().get());
            continue;
        }
        if (where.empty()) {
            throw InputError(
                option,
                "nothing",
                fmt::format(
                    "{} for input \"{}\" of the model", spikes ? "spikes" : "data", input.name));
        }
        if (set) {
            check_fits(*set, input.shape, input.sequence || input.spikes, input.name);
        }
        if (!set) {
            set = open_for(where, options.labels, input);
        }
        inputs.by_input.push_back(set.get());
    }
    check_use(inputs, options);
    if (inputs.by_input.empty()) {
        throw InputError(model.origin(), "no inputs", "a model that takes input");
    }
    const DataSet* const first = inputs.data     ? inputs.data.get()
                                 : inputs.events ? inputs.events.get()
                                                 : inputs.stand_ins[0].get();
    inputs.samples = first->samples();
    if (first->has_labels()) {
        inputs.labels = first;
    }
    return inputs;
}

}  // namespace saltus::cli
