// What `saltus bench` says: Markdown for people, CSV and JSON for programs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "models/run/benchmark.hpp"

namespace saltus::cli {

// What was measured, for the head of each.
struct BenchDescription {
    std::string model_file;
    std::string model_name;
    std::vector<std::string> inputs;  // one a model input: the data set's name
    bool made_up = false;             // an input is random numbers, for want of data
    std::vector<std::string> notes;   // on data and encoders that are not used whole
    std::string samples;              // "0-31"
    std::uint64_t sample_count = 0;
    Tick horizon = 0;
    std::uint64_t seed = 0;
    unsigned threads = 1;
    unsigned repetitions = 0;
    std::string program;    // version, commit, compiler
    std::string processor;  // may be empty
};

std::string bench_markdown(const BenchmarkReport& report, const BenchDescription& bench);

// One line a layer behind the head, the last one, "total", for the whole; names in quotes where
// they need them. Seconds.
std::string bench_csv(const BenchmarkReport& report, const BenchDescription& bench);

nlohmann::ordered_json bench_json(const BenchmarkReport& report, const BenchDescription& bench);

}  // namespace saltus::cli
