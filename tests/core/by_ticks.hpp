// Runs a network layer by layer and tick by tick, and holds one against the other.
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/digest.hpp"

#include "tests/core/small_network.hpp"

namespace saltus::test {

// Digests what fires, and can ask for tick by tick.
class Witness final : public Hook {
  public:
    Witness(std::size_t populations, bool watches) : digest(populations), watches_(watches) {}

    void on_packet(PopulationId population, const Packet& packet) override {
        digest.on_packet(population, packet);
    }

    [[nodiscard]] bool watches_ticks() const override { return watches_; }

    DigestHook digest;

  private:
    bool watches_;
};

struct Outcome {
    Digest digest;
    Counts counts;
    std::string error;
};

inline Outcome run(const Network& network, const std::vector<Packet>& packets, bool by_ticks) {
    Simulator simulator(network);
    Witness witness(network.population_count(), by_ticks);
    simulator.set_hook(&witness);
    GivenPackets source(packets);
    PacketSource* const sources[] = {&source};
    simulator.begin(sources);
    for (const Tick piece : {network.horizon() / 3, network.horizon() / 3 + 1, network.horizon()}) {
        simulator.advance_to(piece - 1);
    }
    const Result result = simulator.finish();
    return {witness.digest.sample(result.readouts),
            result.counts,
            result.error ? result.error->text : ""};
}

inline Outcome hold(const NetworkSpec& spec, const std::vector<Packet>& packets) {
    const Network network = compile(spec);
    const Outcome stretch = run(network, packets, false);
    const Outcome ticks = run(network, packets, true);
    CHECK(stretch.error == ticks.error);
    if (!stretch.error.empty()) {
        return stretch;  // some populations have run further than others
    }
    CHECK(stretch.digest == ticks.digest);
    CHECK(stretch.counts.populations == ticks.counts.populations);
    CHECK(stretch.counts.projections == ticks.counts.projections);
    return stretch;
}

}  // namespace saltus::test
