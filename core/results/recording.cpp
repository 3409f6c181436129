#include "core/recording.hpp"

#include <algorithm>
#include <utility>

namespace saltus {

float payload_of(const Packet& packet, Slot slot) {
    const auto found = std::lower_bound(packet.slots.begin(), packet.slots.end(), slot);
    if (packet.held || found == packet.slots.end() || *found != slot) {
        return 0;
    }
    return packet.payload(static_cast<std::size_t>(found - packet.slots.begin()));
}

const Packet* Recording::at(PopulationId population, Tick tick) const {
    const std::vector<Packet>& list = packets[population];
    const auto found =
        std::lower_bound(list.begin(), list.end(), tick, [](const Packet& packet, Tick t) {
            return packet.tick < t;
        });
    return found != list.end() && found->tick == tick ? &*found : nullptr;
}

float Recording::payload(PopulationId population, Slot slot, Tick tick) const {
    const Packet* const packet = at(population, tick);
    return packet == nullptr ? 0 : payload_of(*packet, slot);
}

void RecordingHook::on_packet(PopulationId population, const Packet& packet) {
    recording_.packets[population].push_back(packet);
}

void RecordingHook::on_held(PopulationId population, const Packet& packet) {
    recording_.packets[population].push_back(packet);
}

Recording RecordingHook::take() {
    Recording taken;
    taken.packets.resize(recording_.packets.size());
    std::swap(taken, recording_);
    return taken;
}

}  // namespace saltus
