// A recipe's layers with their shapes: what the trainer, the writer of models and the counts share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/shape.hpp"

#include "saltus/recipe.pb.h"

namespace saltus::training {

struct Stage {
    enum class Kind { linear, conv, average_pool, max_pool };
    Kind kind = Kind::linear;
    bool artificial = false;
    bool readout = false;        // the last one
    Shape input;                 // by index; a linear layer takes it flattened
    Shape output;
    std::uint32_t kernel = 1;    // conv; pools: k
    std::uint32_t padding = 0;
    std::uint32_t stride = 1;
    double prune = 0;            // share of its weights, 0 to 1
    std::string name;            // "linear1", "conv2", "pool1"; the readout: "logits"

    [[nodiscard]] bool has_weights() const { return kind == Kind::linear || kind == Kind::conv; }

    // [out, in] or [out, in, ky, kx]; empty for pools.
    [[nodiscard]] std::vector<std::int64_t> weight_shape() const;
};

// `input`: one sample's shape. `classes`: the readout must have as many units. Throws ModelError
// for layers that do not fit the input.
std::vector<Stage> plan_stages(const proto::Recipe& recipe,
                               const Shape& input,
                               std::uint64_t classes);

}  // namespace saltus::training
