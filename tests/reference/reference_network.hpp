// The network that the slow reference simulates: the JSON of tests/semantics/README.md as plain
// lists, every synapse written out. Shares no code with the engine.
//
// Extension of the format: theta, beta, v_rest, v_init, v_reset, alpha and gain may be a list, one
// number a neuron by index. Inside, everything goes by slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace reference {

using Json = nlohmann::ordered_json;
using Tick = std::int64_t;

struct Window {
    Tick from = 0;
    Tick until = 0;

    [[nodiscard]] bool contains(Tick t) const { return from <= t && t < until; }
};

struct SecondOrder {
    float a1 = 0;
    float a2 = 0;
    float b = 1;
};

struct Receptor {
    std::vector<float> alpha;  // one a neuron
    std::vector<float> gain;
    std::vector<float> bias;  // zeros if none
    std::optional<SecondOrder> second_order;
    Window drive_window;
};

struct Population {
    std::string name;
    std::vector<std::size_t> shape;
    std::vector<std::size_t> slot_of;   // by index
    std::vector<std::size_t> index_of;  // by slot
    std::string kind;                   // encoder, neurons, max_pool
    std::string coding;
    bool by_count = false;
    bool payload_counts = false;  // a payload is a number of spikes
    std::string clock;
    std::size_t block = 0;
    bool fires = true;
    std::vector<float> theta, beta, v_rest, v_init, v_reset;  // one a neuron
    bool above = false;                                       // v > theta
    std::string reset, reset_when, refractory;
    bool previous_reset_counts = false;
    bool tick_before = false;
    bool trunc = false;
    std::optional<float> floor;
    Tick refractory_ticks = 0;
    Window firing_window;
    std::optional<float> reset_trace;
    std::vector<Receptor> receptors;

    [[nodiscard]] std::size_t size() const { return slot_of.size(); }
};

struct Synapse {
    std::size_t target = 0;  // slot
    float weight = 0;        // int8: float32(scale * q)
    int q = 0;
    float scale = 1;
};

struct Projection {
    std::size_t source = 0;
    std::size_t target = 0;
    std::size_t receptor = 0;
    Tick delay = 0;
    bool pooled = false;
    float pool_factor = 1;  // float32(1/k^2) for an average
    std::vector<std::vector<std::size_t>>
        windows;  // pool stage or max pool: source slots, ascending
    std::optional<SecondOrder> filter;
    bool max_pool = false;
    bool identity = false;
    bool int8 = false;
    std::vector<std::vector<Synapse>> rows;  // by source slot, behind the pool if there is one
};

struct Readout {
    std::size_t population = 0;
    std::string kind;
    bool ties_by_membrane = false;
    bool logit = false;
    float logit_T = 1;
    std::vector<float> logit_bias;  // empty: none
};

struct Network {
    Tick T = 0;
    std::uint64_t seed = 0;
    std::vector<Population> populations;
    std::vector<Projection> projections;
    std::vector<Readout> readouts;
    std::vector<std::size_t> order;  // populations by (level, number)
};

Network read_network(const Json& json);

// One weight's value and, for int8, its integer and scale.
struct Weight {
    float value = 0;
    int q = 0;
    float scale = 1;
};

// `flat`: its place in the tensor; `target`: neuron index or output channel that the scale goes by.
Weight decode_weight(const Json& weight, std::size_t flat, std::size_t target);

}  // namespace reference
