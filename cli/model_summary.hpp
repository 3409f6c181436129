// What `saltus info` says about a model: plain rows, for text and JSON alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/network.hpp"
#include "models/model.hpp"

namespace saltus::cli {

// An artificial layer, encoder, population or spike max pool.
struct NodeRow {
    std::string name;
    std::string kind;   // "dense", "encoder: latency", "population"
    std::string input;  // what a layer or encoder reads
    Shape shape;
    bool is_population = false;  // it has a number, a level and spikes
    std::optional<Level> level;
    std::string clock;             // of neurons
    std::uint64_t parameters = 0;  // numbers in the tensors it names
    std::uint64_t bytes = 0;       // of those tensors, as stored
    std::string unreachable;       // why nothing of it is ever seen; empty: it is
};

struct ProjectionRow {
    std::string name;  // "features -> hidden"
    std::string source;
    std::string target;
    std::string kind;  // "dense", "average_pool 2, conv2d 3x3"
    Tick delay = 0;
    std::uint32_t receptor = 0;
    std::uint64_t synapses = 0;
    std::uint64_t parameters = 0;
    std::uint64_t bytes = 0;
    std::string storage;  // "float32, rows_by_source"
};

struct ReadoutRow {
    std::string name;
    std::string population;
    std::string text;  // "membrane / T + bias"
};

struct ModelSummary {
    std::vector<NodeRow> nodes;  // in file order
    std::vector<ProjectionRow> projections;
    std::vector<ReadoutRow> readouts;
    std::uint64_t parameters = 0;  // numbers in all tensors
    std::uint64_t tensor_bytes = 0;
    std::uint64_t neurons = 0;  // of populations with a membrane
    std::uint64_t synapses = 0;
};

// Compiles the network for levels and synapses; throws ModelError if it cannot run.
ModelSummary summarise(const LoadedModel& model);

}  // namespace saltus::cli
