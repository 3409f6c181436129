#include "core/deliver/silencer.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus::detail {

template <class Real>
Silencer::Silencer(std::span<const Silenced> silenced, const CompiledNetwork<Real>& network) {
    for (const Silenced& wanted : silenced) {
        if (wanted.population >= network.populations.size()) {
            throw InputError("silenced",
                             fmt::format("population {}", wanted.population),
                             fmt::format("one of {} populations", network.populations.size()));
        }
        const CompiledPopulation<Real>& population = network.populations[wanted.population];
        Entry entry{wanted.population, std::nullopt, wanted.tick};
        if (wanted.neuron) {
            if (*wanted.neuron >= population.neurons) {
                throw InputError("silenced",
                                 fmt::format("{}[{}]", population.spec.name, *wanted.neuron),
                                 fmt::format("one of its {} neurons", population.neurons));
            }
            entry.slot = population.spec.shape.slot_of(*wanted.neuron);
        }
        entries_.push_back(entry);
    }
}

void Silencer::take_out_all(PopulationId population, Packet& packet) const {
    for (const Entry& entry : entries_) {
        if (entry.population != population || (entry.tick && *entry.tick != packet.tick)) {
            continue;
        }
        std::size_t kept = 0;
        for (std::size_t k = 0; entry.slot && k < packet.slots.size(); ++k) {
            if (packet.slots[k] == *entry.slot) {
                continue;
            }
            packet.slots[kept] = packet.slots[k];
            if (!packet.payloads.empty()) {
                packet.payloads[kept] = packet.payloads[k];
            }
            ++kept;
        }
        packet.slots.resize(kept);
        packet.payloads.resize(packet.payloads.empty() ? 0 : kept);
    }
    if (!packet.held) {
        packet.drop_unit_payloads();
    }
}

template Silencer::Silencer(std::span<const Silenced>, const CompiledNetwork<float>&);
template Silencer::Silencer(std::span<const Silenced>, const CompiledNetwork<double>&);

}  // namespace saltus::detail
