// What the chunks of version 2 hold, decoded and checked against the header. Internal to
// models/trace.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/trace/byte_column.hpp"
#include "models/trace/trace.hpp"
#include "models/trace/trace_chunk.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::proto {
class TraceSamples;
class TraceSeriesRows;
class TraceSpikes;
}  // namespace saltus::proto

namespace saltus::detail {

// The parts of a chunk of spikes.
struct SpikeParts {
    std::vector<std::uint64_t> samples;  // ascending
    Tick from = 0;
    Tick until = 0;
};

// Throw InputError with `name` (file and chunk) in front.
SpikeParts parts_of(const proto::TraceSpikes& message,
                    const TraceHeader& header,
                    const std::string& name);

// One stream a part.
std::vector<StreamTrace> decode_spikes(const proto::TraceSpikes& message,
                                       const SpikeParts& parts,
                                       PopulationId population,
                                       const TraceHeader& header,
                                       ColumnUnpacker& unpacker,
                                       const std::string& name);

using NeuronCounts = std::vector<std::pair<Slot, std::uint64_t>>;

std::vector<NeuronCounts> decode_counts(const proto::TraceSpikes& message,
                                        const SpikeParts& parts,
                                        PopulationId population,
                                        const TraceHeader& header,
                                        ColumnUnpacker& unpacker,
                                        const std::string& name);

std::vector<SampleRecord> decode_samples(const proto::TraceSamples& message,
                                         const TraceHeader& header,
                                         ColumnUnpacker& unpacker,
                                         const std::string& name);

// Rows within `ticks` are appended.
void decode_rows(const proto::TraceSeriesRows& message,
                 const TraceHeader& header,
                 const TickRange& ticks,
                 ColumnUnpacker& unpacker,
                 const std::string& name,
                 SeriesTrace& out);

}  // namespace saltus::detail
