// What `saltus run` says: a summary for people, JSON for programs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/sample_inputs.hpp"
#include "models/run/run_statistics.hpp"

namespace saltus::cli {

// What was run, for the head of both.
struct RunDescription {
    std::string model_file;
    std::string model_name;
    std::string data;     // empty: none but spikes
    std::string events;   // empty: none
    std::string samples;  // "0-999"
    Tick horizon = 0;
    double tick_seconds = 0;
    std::uint64_t seed = 0;
    unsigned threads = 1;
    double wall_seconds = 0;
    std::vector<InputUse> inputs;           // one a model input
    std::vector<std::string> notes;  // on codings and on the scale of inputs
};

nlohmann::ordered_json run_json(const RunReport& report, const RunDescription& run);

// Several lines, the last one ended; with what people otherwise hunt for: silent layers and
// neurons, neurons that fire at every tick, samples without an output spike, right answers by the
// rule for ties alone, data that were not used.
std::string run_summary(const RunReport& report, const RunDescription& run);

}  // namespace saltus::cli
