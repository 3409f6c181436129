// A network as plain structs: what a model file is translated into, and what compile() reads.
//
// Spans are views of tensors owned by someone else (a mapped file, the caller's vectors); they must
// live as long as the compiled Network. Everything is given by index (row-major in `shape`) unless
// a tensor says `rows_by_source`. `origin` says where a part came from, for messages
// ("nodes[2].population"); empty means its place here ("populations[2]").
// Defaults are those of docs/semantics.md#settings: an integrate-and-fire neuron, threshold 1,
// subtract, v >= theta.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/shape.hpp"
#include "core/tick.hpp"

namespace saltus {

// One number for a population, or one a neuron (by index). float32 values in a model; a network
// built in code for the float64 state type may give float64 ones.
struct Parameter {
    std::vector<double> values;

    Parameter(double one) : values{one} {}  // NOLINT: a number is a parameter

    explicit Parameter(std::vector<double> each) : values(std::move(each)) {}

    [[nodiscard]] bool is_one() const { return values.size() == 1; }

    [[nodiscard]] double at(std::size_t index) const { return values[is_one() ? 0 : index]; }
};

// Ticks [from, until); without `until`, to the horizon.
struct TickWindow {
    Tick from = 0;
    std::optional<Tick> until;
};

enum class Clock { stepped, lazy, leaps };
enum class Comparison { at_least, above };        // v >= theta; v > theta
enum class Reset { subtract, to_v_reset, none };  // none: only with a reset trace
enum class ResetWhen { at_firing, next_before_leak, next_after_input, next_over_all };
enum class CurrentUsed { this_tick, tick_before };
enum class SpikesPerTick { one, trunc };  // trunc: trunc(v / theta)
enum class Refractory { integrate, hold, drop };

// p[t] = (a1 p[t-1] + a2 p[t-2]) + b x[t]; the seed paper's synapse.
struct SecondOrder {
    double a1 = 0;
    double a2 = 0;
    double b = 1;
};

struct ReceptorSpec {
    Parameter alpha = 0.0;  // factor a tick of the synaptic current, 0 <= alpha <= 1
    Parameter gain = 1.0;
    std::optional<SecondOrder> second_order;
    std::vector<double> bias;  // empty, or one a neuron: a drive at every tick of the window
    TickWindow drive_window;
};

struct NeuronSpec {
    Clock clock = Clock::stepped;
    std::uint32_t block = 0;  // lazy: consecutive slots that share a clock; 0: one block
    bool fires = true;
    Parameter theta = 1.0;
    Parameter beta = 1.0;  // leak, factor a tick, 0 <= beta <= 1
    Parameter v_rest = 0.0;
    Parameter v_init = 0.0;
    Parameter v_reset = 0.0;
    Comparison comparison = Comparison::at_least;
    Reset reset = Reset::subtract;
    ResetWhen reset_when = ResetWhen::at_firing;
    bool previous_reset_counts = false;
    CurrentUsed current_used = CurrentUsed::this_tick;
    SpikesPerTick spikes_per_tick = SpikesPerTick::one;
    std::optional<double> floor;
    Refractory refractory = Refractory::integrate;
    Tick refractory_ticks = 0;
    TickWindow firing_window;
    std::optional<double> reset_trace;  // d, 0 <= d <= 1; needs beta = 0
    std::vector<ReceptorSpec> receptors = {ReceptorSpec{}};
};

// A population whose packets come from a PacketSource.
struct EncoderSpec {
    bool holds_values = false;    // its packets are held (duplicate)
    bool payload_counts = false;  // its payload is a number of spikes (poisson); else a payload
                                  // other than 1 is graded
};

// A population without membrane. by_tick: the largest payload that arrives in a window. by_count:
// the rise of the largest running count in a window. Has exactly one incoming (window) projection.
struct MaxPoolSpec {
    enum class Mode { by_tick, by_count };
    Mode mode = Mode::by_tick;
};

struct PopulationSpec {
    std::string name;
    Shape shape;
    std::variant<EncoderSpec, NeuronSpec, MaxPoolSpec> kind;
    std::string origin;
};

enum class WeightType { float32, float16, bfloat16, int8, float64 };  // float64: only in code

// How a weight tensor is laid out.
//   by_index        what frameworks write. dense [targets, sources]; conv2d [out, in / groups, ky,
//   kx];
//                   sparse: rows by source index, targets by index in any order
//   rows_by_source  ready to run from where it lies, 64-byte aligned, float32 or int8. dense: row
//   of
//                   source slot s at s * pitch, targets by slot; conv2d: [in][ky][kx][out /
//                   groups], each run of out / groups padded to the pitch; pitch: see row_pitch().
//                   sparse: rows by source slot, targets ascending slots
enum class WeightLayout { by_index, rows_by_source };

// Elements from one row to the next in a rows_by_source tensor: `length` rounded up to 64 bytes.
constexpr std::uint64_t row_pitch(std::uint64_t length, std::uint64_t element_bytes) {
    const std::uint64_t step = 64 / element_bytes;
    return (length + step - 1) / step * step;
}

// int8: q in [-127, 127], weight scale * q; scales: one a tensor, or one a target (dense, sparse:
// each target neuron by index; conv2d: each output channel). Other types have no scales.
struct Weights {
    WeightType type = WeightType::float32;
    WeightLayout layout = WeightLayout::by_index;
    std::span<const std::byte> data;
    std::span<const float> scales;
    std::uint64_t count = 0;  // elements in `data`, padding included
};

struct Dense {
    Weights weights;
};

// Cross-correlation, as in PyTorch; source and target must be [C,H,W]. Pairs are [y, x].
struct Conv2d {
    std::uint32_t kernel[2] = {1, 1};
    std::uint32_t stride[2] = {1, 1};
    std::uint32_t padding[2] = {0, 0};
    std::uint32_t dilation[2] = {1, 1};
    std::uint32_t groups = 1;
    Weights weights;
};

// Rows by source: row s is targets[offsets[s] .. offsets[s + 1]). A stored zero is a synapse. A
// second synapse of the same (source, target) is refused.
struct Sparse {
    std::span<const std::uint64_t> offsets;  // [sources + 1]
    std::span<const std::uint32_t> targets;
    Weights weights;  // one a synapse, row after row
};

struct Identity {};  // index i to index i, weight 1; also flatten

struct PoolWindow {  // a max pool's incoming connection; no padding
    std::uint32_t k = 2;
    std::uint32_t stride = 0;  // 0: k
};

// A linear pool in front of the connection, which then sees the pooled shape. No padding; rows and
// columns left over at the border belong to no pooled slot. The source must be [C,H,W].
struct PoolSpec {
    enum class Kind { sum, average };
    Kind kind = Kind::average;
    std::uint32_t k = 2;
    std::uint32_t stride = 0;  // 0: k
};

struct ProjectionSpec {
    PopulationId source = 0;
    PopulationId target = 0;
    std::uint32_t receptor = 0;
    Tick delay = 0;  // >= 0; a cycle needs at least one tick in all
    std::optional<PoolSpec> pool;
    std::optional<SecondOrder> source_filter;
    std::variant<Dense, Conv2d, Sparse, Identity, PoolWindow> connection;
    std::string origin;
};

// What a population says at the end. Each is a list of float32 values, one a neuron, and a
// prediction.
struct ReadoutSpec {
    enum class Kind { spike_count, first_spike, membrane, mean_membrane };
    enum class Ties { membrane, index };

    struct Logit {                // value / T + bias
        std::optional<Tick> T;    // absent: the horizon
        std::vector<float> bias;  // empty: none; else one a neuron
    };

    std::string name;
    PopulationId population = 0;
    Kind kind = Kind::spike_count;
    Ties ties = Ties::index;  // spike_count and first_spike only
    std::optional<Logit> logit;
    std::string origin;
};

struct NetworkSpec {
    Tick horizon = 0;  // T, at least 1
    std::vector<PopulationSpec> populations;
    std::vector<ProjectionSpec> projections;
    std::vector<ReadoutSpec> readouts;
};

}  // namespace saltus
