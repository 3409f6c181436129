// What arrives at each node of a NIR graph, and the shapes of its populations. Internal to
// models/interchange/nir.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/tick.hpp"
#include "models/interchange/nir/nir_file.hpp"
#include "models/interchange/nir/nir_path.hpp"

namespace saltus::detail {

// A shape as populations have it: [C, L] is [C, 1, L], a scalar one neuron.
std::vector<std::uint64_t> population_shape(std::vector<std::uint64_t> shape);

// Throws ModelError naming file and node: loops of nodes without state, shapes that nobody states
// or that do not fit. Each node's sum is put together once.
class NirSums {
  public:
    NirSums(const NirGraph& graph, std::string file);

    // Of an input or a population: what was set, else what its own numbers say, else what arrives.
    std::vector<std::uint64_t> shape_of(std::size_t node);
    void set_shape(std::size_t node, std::vector<std::uint64_t> shape);

    // Of a population or an output, over all its edges.
    NirSum arriving(std::size_t node);

    // Nodes without state that lie on the way to something.
    [[nodiscard]] const std::map<std::size_t, NirSum>& stateless() const { return stateless_; }

  private:
    NirSum leaving(std::size_t node);

    const NirGraph& graph_;
    const std::string file_;
    std::vector<std::vector<std::size_t>> before_;  // by node: where its edges come from
    std::map<std::size_t, std::vector<std::uint64_t>> shapes_;
    std::map<std::size_t, NirSum> stateless_;
    std::set<std::size_t> asked_;
};

// Delays in ticks, one or one a source, by population and path.
using NirDelays = std::map<std::pair<std::size_t, std::size_t>, std::vector<Tick>>;

// The paths of a graph's populations (by node), each delay the nearest whole number of ticks. Of
// populations that reach each other within a tick, what closes the loop takes one tick more: paths
// are followed from inputs, then in the file's order, and one that comes back to a population whose
// targets are being looked at closes it. What was rounded or closes a loop is added to `notes`.
NirDelays nir_delays(const NirGraph& graph,
                     const std::map<std::size_t, NirSum>& sums,
                     double tick,
                     std::vector<std::string>& notes);

// One path's; `tick`: seconds.
std::vector<Tick> ticks_of_path(const NirPath& path, double tick, std::vector<std::string>& notes);

}  // namespace saltus::detail
