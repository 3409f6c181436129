// Addresses of spikes, as people write them: NAME[i]@t, NAME[c,y,x]@t, NAME[i], NAME.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/network.hpp"
#include "core/simulator.hpp"

namespace saltus {

// What an address names: a whole population, a neuron of it, or one of its spikes.
struct Address {
    PopulationId population = 0;
    std::optional<NeuronIndex> neuron;
    std::optional<Tick> tick;

    friend bool operator==(const Address&, const Address&) = default;
};

// Throws InputError, headed by `option`: bad form, a name that does not exist (all names are
// listed), a neuron or tick out of range.
Address parse_address(std::string_view text, const Network& network, const std::string& option);

// "hidden[37]@5", by index; [C,H,W] too.
std::string address_text(const Network& network,
                         PopulationId population,
                         NeuronIndex neuron,
                         Tick tick);
std::string address_text(const Network& network, PopulationId population, NeuronIndex neuron);

}  // namespace saltus
