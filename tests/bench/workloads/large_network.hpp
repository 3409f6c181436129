// The networks of workload G: 10^9 int8 synapses in dense blocks, or a tenth of that sparse, built
// in the layout they run from, so that compiling copies nothing.
//
// Integrate-and-fire neurons of threshold 1, subtraction, initial membranes spread over [0, 1).
// Weights are uniform on -63 to 127, one scale for all, such that a layer passes on the rate it
// gets (feed-forward), or that a network multiplies the input's rate by ten (recurrent).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/network_spec.hpp"
#include "core/packet.hpp"

namespace saltus::bench {

struct LargeSize {
    std::uint32_t neurons =
        10000;                  // a layer (feed-forward), a block's side (recurrent), all (sparse)
    std::uint32_t blocks = 10;  // layers; populations; ignored (sparse)
    Tick horizon = 100;
};

class LargeNetwork {
  public:
    // `blocks` dense projections, one layer to the next; input spikes at 1 % of the neurons a tick.
    static std::unique_ptr<LargeNetwork> feed_forward(const LargeSize& size);
    // `blocks` populations, a dense projection between any two, delays of 1 to `blocks` ticks; each
    // neuron has an input of its own, which makes it fire, at 0.1 % of the ticks.
    static std::unique_ptr<LargeNetwork> recurrent(const LargeSize& size);
    // One population with `neurons` / 100 synapses a neuron, delay 1, input as above.
    static std::unique_ptr<LargeNetwork> sparse(const LargeSize& size);

    LargeNetwork(const LargeNetwork&) = delete;
    LargeNetwork& operator=(const LargeNetwork&) = delete;

    [[nodiscard]] const NetworkSpec& spec() const { return spec_; }

    [[nodiscard]] const std::vector<std::vector<Packet>>& inputs() const { return inputs_; }

    [[nodiscard]] std::uint64_t synapses() const { return synapses_; }

    // Bytes a synapse that are not its weight: targets and row starts of sparse rows.
    [[nodiscard]] double index_bytes() const { return index_bytes_; }

    // A weight of a projection, as an integer; 0 where the sparse projection has no synapse.
    [[nodiscard]] int weight(ProjectionId projection, Slot source, Slot target) const;

    [[nodiscard]] float scale() const { return scale_; }

  private:
    struct Free {
        void operator()(std::byte* bytes) const;
    };

    using AlignedBytes = std::unique_ptr<std::byte[], Free>;

    explicit LargeNetwork(Tick horizon) { spec_.horizon = horizon; }

    PopulationId add_neurons(const std::string& name, std::uint32_t neurons);
    // Bernoulli spikes drawn beforehand.
    PopulationId add_input(const std::string& name, std::uint32_t neurons, double rate);
    void add_dense(PopulationId source, PopulationId target, std::uint32_t neurons, Tick delay);
    void add_identity(PopulationId source, PopulationId target);
    std::span<std::byte> random_weights(std::uint64_t count);
    Weights weights_of(std::span<const std::byte> bytes);
    std::uint64_t word();

    NetworkSpec spec_;
    std::deque<AlignedBytes> tensors_;
    std::vector<std::vector<Packet>> inputs_;  // by encoder
    std::vector<std::uint64_t> offsets_;       // sparse
    std::vector<std::uint32_t> targets_;       // sparse
    std::uint64_t synapses_ = 0;
    double index_bytes_ = 0;
    float scale_ = 0;
    std::uint64_t random_ = 1;
};

}  // namespace saltus::bench
