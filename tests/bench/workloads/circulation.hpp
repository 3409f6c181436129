// The network of workload H: populations that pass a constant charge round and round, by
// projections of very different delays.
//
// Integrate-and-fire neurons of threshold 1, subtraction, no leak; every weight is 1/8 and every
// neuron has eight synapses. So a spike takes 1 off a membrane and gives 1 to others, all numbers
// are dyadic and exact, and the charge on membranes plus the charge on its way is what was given.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "core/network_spec.hpp"
#include "core/packet.hpp"
#include "core/simulator.hpp"

namespace saltus::bench {

inline constexpr Tick k_longest_delay = 10000;

struct Firing {
    Tick tick = 0;
    PopulationId population = 0;
    std::uint32_t spikes = 0;
};

class Circulation {
  public:
    // A projection as its source sees it.
    struct Way {
        PopulationId target;
        Tick delay;
    };

    explicit Circulation(Tick horizon);
    // The spec looks into the members.
    Circulation(const Circulation&) = delete;
    Circulation& operator=(const Circulation&) = delete;

    [[nodiscard]] const NetworkSpec& spec() const { return spec_; }

    // By encoder: what it sends in the first 10,000 ticks.
    [[nodiscard]] const std::vector<std::vector<Packet>>& inputs() const { return inputs_; }

    [[nodiscard]] std::span<const Way> ways(PopulationId source) const { return ways_[source]; }

    // Initial membranes and all input.
    [[nodiscard]] double charge_given() const;
    // Membranes after the last tick, and what the firings (ascending ticks) sent beyond it.
    [[nodiscard]] double charge_after(std::span<const Firing> firings,
                                      const Simulator& simulator) const;
    // Packets fired before `tick` that have not arrived everywhere.
    [[nodiscard]] std::uint64_t packets_pending(std::span<const Firing> firings, Tick tick) const;

  private:
    struct Rows {
        std::vector<std::uint64_t> offsets;
        std::vector<std::uint32_t> targets;
    };

    void connect(PopulationId source, PopulationId target, std::uint32_t sources, Tick delay);
    std::uint64_t draw(std::uint64_t below);

    NetworkSpec spec_;
    std::deque<Rows> rows_;
    std::vector<float> eighths_;
    std::vector<std::vector<Packet>> inputs_;
    std::vector<std::vector<Way>> ways_;  // by source
    std::uint64_t random_ = 1;
};

}  // namespace saltus::bench
