// From a packet source to fired packets: asking for them, and what a source may not give.
#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "core/engine/engine.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

// Asks an encoder's source for its next packet and schedules it.
template <class Real>
void Engine<Real>::fetch(PopulationId id, Tick until) {
    read(id, until);
    push_read(id);
}

template <class Real>
void Engine<Real>::push_read(PopulationId id) {
    if (populations_[id].fetched) {
        push(id, populations_[id].history.open().tick);
    }
}

// Asks for it; it waits as the open one of the encoder's history.
template <class Real>
void Engine<Real>::read(PopulationId id, Tick until) {
    Live& live = populations_[id];
    Packet& packet = live.history.start();
    live.fetched = live.source->next(until, packet);
    if (!live.fetched || (packet.tick > now_ && packet.tick <= until)) {
        return;
    }
    live.fetched = false;
    fail_source(
        id,
        std::max<Tick>(now_, 0),
        packet.tick > until
            ? fmt::format(
                  "got a packet of tick {}, need one of tick {} or before", packet.tick, until)
            : fmt::format("got a packet of tick {}, need one of tick {} or later: ticks "
                          "ascend, with one packet each at most",
                          packet.tick,
                          now_ + 1));
}

namespace {

// A number of spikes that a count holds: below 2^32 - 1.
bool is_count(float payload) {
    return payload >= 0 && payload < static_cast<float>(k_too_many_spikes) &&
           std::trunc(payload) == payload;
}

// Whether a slot may be out of range or order, or a payload not what it must be.
bool may_be_faulty(const Packet& packet, std::uint32_t neurons, bool counts) {
    const std::vector<Slot>& slots = packet.slots;
    bool fault = !slots.empty() && slots.back() >= neurons;
    fault |= !kernels().ascend(slots.data(), slots.size());
    for (const float payload : packet.payloads) {
        fault |= !std::isfinite(payload) || (counts && !is_count(payload));
    }
    return fault;
}

// What is wrong with a packet as a whole; empty: nothing.
std::string fault_of(const Packet& packet, const EncoderSpec& encoder) {
    if (packet.held != encoder.holds_values) {
        return packet.held ? "got held values, need spikes: the encoder does not hold values"
                           : "got spikes, need held values: the encoder holds values";
    }
    const std::size_t slots = packet.slots.size();
    const std::size_t payloads = packet.payloads.size();
    if (payloads == slots || (payloads == 0 && !packet.held)) {
        return {};
    }
    return fmt::format("got {} payloads for {} slots, need {}",
                       payloads,
                       slots,
                       packet.held ? "a value each" : "one a slot, or none");
}

}  // namespace

template <class Real>
void Engine<Real>::encode(PopulationId id) {
    if (!accept(id)) {
        return;
    }
    if (populations_[id].history.open().held) {
        hold(id);
    } else {
        fire(id);
    }
    fetch(id, until_);
}

// Whether what an encoder's source gave may be fired.
template <class Real>
bool Engine<Real>::accept(PopulationId id) {
    const Packet& packet = populations_[id].history.open();
    const CompiledPopulation<Real>& population = network_.populations[id];
    const auto& encoder = std::get<EncoderSpec>(population.spec.kind);
    const bool counts = encoder.payload_counts;
    if (std::string fault = fault_of(packet, encoder); !fault.empty()) {
        fail_source(id, packet.tick, fault);
        return false;
    }
    const bool faulty = may_be_faulty(packet, population.neurons, counts);
    for (std::size_t k = 0; faulty && k < packet.slots.size(); ++k) {
        const Slot slot = packet.slots[k];
        const float payload = packet.payload(k);
        if (slot >= population.neurons) {
            fail_source(id,
                        packet.tick,
                        fmt::format("got slot {}, need slots below {}", slot, population.neurons));
        } else if (k > 0 && slot <= packet.slots[k - 1]) {
            fail_source(id,
                        packet.tick,
                        fmt::format("got slot {} behind slot {}, need ascending slots, each once",
                                    slot,
                                    packet.slots[k - 1]));
        } else if (!std::isfinite(payload)) {
            fail(id,
                 slot,
                 packet.tick,
                 fmt::format("payload got {}, need a finite number", payload));
        } else if (counts && !is_count(payload)) {
            fail(id,
                 slot,
                 packet.tick,
                 fmt::format("payload got {}, need a whole number of spikes below 2^32 - 1",
                             payload));
        }
        if (error_) {
            return false;
        }
    }
    return true;
}

// A fault of a source, not of one neuron.
template <class Real>
void Engine<Real>::fail_source(PopulationId id, Tick t, const std::string& what) {
    const std::string& name = network_.populations[id].spec.name;
    error_ = SampleError{id, 0, t, fmt::format("{}@{}: {}", name, t, what)};
}

template void Engine<float>::fetch(PopulationId, Tick);
template void Engine<float>::push_read(PopulationId);
template void Engine<float>::read(PopulationId, Tick);
template void Engine<float>::encode(PopulationId);
template bool Engine<float>::accept(PopulationId);
template void Engine<float>::fail_source(PopulationId, Tick, const std::string&);
template void Engine<double>::fetch(PopulationId, Tick);
template void Engine<double>::push_read(PopulationId);
template void Engine<double>::read(PopulationId, Tick);
template void Engine<double>::encode(PopulationId);
template bool Engine<double>::accept(PopulationId);
template void Engine<double>::fail_source(PopulationId, Tick, const std::string&);

}  // namespace saltus::detail
