// A model message and its tensors, said in the terms of core, encoders and front.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/network_spec.hpp"
#include "models/files/faults.hpp"
#include "models/files/tensor_store.hpp"
#include "models/model.hpp"

namespace saltus {

// How a projection reads a weight tensor: what laying it by source depends on.
struct WeightUse {
    enum class Kind { dense, conv2d, sparse };
    Kind kind = Kind::dense;
    Shape source;  // the pooled one, if there is a pool; conv2d: empty, it does not matter
    Shape target;  // likewise
    std::uint32_t groups = 1;
    bool rows_ascend = false;  // sparse: index is slot, and the targets of each row ascend

    friend bool operator==(const WeightUse&, const WeightUse&) = default;
};

struct Translation {
    std::vector<ModelInput> inputs;
    std::vector<EncoderBinding> encoders;  // in population order
    NetworkSpec network;
    // By tensor, for every projection that reads it as weights.
    std::map<const StoredTensor*, std::vector<WeightUse>> uses;
    std::set<const StoredTensor*> by_index;  // read by others too: their layout must stay
    std::vector<Shape> shapes;  // by node: a front layer's output, a population's shape
    bool finite_known = false;
};

// Views into `tensors` and the message it was made of. Everything wrong is added to `faults`; the
// result is whole only if there are none.
Translation translate(const proto::Model& model, TensorStore& tensors, Faults& faults);

// A stated window that would end after the horizon, as a fault without a path; a window without an
// end follows the horizon.
std::optional<Fault> window_beyond(const TickWindow& window, Tick horizon);

}  // namespace saltus
