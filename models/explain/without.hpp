// What a sample would have been without some of its spikes: exact replays, compared with the sample
// as it was.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "models/explain/sample_replayer.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus {

// A spike that one of two runs of a sample has and the other has not, or has with another payload.
struct SpikeChange {
    PopulationId population = 0;
    NeuronIndex neuron = 0;
    Tick tick = 0;
    float before = 0;  // payload in the first run; 0: none
    float after = 0;   // in the second

    friend bool operator==(const SpikeChange&, const SpikeChange&) = default;
};

// Everything that differs between two runs of one network, by population, then (tick, slot). Held
// values are no spikes. Cost: a pass over both.
std::vector<SpikeChange> changes_between(const Network& network,
                                         const Recording& before,
                                         const Recording& after);

// True if the entry takes this spike out.
bool silences(const Silenced& entry, PopulationId population, NeuronIndex neuron, Tick tick);

struct Ablation {
    ReplayedSample replay;             // the sample without what was silenced
    std::vector<SpikeChange> silenced;  // what was taken out
    std::vector<SpikeChange> changes;   // what else changed
};

Ablation run_without(SampleReplayer& replayer,
                     const ReplayedSample& whole,
                     std::span<const Silenced> silenced);

// One spike (or neuron) of a sample taken out alone.
struct SingleAblation {
    Silenced silenced;
    std::uint32_t prediction = 0;
    double lead = 0;            // of the sample's own answer over the best other; below 0: it lost
    std::uint64_t changes = 0;  // spikes that changed elsewhere
};

enum class AblateEach { spike, neuron };

// Which spikes are taken out in turn.
struct AblationScope {
    std::vector<PopulationId> populations;  // empty: all
    TickRange ticks;                        // of spikes; a neuron is taken out at all ticks

    [[nodiscard]] bool holds(const Silenced& entry) const;
};

// Every spike (neuron that fires) of the sample within the scope silenced in turn, encoders', max pools' and the
// output's too, by population, then (tick, slot) or index. `stop`: polled between replays; once
// true, what is done so far is returned. Cost: a replay each.
std::vector<SingleAblation> run_without_each(SampleReplayer& replayer,
                                             const ReplayedSample& whole,
                                             AblateEach each,
                                             const AblationScope& scope = {},
                                             const std::function<bool()>& stop = {});

// A small set of spikes whose removal changes the first readout's prediction. Greedy: spikes are
// ranked by what the answer's lead loses without each alone, and taken out in that order until the
// answer changes; then those that turn out not to be needed are put back, each tried once. Another
// set may be smaller. Cost: a replay a spike within the scope, and two for each of the set.
struct Flip {
    bool found = false;
    std::vector<Silenced> spikes;
    std::uint32_t prediction = 0;  // without them
    std::uint64_t replays = 0;
};

// `most`: give up beyond so many spikes. Spikes of the population that is read are left alone.
Flip find_flip(SampleReplayer& replayer,
               const ReplayedSample& whole,
               std::size_t most,
               const AblationScope& scope = {},
               const std::function<bool()>& stop = {});

}  // namespace saltus
