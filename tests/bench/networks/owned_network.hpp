// A network spec together with the arrays that its spans lead to, and the packets its encoders
// send.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/network_spec.hpp"
#include "core/packet.hpp"

namespace saltus::bench {

// Rows by source index. Either one weight a synapse, or `weight` for all of them.
struct OwnedSynapses {
    std::vector<std::uint64_t> offsets = {0};  // [sources + 1]
    std::vector<std::uint32_t> targets;
    double weight = 0;

    void end_row() { offsets.push_back(targets.size()); }
};

// Movable, not copyable: the spec's spans lead into the vectors' memory.
struct OwnedNetwork {
    NetworkSpec spec;
    std::vector<OwnedSynapses> synapses;       // by projection
    std::vector<std::vector<double>> weights;  // by projection, one a synapse
    std::vector<std::vector<Packet>> trains;   // by encoder: ascending ticks
    double tick_seconds = 0;

    OwnedNetwork() = default;
    OwnedNetwork(OwnedNetwork&&) = default;
    OwnedNetwork& operator=(OwnedNetwork&&) = default;
    OwnedNetwork(const OwnedNetwork&) = delete;
    OwnedNetwork& operator=(const OwnedNetwork&) = delete;
    ~OwnedNetwork() = default;

    // Adds a sparse projection of these synapses.
    void connect(PopulationId source,
                 PopulationId target,
                 std::uint32_t receptor,
                 Tick delay,
                 OwnedSynapses from);
};

// Gives packets that are known beforehand. Can be rewound for another run.
class PacketTrain final : public PacketSource {
  public:
    explicit PacketTrain(std::span<const Packet> packets) : packets_(packets) {}

    bool next(Tick until, Packet& out) override;

    void rewind() { read_ = 0; }

  private:
    std::span<const Packet> packets_;
    std::size_t read_ = 0;
};

// Numbers that depend on the seed alone, on every machine and compiler: SplitMix64 (Steele, Lea,
// Flood, 2014).
class SeededStream {
  public:
    explicit SeededStream(std::uint64_t seed) : state_(seed) {}

    std::uint64_t word();
    double unit();    // [0, 1), multiples of 2^-53
    double normal();  // mean 0, deviation 1 (Box, Muller, 1958)

  private:
    std::uint64_t state_;
};

}  // namespace saltus::bench
