// A trace file of version 2 looked through from its first chunk to its last: for files whose index
// is missing or not trusted. Internal to models/trace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/trace/byte_column.hpp"
#include "models/trace/trace_frames.hpp"
#include "models/trace/trace_index.hpp"

namespace saltus::detail {

// A sample that was found, and where its record is, if that is there.
struct ScannedSample {
    std::uint64_t number = 0;
    std::optional<std::uint64_t> offset;  // of the chunk
    std::size_t row = 0;
};

struct ScannedTrace {
    TraceIndexData index;  // of what was found; its pages stand in `pages`, not in the file
    std::vector<std::vector<ChunkEntry>> pages;
    std::vector<ScannedSample> samples;  // in ascending number
    std::vector<std::string> warnings;   // a line for each chunk that cannot be read
    bool ended = false;                  // the file ends as a whole one does
};

// `start`: where the data begin. Never throws for what the file holds: what can be read is kept.
ScannedTrace scan_trace(Frames& frames,
                        std::uint64_t start,
                        const TraceHeader& header,
                        ColumnUnpacker& unpacker);

}  // namespace saltus::detail
