// The models that make_models builds, one function each. All read the trained weights from a folder
// of .npy arrays as PyTorch lays them: [out, in], [out, in, ky, kx].
#pragma once

#include <filesystem>

#include "models/model.hpp"

namespace examples {

enum class Coding { duplicate, latency, bernoulli };

// MNIST 784 - [ReLU 500] - coding - [IF 500] - 10 integrators.
saltus::LoadedModel mnist_hybrid(const std::filesystem::path& weights, Coding coding);

// Fully spiking MNIST networks 784 - 500 - 500 - 10 with few synaptic operations; duplicate or
// latency.
saltus::LoadedModel mnist_sparse(const std::filesystem::path& weights, Coding coding);

// A: MNIST 784 - 500 - 500 - 10, given spikes. B: a convolutional network with average pools.
saltus::LoadedModel workload_a(const std::filesystem::path& weights);
saltus::LoadedModel workload_b(const std::filesystem::path& weights);

}  // namespace examples
