// The part of a trace that an exporter writes, and the walk over its spikes. Internal to exporters.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/trace/trace_choice.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus {

struct ExportPart {
    const TraceFile& trace;
    std::vector<std::uint64_t> places;      // of samples, ascending
    std::vector<PopulationId> chosen;       // in file order
    std::vector<PopulationId> populations;  // of these, those whose spikes are recorded
    TickRange ticks;                        // within the horizon
    std::function<void()> poll;             // never empty; what it throws ends the work

    [[nodiscard]] const TraceHeader& header() const { return trace.header(); }

    [[nodiscard]] const TracePopulation& population(PopulationId id) const {
        return header().populations[id];
    }

    // Calls `take` with the packets of one (sample, population) within the ticks, piece by piece.
    void visit(std::uint64_t place,
               PopulationId id,
               const std::function<void(const StreamTrace&)>& take) const;
};

// Populations that nobody named and whose spikes were not recorded are left out. Throws InputError
// for what the trace does not have (trace_choice.hpp), and for a population named without spikes.
ExportPart export_part(const TraceFile& trace,
                       const TraceChoice& choice,
                       const std::function<void()>& poll);

struct ExportedSpike {
    NeuronIndex neuron;
    Tick tick;
    float payload;
};

// Calls take(spike) for each spike of a stream, in order.
template <class Take>
void for_each_spike(const StreamTrace& stream, const Shape& shape, Take take) {
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
            take(ExportedSpike{
                shape.index_of(stream.slots[at]), stream.ticks[k], stream.payload(at)});
        }
    }
}

}  // namespace saltus
