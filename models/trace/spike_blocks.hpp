// The coding of one population's spikes in blocks of 8 ticks: each neuron that fires in a block is
// the gap to it from the one before, and a mask of its 8 ticks. docs/trace-format.md has the
// columns. Internal to models/trace.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/packet.hpp"
#include "models/trace/byte_column.hpp"
#include "models/trace/trace.hpp"

namespace saltus {

inline constexpr Tick k_block_ticks = 8;
// Neurons that may fire in one block of one population; a reader allocates for no more.
inline constexpr std::uint64_t k_most_block_neurons = std::uint64_t{1} << 24;

// A block that had a spike. Blocks are kept apart from their bytes, so that where a stretch of them
// starts can be decided later.
struct SpikeBlock {
    std::int64_t number = 0;  // tick / 8
    std::uint64_t neurons = 0;
    bool payloads = false;  // one a spike is kept; else all are 1
};

// Blocks end to end, not yet packed.
struct SpikeBlocks {
    std::vector<SpikeBlock> blocks;
    Bytes gaps;   // the first byte of each gap's varint
    Bytes rests;  // the others
    Bytes masks;  // bit k: tick 8 number + k
    std::vector<float> payloads;
    std::uint64_t spikes = 0;

    void clear();
    void append(const SpikeBlocks& more);
};

// Takes the packets of one population in ascending ticks. Cost: about 2 ns a spike. Memory: a byte
// for each neuron once one has fired.
class BlockEncoder {
  public:
    explicit BlockEncoder(std::uint64_t neurons = 0) : neurons_(neurons) {}

    // Blocks that are complete go to `out`.
    void add(const Packet& packet, SpikeBlocks& out) {
        const Tick block = packet.tick / k_block_ticks;
        if (block != block_) {
            close(out);
            block_ = block;
        }
        add_to_block(packet);
    }

    // The block at work is complete, too.
    void close(SpikeBlocks& out);

    // Number of the block at work, or -1.
    [[nodiscard]] std::int64_t block() const { return block_; }

    void reset();

  private:
    void add_to_block(const Packet& packet);
    // Where the next neuron goes.
    struct Place {
        Slot next;  // the slot behind the neuron before
        std::uint8_t* gap;
        std::uint8_t* mask;
    };

    void put_group(std::size_t group, Place& at, SpikeBlocks& out);

    std::uint64_t neurons_;
    std::int64_t block_ = -1;
    std::vector<std::uint64_t> masks_;    // a byte a neuron, in groups of 64; 0 between blocks
    std::vector<std::uint64_t> touched_;  // a bit a group
    std::vector<float> payloads_;         // of the block, if any is not 1
    std::uint64_t spikes_ = 0;            // of the block
};

// Spikes of each neuron, counted: what is kept of a population of which only counts are recorded.
class SpikeCounter {
  public:
    explicit SpikeCounter(std::uint64_t neurons = 0) : neurons_(neurons) {}

    void add(const Packet& packet);
    // (slot, spikes), ascending, silent ones left out; counts from 0 again.
    void take(std::vector<std::pair<Slot, std::uint64_t>>& out);

  private:
    std::uint64_t neurons_;
    std::vector<std::uint64_t> counts_;  // a neuron
};

// The columns of a population in a chunk, unpacked.
struct SpikeColumns {
    Bytes blocks;    // a part: how many blocks
    Bytes steps;     // a block: its number's distance from the one before (of a part's first: from
                     // the part's start)
    Bytes counts;    // a block: 2 neurons + (1 with payloads)
    Bytes gaps;
    Bytes rests;
    // By how many ticks the neuron fired at in the block of this part in which it fired last (0:
    // none): neurons of like activity have like masks, and pack better side by side.
    std::array<Bytes, k_block_ticks + 1> masks;
    Bytes payloads;  // four planes of bytes

    void clear();
};

// The mask that each neuron had last within a part; grows to the highest slot, and is 0 between
// parts.
class LastMasks {
  public:
    // To be read and set. Valid until the next call.
    std::uint8_t& of(Slot slot) {
        if (slot >= masks_.size()) {
            masks_.resize(slot + 1);
        }
        std::uint8_t& last = masks_[slot];
        if (last == 0) {
            touched_.push_back(slot);
        }
        return last;
    }

    void end_part() {
        for (const Slot slot : touched_) {
            masks_[slot] = 0;
        }
        touched_.clear();
    }

  private:
    std::vector<std::uint8_t> masks_;
    std::vector<Slot> touched_;
};

// Appends a part; payloads are left to the caller.
void put_blocks(const SpikeBlocks& part, Tick from, LastMasks& last, SpikeColumns& out);

// Reads one population's columns, part after part, trusting nothing in them.
class BlockDecoder {
  public:
    // `columns` and `name` (file, chunk and population, for faults) must live on.
    BlockDecoder(const SpikeColumns& columns, std::uint64_t neurons, const std::string& name);

    // The next part, whose ticks are [from, until), is appended to `out`: packets in ascending
    // ticks. Throws InputError.
    void next(Tick from, Tick until, StreamTrace& out);

    void end() const;  // nothing may be left in any column

  private:
    void read_neurons(std::uint64_t neurons);
    void take_ticks(Tick first, Tick from, Tick until, bool payloads, StreamTrace& out);

    std::string names_[7];
    std::uint64_t neurons_;
    ColumnCursor blocks_, steps_, counts_, gaps_, rests_;
    std::array<ColumnCursor, k_block_ticks + 1> masks_;
    LastMasks last_;
    std::vector<float> payloads_;
    std::size_t payloads_read_ = 0;
    std::vector<Slot> slots_;             // of the block at work
    std::vector<std::uint8_t> block_masks_;
};

}  // namespace saltus
