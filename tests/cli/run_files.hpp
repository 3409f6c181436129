// What the tests of saltus run feed it, and how they read what it wrote, apart from its own
// readers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "models/files/npy.hpp"

#include "tests/cli/command.hpp"

namespace saltus::tests {

template <class T>
inline void write_array(const std::filesystem::path& path,
                        const std::vector<std::uint64_t>& shape,
                        const std::vector<T>& values) {
    write_npy<T>(path, shape, std::span<const T>(values));
}

inline const std::string k_latency =
    "examples/models/mnist_hybrid_latency.saltus --data examples/data";
inline const std::string k_duplicate =
    "examples/models/mnist_hybrid_duplicate.saltus --data examples/data";

// Counts events that carry several spikes, payloads that are no counts, a max pool, a layer that
// cannot fire for want of weight, one that fires at every tick, and a readout of spikes.
inline const std::string k_mixed = R"(format_version: 1 name: "mixed" horizon: 12
    inputs { name: "x" shape: [1, 2, 4] }
    tensors { name: "W" shape: [3, 8] values: [ 0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25,
        0.125, 0.5, 0.125, 0.5, 0.125, 0.5, 0.125, 0.5, 1, 0, 1, 0, 0, 1, 0, 1 ] }
    tensors { name: "small" shape: [3, 3] values: [0.01, 0.01, 0.01, 0.01, 0.01, 0.01,
        0.01, 0.01, 0.01] }
    tensors { name: "drive" values: [2, 2, 0] }
    nodes { name: "code" shape: [1, 2, 4] encoder { poisson {} } }
    nodes { name: "pool" shape: [1, 1, 2] spike_max_pool { mode: by_tick } }
    nodes { name: "mid" shape: 3 population { beta: 0.5 spikes_per_tick: trunc } }
    nodes { name: "mute" shape: 3 population { beta: 0.5 } }
    nodes { name: "busy" shape: 3 population { receptors { bias: "drive" } } }
    projections { source: "code" target: "pool" window { k: 2 } }
    projections { source: "code" target: "mid" dense { weight: "W" } }
    projections { source: "mid" target: "mute" dense { weight: "small" } }
    projections { source: "mid" target: "busy" delay: 1 dense { weight: "small" } }
    readouts { name: "answer" population: "mute" kind: spike_count ties: index }
)";

// A model whose encoder draws lots, and 20 samples of [1, 2, 4].
struct Mixed {
    explicit Mixed(const ScratchFolder& folder) {
        write_bytes(folder / "mixed.textproto", k_mixed);
        std::vector<float> values;
        for (unsigned k = 0; k < 20 * 8; ++k) {
            values.push_back(static_cast<float>((k * 37) % 11) / 8);
        }
        write_array(folder / "x.npy", {20, 2, 4}, values);
        line = (folder / "mixed.textproto").string() + " --data " + (folder / "x.npy").string();
    }

    std::string line;
};

// The lines behind the head, cut at commas.
inline std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::vector<std::string>> rows;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::vector<std::string> cells;
        std::stringstream parts(line);
        for (std::string cell; std::getline(parts, cell, ',');) {
            cells.push_back(cell);
        }
        rows.push_back(cells);
    }
    return rows;
}

// All names in a folder, hidden ones too.
inline std::set<std::string> names_in(const std::filesystem::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.insert(entry.path().filename().string());
    }
    return names;
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// saltus run with --json -, which must succeed.
inline nlohmann::json run_to_json(const std::string& arguments) {
    const Said said = run_command("run " + arguments + " --json -");
    if (said.code != 0) {
        throw std::runtime_error("saltus run " + arguments + ": " + said.error);
    }
    return nlohmann::json::parse(said.output);
}

// Without what may differ from run to run: times, and the number of threads.
inline nlohmann::json without_times(nlohmann::json run) {
    run.erase("seconds_per_sample");
    run.erase("wall_seconds");
    run.erase("threads");
    return run;
}

}  // namespace saltus::tests
