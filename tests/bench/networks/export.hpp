// Writes a network's synapses, initial membranes and input trains as raw little-endian arrays, so
// that another simulator can be given the same.
#pragma once

#include <filesystem>

#include "tests/bench/networks/owned_network.hpp"

namespace saltus::bench {

// Into `directory`, which is made if missing:
//   pre_P.i32, post_P.i32         projection P's synapses, ascending source index
//   weight_P.f32                  one number: its weight
//   train_ticks_E.i32, train_indices_E.i32   encoder E's events, ascending (tick, index)
//   v_init_P.f64                  population P's initial membranes, where they are not one number
// Throws std::runtime_error if a file cannot be written.
void export_network(const OwnedNetwork& network, const std::filesystem::path& directory);

}  // namespace saltus::bench
