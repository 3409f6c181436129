// A model that has a bit of everything, as text with its numbers inline.
#pragma once

#include <string>

#include "models/files/message_form.hpp"
#include "models/model.hpp"

#include "saltus/model.pb.h"

namespace saltus::tests {

inline saltus::LoadedModel load_text(const std::string& text,
                                     const std::string& origin = "m.textproto") {
    return saltus::LoadedModel::from_message(
        saltus::parse_text(std::as_bytes(std::span(text)), origin), {}, origin);
}

inline const std::string k_small_model = R"(
format_version: 1
name: "small"
horizon: 6
inputs { name: "image" shape: [1, 4, 4] divide_by: 255 mean: 0.5 deviation: 0.25 }
tensors { name: "K" shape: [2, 1, 3, 3] values: [1, -0, 0.1, 1e-40, 2, 3, 4, 5, 6,
                                                 -1, 0, 0.5, 7, 2, 3, 4, 5, 6.25] }
tensors { name: "q" type: int8 shape: [3, 8] scales: [0.5, 0.25, 2]
          values: [1, 2, 3, 4, 5, 6, 7, 8, -127, 127, 0, 1, 2, 3, 4, 5, 9, 8, 7, 6, 5, 4, 3, 2] }
tensors { name: "half" type: float16 shape: [3, 3] values: [0, 1, -2, 0.5, 65504, 5.9604645e-08, 3, 4, -0] }
tensors { name: "b" values: [0.5, -1.5] }
tensors { name: "offsets" integers: [0, 2, 2, 3] }
tensors { name: "targets" type: uint32 integers: [0, 2, 1] }
tensors { name: "sparse" values: [1, 2, 3] }
nodes { name: "conv" conv2d { weight: "K" bias: "b" padding: 1 } }
nodes { name: "relu" relu {} }
nodes { name: "code" encoder { latency { c: 2 } } }
nodes { name: "mid" shape: [2, 4, 4] population { clock: lazy beta: 0.5 receptors { bias: "b" } } }
nodes { name: "out" population { comparison: above } }
projections { source: "code" target: "mid" identity {} }
projections { source: "mid" target: "out" average_pool { k: 2 } dense { weight: "q" } }
projections { source: "out" target: "out" delay: 1 dense { weight: "half" } }
projections { source: "out" target: "out" delay: 2
              sparse { offsets: "offsets" targets: "targets" weight: "sparse" } }
readouts { name: "class" population: "out" kind: spike_count ties: membrane logit {} }
)";

}  // namespace saltus::tests
