// A map of what the answer leans on: each neuron of a population coloured by how much the answer's
// lead changes without it.
#pragma once

#include <span>
#include <string>

#include "core/network.hpp"
#include "models/explain/without.hpp"
#include "models/picture/picture.hpp"
#include "models/trace/trace.hpp"

namespace saltus {

// How the map is read.
struct AblationMapText {
    std::string title;  // the model and sample
    std::string unit;   // of the lead: readout_text()
};

// One panel a channel of each population that `list` has, in the population's shape: [C,H,W] as
// images, [H,W] as one, [N] in rows of 32. A cell's colour is the lead without the neuron less
// `lead`, the sample's own: orange where the answer loses, purple where it gains, white where
// nothing changes; grey cells sent nothing. Of several spikes of one neuron taken out one by one
// the one that changes most counts. Colours are ColorBrewer's PuOr (safe for colour-blind readers
// and in print), symmetric about 0, the ends at the largest change. A black frame marks a neuron
// without which the answer is another. At most 64 channels of a population and 100,000 cells are
// drawn; what is left out is said under the map.
Picture ablation_map(const Network& network,
                     std::span<const SingleAblation> list,
                     AblateEach each,
                     std::uint32_t answer,
                     double lead,
                     const AblationMapText& text);

// The value at each neuron: change of the lead, and whether the answer is another.
struct AblatedNeuron {
    bool sent = false;
    double change = 0;
    bool flips = false;
};

// [neuron] of one population; what the map draws.
std::vector<AblatedNeuron> ablated_neurons(const Network& network,
                                           PopulationId population,
                                           std::span<const SingleAblation> list,
                                           std::uint32_t answer,
                                           double lead);

// The colour of a change: PuOr over [-most, most].
Colour ablation_colour(double change, double most);

}  // namespace saltus
