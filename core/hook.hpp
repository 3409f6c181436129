// What watches a sample while it runs (Simulator::set_hook): the packets that are fired, the values
// that encoders hold, and, if it wants, the end of every tick.
#pragma once

#include "core/packet.hpp"
#include "core/tick.hpp"

namespace saltus {

// Sees what happens. Packets of one population come in ascending ticks; different populations may
// interleave in any way that keeps that. A hook that watches ticks forces the tick-by-tick
// schedule. Which packets of a sample that fails are shown before it does depends on the schedule:
// drop them (Result::error).
class Hook {
  public:
    Hook() = default;
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;
    virtual ~Hook() = default;

    // A packet was fired by a population (encoders and max pools too). Held packets are not spikes
    // and are not shown.
    virtual void on_packet(PopulationId population, const Packet& packet) = 0;

    // An encoder set the values that it holds from packet.tick on.
    virtual void on_held(PopulationId /*population*/, const Packet& /*packet*/) {}

    // True: after_tick is called.
    [[nodiscard]] virtual bool watches_ticks() const { return false; }

    // After every tick at which a population was woken. Return false to stop the run after this
    // tick; the result equals the full run cut there.
    virtual bool after_tick(Tick /*tick*/) { return true; }
};

}  // namespace saltus
