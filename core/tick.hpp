// Time and the names of things: plain integers, one meaning each.
#pragma once

#include <cstdint>

namespace saltus {

// A 64-bit count of ticks from the start of a sample, 0 to T - 1. The length of a tick in seconds
// is for people and files; the engine never computes with it.
using Tick = std::int64_t;

// A neuron's place in the declared shape, row-major ([C,H,W]: channel first). People, files,
// exports and random keys use it.
using NeuronIndex = std::uint32_t;

// A neuron's place in memory: (y W + x) C + c for [C,H,W] (channel last), else the index. Packets,
// kernels, order of addition and traces use it. See shape.hpp.
using Slot = std::uint32_t;

// A population's or projection's place in its NetworkSpec, which is its number everywhere.
using PopulationId = std::uint32_t;
using ProjectionId = std::uint32_t;

// The longest zero-delay path, counted in projections, that ends at a population.
using Level = std::uint32_t;

}  // namespace saltus
