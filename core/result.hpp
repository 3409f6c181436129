// What a sample comes to (Simulator::finish): readouts, counts, or why it failed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/counts.hpp"
#include "core/tick.hpp"

namespace saltus {

struct ReadoutResult {
    std::vector<float> values;  // by neuron index
    std::uint32_t prediction = 0;
    bool tied = false;       // another neuron has the winner's value
    bool undecided = false;  // a spike readout without any output spike
};

// Why a sample failed: of all that is wrong with it the earliest by (tick, level, population,
// slot), whatever the schedule. Of a source that breaks its promise the tick is the last one it was
// right at.
struct SampleError {
    PopulationId population = 0;
    NeuronIndex neuron = 0;  // 0 where no neuron is to blame
    Tick tick = 0;
    std::string text;  // one line, with names
};

// Of a sample that failed there is the error alone: no ticks, no readouts, and all counts are 0.
struct Result {
    Tick ticks_run = 0;
    std::vector<ReadoutResult> readouts;
    Counts counts;
    std::optional<SampleError> error;
};

}  // namespace saltus
