// --data, --events, --labels, --samples: which samples feed a model's inputs, the same in every
// command that runs one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/model.hpp"

namespace CLI {
class App;
}

namespace saltus::cli {

struct SampleInputOptions {
    std::string data;
    std::string events;
    std::string labels;
    std::string samples;
};

void add_data_options(CLI::App& verb, SampleInputOptions& options);
void add_labels_option(CLI::App& verb, SampleInputOptions& options);
void add_samples_option(CLI::App& verb, SampleInputOptions& options, const std::string& by_default);

// The data sets that feed the model's inputs: --events the spike input, --data the other one.
struct SampleInputs {
    std::unique_ptr<DataSet> data;                    // null: none given
    std::unique_ptr<DataSet> events;                  // null: none given
    std::vector<std::unique_ptr<DataSet>> stand_ins;  // for what was not given
    std::vector<const DataSet*> by_input;
    const DataSet* labels = nullptr;
    std::uint64_t samples = 0;
};

// What to do about an input of the model that no option feeds.
enum class MissingInput { refuse, random_numbers };

// Throws InputError for data that are missing, unreadable or do not fit. `horizon`, `seed`: of
// random numbers (models/data/random_data_set.hpp).
SampleInputs open_sample_inputs(const LoadedModel& model,
                                const SampleInputOptions& options,
                                MissingInput missing,
                                Tick horizon,
                                std::uint64_t seed);

}  // namespace saltus::cli
