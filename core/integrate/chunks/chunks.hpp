// What a population with synaptic currents needs to take a stretch of ticks at once, chunk of
// neurons by chunk: the packets that arrive and their input. Scratch of one simulator, shared by
// its populations. Internal to core.
#pragma once

#include <cstdint>
#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/integrate/paths.hpp"
#include "core/kernels/row_cut.hpp"
#include "core/memory/aligned_buffer.hpp"
#include "core/memory/lanes.hpp"
#include "core/packet.hpp"

namespace saltus::detail {

// The input of the targets [first, first + size) through one receptor: x[0] is that of `first` at
// the stretch's first tick; the other ticks' lie `pitch` apart.
struct ChunkInput {
    float* x = nullptr;
    std::uint32_t pitch = 0;
    Slot first = 0;
    std::uint32_t size = 0;
};

// The packets that arrive through one projection in a stretch; it has float32 weights, in dense
// rows or in sparse ones with targets of 16 bits. Sparse rows are copied side by side, to be read
// once, piece by piece, as the chunks pass.
class ChunkSource {
  public:
    // `pitch`: the inputs'; at most 2^16 places of x are used.
    void begin(const CompiledProjection<float>& projection, std::uint32_t pitch);

    // The packet that arrives at the stretch's next tick; nullptr: none. It must live on. Returns
    // how many stored synapses it reaches.
    std::uint64_t add(const Packet* packet);

    // Call once all are in.
    void end();

    // Adds what arrives, tick by tick in ascending source slot. Call with ascending chunks.
    void add_to(const ChunkInput& input);

    // Goes back to the first chunk.
    void rewind();

    [[nodiscard]] std::uint32_t receptor() const { return projection_->receptor; }

    // How it adds.
    [[nodiscard]] EnginePath path() const;

    [[nodiscard]] bool graded() const { return graded_; }

    // Whether anything arrives.
    [[nodiscard]] bool any() const { return any_; }

  private:
    [[nodiscard]] std::uint32_t copied() const { return left_.empty() ? 0 : left_.back().end; }

    void fetch_row(std::uint64_t begin, std::uint64_t end) const;
    template <class Target>
    void copy_rows(const Target* targets);
    void add_dense(const ChunkInput& input);
    void add_cut(const ChunkInput& input);

    // Where a row lies, and what its weights are multiplied by.
    struct Row {
        std::uint64_t begin;
        float payload;
    };

    const CompiledProjection<float>* projection_ = nullptr;
    std::uint32_t pitch_ = 0;
    std::vector<const Packet*> packets_;  // by tick
    bool any_ = false;
    bool graded_ = false;  // a packet has payloads

    // sparse: rows that are not empty by (tick, source slot), their copies one behind the other,
    // and what was cut off them
    std::vector<Row> rows_;
    std::vector<RowLeft> left_;
    AlignedBuffer<std::uint16_t> targets_;
    AlignedBuffer<float> adds_;  // what each synapse contributes, where it differs
    AlignedBuffer<std::uint16_t> cut_places_;
    AlignedBuffer<float> cut_adds_;
    bool adds_differ_ = false;
};

struct Chunks {
    std::vector<ChunkSource> sources;  // by place in the population's incoming, held ones left out
    std::size_t used = 0;              // of sources
    Lanes<float> x;                    // [ticks, receptors, neurons of a chunk]; +0 between them
    std::vector<std::uint64_t> held;   // a bit a neuron
    std::vector<std::uint64_t> released;  // [words of held, ticks]: who may fire again at a tick
    std::vector<std::uint64_t> stuck;     // a bit a neuron; see CurrentStretch
};

}  // namespace saltus::detail
