// What compile() makes of a NetworkSpec: everything by slot, in the state type, ready to run.
// Immutable. Internal to core.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "core/kernels/kernels.hpp"
#include "core/memory/aligned_buffer.hpp"
#include "core/network_spec.hpp"

namespace saltus::detail {

// A parameter by slot: one number for all, or one each.
template <class Real>
struct Values {
    std::vector<Real> each;  // empty: all are `one`
    Real one{};

    [[nodiscard]] bool uniform() const { return each.empty(); }

    Real operator[](std::size_t slot) const { return each.empty() ? one : each[slot]; }

    [[nodiscard]] bool all(Real value) const {
        return each.empty()
                   ? one == value
                   : std::all_of(each.begin(), each.end(), [&](Real r) { return r == value; });
    }
};

template <class Real>
struct Filter {  // p[t] = (a1 p[t-1] + a2 p[t-2]) + b x[t]
    Real a1{};
    Real a2{};
    Real b{};
};

// Ticks [from, until), clipped to the horizon.
struct Window {
    Tick from = 0;
    Tick until = 0;

    [[nodiscard]] bool holds(Tick t) const { return t >= from && t < until; }
};

template <class Real>
struct CompiledReceptor {
    Values<Real> alpha;
    Values<Real> gain;
    std::optional<Filter<Real>> filter;
    std::vector<Real> bias;  // by slot; empty: none
    Window drive_window;
    bool driven = false;  // has a bias or a held projection
    // False if i is no state: alpha 0, no filter and this tick's current.
    bool remembers = false;
};

template <class Real>
struct CompiledNeurons {
    NeuronSpec rule;  // the enums and scalars; its parameters are the ones below
    Values<Real> theta, beta, v_rest, v_init, v_reset;
    std::optional<Real> floor;
    Real reset_trace{};  // d
    Window firing_window;
    std::vector<CompiledReceptor<Real>> receptors;
    std::uint32_t block = 0;          // slots a block (lazy: as stated; else the whole population)
    std::uint32_t state_bytes = 0;    // read and written for one neuron and update
    bool is_simple = false;           // the case that the integrate kernel covers
    bool has_current_kernel = false;  // the case of current_kernel.hpp
    bool has_leap_kernel = false;     // the case of leap_kernel.hpp
    bool owes_reset = false;          // r is state: a delayed reset
    bool has_refractory = false;
    // A stepped population that, without drive, input or v that passes, an update would leave as it
    // is.
    bool keeps_without_input = false;
    bool rests_initially =
        false;  // the initial state, without drive, would be left as it is and not fire
    bool never_sleeps = false;  // a mean-membrane readout watches it
};

// A linear pool's geometry: source rows and columns to pooled ones.
struct CompiledPool {
    Shape source;
    Shape pooled;
    std::uint32_t k = 1;
    std::uint32_t stride = 1;
    float factor = 1;  // 1 / k^2 for an average
    // Windows that do not overlap: what turns a slot of each source pixel into its pooled slot, by
    // addition modulo 2^32; k_no_window: in none. Empty if they overlap.
    std::vector<std::uint32_t> shifts;
};

inline constexpr std::uint32_t k_no_window = 1;  // pooled slots are never after their sources

// A convolution that a pixel of targets can pull through: one group, neighbours along the row.
struct ConvGeometry {
    std::uint32_t stride[2] = {1, 1};
    std::uint32_t padding[2] = {0, 0};
    std::uint32_t dilation[2] = {1, 1};
};

inline constexpr Tick k_most_chunk_ticks = 32;  // that a chunk of neurons takes at once

enum class ConnectionKind { dense, conv2d, sparse, identity, window };

template <class Real>
struct CompiledProjection {
    PopulationId source = 0;
    PopulationId target = 0;
    std::uint32_t receptor = 0;
    Tick delay = 0;
    bool held = false;            // its source holds values
    bool payload_counts = false;  // what arrives (behind a filter: never) counts spikes
    ConnectionKind kind = ConnectionKind::dense;
    std::optional<CompiledPool> pool;
    std::optional<Filter<Real>> filter;
    Shape seen;                 // the source's shape, or the pooled one
    std::uint32_t targets = 0;  // neurons of the target population
    std::uint64_t synapses = 0;
    std::vector<std::uint32_t> pixel_synapses;  // of a slot of each source pixel, behind the pool;
                                                // conv2d, and dense behind a pool

    // Weights, rows by source slot; exactly one pointer is set (none for identity and window).
    const float* weights32 = nullptr;
    const double* weights64 = nullptr;
    const std::int8_t* weights8 = nullptr;
    std::vector<Real> scales;      // int8: one, or one a target slot
    std::uint64_t pitch = 0;       // elements from row to row
    std::vector<std::byte> owned;  // where the pointers lead, unless to a mapped file

