// The artificial front: dense, conv2d, bias, ReLU, sigmoid, pools and flatten by oneDNN, run one
// frame at a time on one thread. Weights are prepared once and shared; each worker owns one memory
// plan. Only models/front/*.cpp include oneDNN; this header does not.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/shape.hpp"

namespace saltus {

// Layers in order; each takes the shape the one before gives. Weights by index, as PyTorch writes
// them.
struct FrontDense {
    std::uint32_t outputs = 0;
    std::span<const float> weight = {};  // [outputs, inputs]; the input is flattened row-major
    std::span<const float> bias = {};    // empty, or [outputs]
};

struct FrontConv2d {
    std::uint32_t out_channels = 0;
    std::uint32_t kernel[2] = {1, 1};
    std::uint32_t stride[2] = {1, 1};
    std::uint32_t padding[2] = {0, 0};
    std::uint32_t dilation[2] = {1, 1};
    std::uint32_t groups = 1;
    std::span<const float> weight = {};  // [out, in / groups, ky, kx]
    std::span<const float> bias = {};    // empty, or [out]
};

struct FrontBias {
    std::span<const float> bias = {};  // one a channel ([C,H,W]) or one an element
};

struct FrontRelu {};

struct FrontSigmoid {};

struct FrontPool {
    enum class Kind { max, average };
    Kind kind = Kind::max;
    std::uint32_t k = 2;
    std::uint32_t stride = 0;  // 0: k; no padding
};

struct FrontFlatten {};

struct FrontLayer {
    std::string name;
    std::variant<FrontDense,
                 FrontConv2d,
                 FrontBias,
                 FrontRelu,
                 FrontSigmoid,
                 FrontPool,
                 FrontFlatten>
        kind;
    std::string origin;
};

struct FrontSpec {
    Shape input;
    std::vector<FrontLayer> layers;  // may be empty: the input passes through
};

// Multiply-accumulates of one frame: dense, with inputs of zero skipped, and effective: with
// weights of zero skipped too.
struct FrontCounts {
    std::uint64_t macs = 0;
    std::uint64_t macs_nonzero = 0;
    std::uint64_t macs_effective = 0;
};

// What a layer's output looked like, for activation sparsity (ReLU and sigmoid layers).
struct FrontLayerCounts {
    std::uint64_t outputs = 0;
    std::uint64_t zero_outputs = 0;
    std::uint64_t macs = 0;
    std::uint64_t macs_nonzero = 0;
    std::uint64_t macs_effective = 0;
};

// Immutable; shared by threads. Throws ModelError (all faults) for shapes that do not fit, sizes
// out of range or weights that are not finite.
class Front {
  public:
    explicit Front(const FrontSpec& spec);
    ~Front();
    Front(Front&&) noexcept;

    [[nodiscard]] const Shape& output() const;
    [[nodiscard]] std::size_t layer_count() const;
    [[nodiscard]] const Shape& layer_output(std::size_t layer) const;

    struct Plan;

  private:
    friend class FrontWorker;
    std::unique_ptr<Plan> plan_;
};

// One a thread: its own buffers. run() is deterministic: the same input gives the same bits alone,
// in a run and on any thread of one processor.
class FrontWorker {
  public:
    explicit FrontWorker(const Front& front);
    ~FrontWorker();
    FrontWorker(FrontWorker&&) noexcept;

    // input: one frame, row-major by index. Returns a view of the output, by index, valid until the
    // next run.
    std::span<const float> run(std::span<const float> input);

    [[nodiscard]] const FrontCounts& counts() const;                          // of the last run
    [[nodiscard]] const std::vector<FrontLayerCounts>& layer_counts() const;  // of the last run

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace saltus
