// The network of workloads A and F: MNIST 784-500-500-10, integrate-and-fire, threshold 1,
// subtraction, trained (weights/workload_a).
#pragma once

#include <filesystem>

#include "tests/bench/workloads/layered_network.hpp"

namespace saltus::bench {

inline constexpr std::uint32_t k_mlp_widths[] = {784, 500, 500, 10};

// `weights`: the folder that holds workload_a/. Throws InputError for files that are not there.
LayeredNetwork mnist_mlp(const std::filesystem::path& weights, WeightForm form, Tick horizon);

}  // namespace saltus::bench
