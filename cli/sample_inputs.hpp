// --data, --events, --time-first, --labels, --samples: which samples feed a model's inputs, the
// same in every command that runs one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/model.hpp"

namespace CLI {
class App;
}

namespace saltus::cli {

struct SampleInputOptions {
    std::vector<std::string> data;    // WHERE or NAME=WHERE (cli/input_arguments.hpp)
    std::vector<std::string> events;  // likewise
    bool time_first = false;
    std::string labels;
    std::string samples;
};

// `side`: stands behind each name, for the second of two inputs ("-b").
void add_data_options(CLI::App& verb, SampleInputOptions& options, const std::string& side = "");
void add_labels_option(CLI::App& verb, SampleInputOptions& options);
void add_samples_option(CLI::App& verb, SampleInputOptions& options, const std::string& by_default);

// The data sets that feed the model's inputs: --events those of spikes, --data the others.
struct SampleInputs {
    std::vector<std::unique_ptr<DataSet>> sets;  // one a model input, in order
    std::vector<const DataSet*> by_input;        // the same
    std::vector<bool> made_up;                   // by input: random numbers, for want of data
    const DataSet* labels = nullptr;
    std::uint64_t samples = 0;
};

// What to do about an input of the model that no option feeds.
enum class MissingInput { refuse, random_numbers };

// How many ticks are run. `stated`: by --horizon, which says that data of another length are meant.
struct RunLength {
    Tick horizon = 0;
    bool stated = false;
};

// Throws InputError for data that are missing, unreadable, do not fit or are of another length.
// `length`, `seed`: of random numbers too (models/data/random_data_set.hpp).
SampleInputs open_sample_inputs(const LoadedModel& model,
                                const SampleInputOptions& options,
                                MissingInput missing,
                                const RunLength& length,
                                std::uint64_t seed);

// The names of the data that feed the inputs of spikes, or the others, for summaries; those of
// several inputs as NAME=..., a comma and a space between them. Empty: there are none.
std::string source_names(const LoadedModel& model, const SampleInputs& inputs, bool spikes);

// One input's data against the ticks run.
struct InputUse {
    std::string name;
    std::string source;
    bool has_time_axis = false;
    std::uint64_t frames = 1;  // of the data
    std::uint64_t frames_run = 1;
    std::uint64_t unused_events = 0;  // spikes beyond the horizon, of the samples run
    std::string note;                 // says what is not used or missing; empty: nothing
};

// Reads what was not run of the samples that were. `stop`: as in count_unused_events.
std::vector<InputUse> describe_use(const LoadedModel& model,
                                   const SampleInputs& inputs,
                                   Tick horizon,
                                   std::span<const std::uint64_t> samples,
                                   const std::function<bool()>& stop);

}  // namespace saltus::cli