    // conv2d
    std::uint32_t groups = 1;
    std::uint32_t kernel_height = 1;
    std::uint32_t kernel_width = 1;
    Shape target_shape;
    // [row_starts[y], row_starts[y + 1]) of row_taps are those of source row y; columns alike
    std::vector<Tap> row_taps;
    std::vector<Tap> column_taps;
    std::vector<std::uint32_t> row_starts;
    std::vector<std::uint32_t> column_starts;
    ConvGeometry geometry;
    // int8 behind held values, which take weights one by one: float32(scale * q), where the weights
    // lie; else empty.
    AlignedBuffer<float> scaled_weights;
    // The weights once more, [kernel row][kernel column][in] runs, pitch apart, for a population
    // that is tiled; else empty. In float32 behind a pool whose source fires bits, a block of them
    // for each number of spikes of a window, multiplied by what so many send.
    AlignedBuffer<float> pixel_rows;
    AlignedBuffer<std::int8_t> pixel_rows8;

    // dense, int8, to at most k_narrow targets of a source that fires bits: the weights once more,
    // as a NarrowProduct8 has them; else empty.
    AlignedBuffer<std::int8_t> narrow_groups8;

    // sparse: row of slot s is [offsets[s], offsets[s + 1]), targets ascending slots, in 16 bits
    // where they fit and the tensor is not run from where it lies (one pointer is set)
    const std::uint64_t* offsets = nullptr;
    const Slot* sparse_targets = nullptr;
    const std::uint16_t* sparse_targets16 = nullptr;
    std::vector<std::uint64_t> owned_offsets;
    std::vector<Slot> owned_targets;
    std::vector<std::uint16_t> owned_targets16;
    bool one_weight = false;  // every synapse has the weight that weights32 (64) leads to

    [[nodiscard]] Slot sparse_target(std::uint64_t synapse) const {
        return sparse_targets16 != nullptr ? Slot{sparse_targets16[synapse]}
                                           : sparse_targets[synapse];
    }

    // identity: target slot of each seen slot; empty if they are equal
    std::vector<Slot> renumber;

    // window
    std::uint32_t window_k = 0;
    std::uint32_t window_stride = 0;

    // Stored synapses of a seen slot.
    [[nodiscard]] std::uint64_t fan_out(Slot slot) const {
        switch (kind) {
            case ConnectionKind::dense:
                return targets;
            case ConnectionKind::sparse:
                return offsets[slot + 1] - offsets[slot];
            case ConnectionKind::conv2d: {
                const std::uint32_t pixel = slot / seen.channels();
                const std::uint32_t y = pixel / seen.width();
                const std::uint32_t x = pixel % seen.width();
                return std::uint64_t{row_starts[y + 1] - row_starts[y]} *
                       (column_starts[x + 1] - column_starts[x]) *
                       (target_shape.channels() / groups);
            }
            default:
                return 0;
        }
    }
};

template <class Real>
struct CompiledPopulation {
    PopulationSpec spec;
    std::uint32_t neurons = 0;
    Level level = 0;
    std::uint32_t rank = 0;  // its place in (level, number) order
    bool payload_counts = false;
    std::vector<ProjectionId> incoming;  // ascending
    std::vector<ProjectionId> outgoing;  // ascending
    std::vector<std::size_t> readouts;
    std::optional<CompiledNeurons<Real>> rule;  // neurons only
    // Takes a stretch of ticks at once: tile by tile (tiled.cpp), or, with synaptic currents, chunk
    // by chunk (chunked.cpp), then at most so many.
    bool tiled = false;
    bool by_pixel = false;  // its tiles are channels of one pixel
    // What it fires in a stretch is wanted by populations that take it as bits, and in that
    // stretch: it waits as a bit a neuron and tick.
    bool fires_bits = false;
    Tick chunk_ticks = 0;
};

// Populations that go round a cycle, by rank; or some that do not, sources before targets.
struct Layer {
    std::vector<PopulationId> populations;
    // How many ticks each may take before the next one takes any: nothing that they fire meanwhile
    // comes back within.
    Tick ticks = 1;
};

template <class Real>
struct CompiledNetwork {
    Tick horizon = 0;
    std::vector<CompiledPopulation<Real>> populations;
    std::vector<CompiledProjection<Real>> projections;
    std::vector<ReadoutSpec> readouts;
    std::vector<PopulationId> by_rank;
    // The layer-by-layer schedule: sources before targets, whatever the delay; how many ticks at
    // once (1: never, a cycle is too short or there is nothing to gain); first ticks of windows, at
    // which a stretch ends.
    std::vector<Layer> layers;
    Tick stretch_ticks = 1;
    std::vector<Tick> boundaries;
    std::uint64_t owned_bytes = 0;
};

}  // namespace saltus::detail
