// One neuron's membrane at every tick of a recorded sample, bit for bit, by the update rule's plain
// form and from what its sources sent. Internal to core: ledger.hpp is what people ask.
#pragma once

#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/recording.hpp"

namespace saltus::detail {

// What the rule made of the neuron at one tick.
struct ReplayedTick {
    bool updated = false;  // false: a lazy clock did not look, and the rest says nothing
    bool floored = false;  // the floor bit: v is the floor
    float h = 0;           // the membrane that is tested (step 4)
    float v = 0;           // what is left after reset and floor
};

// Ticks 0 to `last` of a stepped or lazy population's neuron, from a fresh start. Throws
// InternalError if the neuron fires otherwise than it was recorded: the recording is of another
// network. Cost: a pass over the packets that arrive; memory: 12 bytes a tick.
std::vector<ReplayedTick> replay_neuron(const CompiledNetwork<float>& network,
                                        const Recording& recording,
                                        PopulationId population,
                                        Slot slot,
                                        Tick last);

}  // namespace saltus::detail
