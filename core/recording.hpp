// Everything that was sent during one sample, by population: what explanations are made from.
#pragma once

#include <vector>

#include "core/hook.hpp"

namespace saltus {

// The payload that a packet of spikes has for a slot; 0: the slot is not in it, or its values are
// held. Cost: a binary search.
[[nodiscard]] float payload_of(const Packet& packet, Slot slot);

// Packets in ascending ticks, those that an encoder holds among them. Memory: 4 bytes a spike, 8
// with a payload, and about 60 a packet.
struct Recording {
    std::vector<std::vector<Packet>> packets;  // [population]

    // The packet that a population fired at a tick, or nullptr. Cost: a binary search.
    [[nodiscard]] const Packet* at(PopulationId population, Tick tick) const;
    // The payload of one neuron's spike at a tick; 0: it did not fire.
    [[nodiscard]] float payload(PopulationId population, Slot slot, Tick tick) const;
};

// Collects a Recording while a sample runs: simulator.set_hook(&hook) before begin, take() after
// finish.
class RecordingHook final : public Hook {
  public:
    explicit RecordingHook(std::size_t populations) { recording_.packets.resize(populations); }

    void on_packet(PopulationId population, const Packet& packet) override;
    void on_held(PopulationId population, const Packet& packet) override;

    // What was collected since the last take().
    [[nodiscard]] Recording take();

  private:
    Recording recording_;
};

}  // namespace saltus
