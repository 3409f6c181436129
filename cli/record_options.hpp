// The options of `saltus run` that say what goes into a trace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/trace/record_choice.hpp"

namespace CLI {
class App;
}

namespace saltus::cli {

struct RecordOptions {
    RecordChoice choice;
    std::string samples;
};

// Call after --trace has been added: all need it.
void add_record_options(CLI::App& verb, RecordOptions& options);

// Which of the samples that run are recorded; absent: all. Throws InputError for one that does not
// run.
std::optional<std::vector<std::uint64_t>> recorded_samples(const RecordOptions& options,
                                                           const std::vector<std::uint64_t>& run,
                                                           std::uint64_t samples);

// As they stand on a command line, each with a space in front.
std::string record_text(const RecordOptions& options);

}  // namespace saltus::cli
