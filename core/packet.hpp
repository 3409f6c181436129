// What one source fired at one tick, and where packets come from.
#pragma once

#include <vector>

#include "core/tick.hpp"

namespace saltus {

// Ascending slots, each at most once. `payloads` is empty if every payload is 1, else one a slot.
// A held packet (`held`) sets the values that its source holds from its tick on, until the next
// one: its slots are those of nonzero value, its payloads (never empty unless slots is) the values.
struct Packet {
    Tick tick = 0;
    bool held = false;
    std::vector<Slot> slots;
    std::vector<float> payloads;

    [[nodiscard]] float payload(std::size_t k) const {
        return payloads.empty() ? 1.0F : payloads[k];
    }

    void clear() {
        held = false;
        slots.clear();
        payloads.clear();
    }

    // Drops the payloads if all are 1: "payloads only if not all 1". Not for held packets.
    void drop_unit_payloads() {
        for (const float p : payloads) {
            if (p != 1.0F) {
                return;
            }
        }
        payloads.clear();
    }
};

// Gives one encoder population its packets, lazily and in strictly ascending ticks: at most one
// packet a tick, and none for a tick that has been run. It may not know where they end (a live
// stream). One sample at a time; not thread safe; one source a simulator. What breaks this contract
// fails the sample, with an error that names the population and the tick (Result::error); what
// next() throws passes through advance_to.
class PacketSource {
  public:
    PacketSource() = default;
    PacketSource(const PacketSource&) = delete;
    PacketSource& operator=(const PacketSource&) = delete;
    virtual ~PacketSource() = default;

    // Writes the next packet whose tick is at most `until` into `out` (which it clears first) and
    // returns true; returns false if there is none. Never gives an empty packet unless it is held.
    // Whatever it gave is consumed. Slots are those of the population, strictly ascending; payloads
    // are finite and, if the population's count spikes (Network::payload_counts), whole numbers
    // below 2^32 - 1. Packets are held exactly if the population holds values.
    virtual bool next(Tick until, Packet& out) = 0;
};

}  // namespace saltus
