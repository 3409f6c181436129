// What a sample cost. Model counts belong to the semantics and are equal under every schedule, any
// number of threads and kernel; execution counts describe what this engine did.
#pragma once

#include <cstdint>
#include <vector>

namespace saltus {

// By projection, kept by arrival tick.
struct ProjectionCounts {
    std::uint64_t acs = 0;          // synaptic operations: stored synapses reached by binary spikes
    std::uint64_t graded_macs = 0;  // stored synapses reached by graded events
    std::uint64_t held_macs = 0;    // nonzero held values x fan-out, each time they are set
    std::uint64_t pool_operations =
        0;  // spikes and graded events that went through a sum or average pool

    friend bool operator==(const ProjectionCounts&, const ProjectionCounts&) = default;
};

// Of a projection's counts, those through stored weights of zero. What is left without them are the
// effective operations (docs/metrics.md).
struct ZeroWeightCounts {
    std::uint64_t acs = 0;
    std::uint64_t graded_macs = 0;
    std::uint64_t held_macs = 0;

    friend bool operator==(const ZeroWeightCounts&, const ZeroWeightCounts&) = default;
};

// By population, kept by the tick they fire.
struct PopulationCounts {
    std::uint64_t spikes = 0;
    std::uint64_t graded_events = 0;

    friend bool operator==(const PopulationCounts&, const PopulationCounts&) = default;
};

struct ExecutionCounts {
    std::uint64_t neuron_updates = 0;    // a neuron whose state was advanced or tested at a tick
    std::uint64_t queue_operations = 0;  // a push or a pop of a wake-up
    std::uint64_t weight_bytes = 0;      // weights read
    std::uint64_t state_bytes = 0;       // state read and written
};

struct Counts {
    std::vector<PopulationCounts> populations;  // in file order
    std::vector<ProjectionCounts> projections;  // in file order
    // In file order, kept by arrival tick; empty unless asked for (Simulator::set_zero_weights).
    std::vector<ZeroWeightCounts> zero_weights;
    ExecutionCounts execution;
};

}  // namespace saltus
