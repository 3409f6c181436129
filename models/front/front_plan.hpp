// What Front holds: the primitives in order with their prepared weights. Internal to this folder.
//
// Activations [C,H,W] lie channel last between layers (what kernels want, and what is counted
// easily); any other shape row-major. Flatten only renames: the numbers stay where they are, and a
// dense layer behind it has its columns laid accordingly when it is prepared.
#pragma once

#include <vector>

#include "models/front/front.hpp"
#include "models/front/onednn.hpp"

namespace saltus {

// How one layer's input or output lies in memory.
struct FrontLayout {
    Shape shape;  // as it lies: [C,H,W] channel last, else row-major

    [[nodiscard]] bool is_row_major() const {
        return !shape.is_chw() || shape.channels() == 1 || shape.height() * shape.width() == 1;
    }

    [[nodiscard]] onednn::Desc desc() const;
};

// MACs of one input element, if it is not zero: rows[y] * columns[x] * channels.
struct FrontMacs {
    std::uint64_t dense = 0;
    std::uint64_t channels = 0;          // 0: the layer multiplies nothing
    std::vector<std::uint64_t> rows;     // dense layers: {1}
    std::vector<std::uint64_t> columns;  // dense layers: {1}
    // Of each input element, as it lies, how many of its weights are zero; empty: of none.
    std::vector<std::uint32_t> zero_weights;

    // in: the layer's input as it lies.
    [[nodiscard]] std::uint64_t of_nonzero(const FrontLayout& layout,
                                           std::span<const float> in) const;

    // Those of inputs that are not zero by weights that are.
    [[nodiscard]] std::uint64_t of_zero_weights(std::span<const float> in) const;
};

struct FrontStep {
    dnnl::primitive primitive;
    bool in_place = false;      // writes over its input
    bool counts_zeros = false;  // ReLU, sigmoid
    bool renames = false;       // flatten: nothing to run
    FrontLayout in;
    FrontLayout out;
    onednn::Desc scratchpad;
    dnnl::memory weights;  // bias layers: the bias, as a second operand
    dnnl::memory bias;
    FrontMacs macs;
};

struct Front::Plan {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    Shape input;
    std::vector<Shape> shapes;  // of each layer's output
    std::vector<FrontStep> steps;
    FrontLayout first;        // the input as it lies
    FrontLayout last;         // the output as it lies
    std::size_t largest = 0;  // elements of the largest activation
    std::size_t scratchpad_bytes = 0;
};

}  // namespace saltus
