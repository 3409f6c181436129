// The chunks of a trace of version 2, and the packing of spikes, samples and series into them.
// docs/trace-format.md has the layout. Internal to models/trace and the runner.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/trace/byte_column.hpp"
#include "models/trace/spike_blocks.hpp"
#include "models/trace/trace.hpp"

namespace saltus::proto {
class TraceChunk;
}  // namespace saltus::proto

namespace saltus {

// Where a chunk is and what it holds; a line of the index.
struct ChunkEntry {
    enum class Kind : std::uint32_t { spikes = 5, samples = 6, series = 7 };  // numbers in TraceChunk

    Kind kind = Kind::spikes;
    std::uint64_t offset = 0;  // of its frame, from the end of the provenance's
    std::uint64_t first_sample = 0;
    std::uint64_t last_sample = 0;
    std::uint64_t count = 0;  // spikes, samples or rows
    Tick from = 0;
    Tick until = 0;
    std::uint32_t series = 0;

    friend bool operator==(const ChunkEntry&, const ChunkEntry&) = default;
};

struct PackedChunk {
    ChunkEntry entry;   // the offset comes when it is written
    std::string bytes;  // a TraceChunk
};

// Spikes after which a chunk is closed.
inline constexpr std::uint64_t k_chunk_spikes = std::uint64_t{1} << 16;

// Some ticks of one sample, not yet packed.
struct TracePart {
    std::uint64_t sample = 0;
    Tick from = 0;
    Tick until = 0;
    std::vector<SpikeBlocks> populations;
    // of a population of which only counts are recorded: (slot, spikes), of the whole sample
    std::vector<std::vector<std::pair<Slot, std::uint64_t>>> counts;

    [[nodiscard]] std::uint64_t spikes() const;
    [[nodiscard]] bool empty() const;  // no spikes and no counts
};

// Rows of one series and sample, not yet packed.
struct SeriesRows {
    std::uint64_t sample = 0;
    std::uint32_t series = 0;
    std::vector<Tick> ticks;    // ascending, one a row
    std::vector<float> values;  // [row, neuron]
};

// One a thread.
class ChunkPacker {
  public:
    ChunkPacker();
    ChunkPacker(ChunkPacker&&) noexcept;
    ~ChunkPacker();

    // Several parts: whole samples in ascending number. At least one is not empty.
    PackedChunk pack(std::span<const TracePart> parts);
    PackedChunk pack(std::span<const SampleRecord> records, const TraceHeader& header);
    PackedChunk pack(const SeriesRows& rows);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace saltus
