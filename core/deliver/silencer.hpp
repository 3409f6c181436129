// Takes silenced spikes out of packets where they are fired. Internal to core.
#pragma once

#include <span>
#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/packet.hpp"
#include "core/simulator.hpp"

namespace saltus::detail {

class Silencer {
  public:
    Silencer() = default;

    // Throws InputError for a population or neuron that does not exist.
    template <class Real>
    Silencer(std::span<const Silenced> silenced, const CompiledNetwork<Real>& network);

    [[nodiscard]] bool empty() const { return entries_.empty(); }

    // Takes out of the packet what is silenced at its tick. Cost: nothing where nothing is silenced,
    // else the packet's slots once an entry of its population.
    void take_out(PopulationId population, Packet& packet) const {
        if (!entries_.empty()) {
            take_out_all(population, packet);
        }
    }

  private:
    struct Entry {
        PopulationId population = 0;
        std::optional<Slot> slot;
        std::optional<Tick> tick;
    };

    void take_out_all(PopulationId population, Packet& packet) const;

    std::vector<Entry> entries_;
};

}  // namespace saltus::detail
