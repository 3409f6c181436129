#include "models/explain/without.hpp"

#include <algorithm>
#include <set>

#include "models/trace/answer_lead.hpp"
#include "models/trace/stream_difference.hpp"

namespace saltus {

namespace {

StreamTrace stream_of(const std::vector<Packet>& packets) {
    StreamTrace stream;
    for (const Packet& packet : packets) {
        stream.add(packet);
    }
    return stream;
}

// The lead of an answer by the first readout.
double lead_in(const Network& network, const ReadoutResult& readout, std::uint32_t answer) {
    return answer_lead(network.readout(0).kind, readout.values, answer);
}

std::vector<Silenced> every_spike(const Network& network, const Recording& recording) {
    std::vector<Silenced> all;
    for (PopulationId id = 0; id < recording.packets.size(); ++id) {
        for (const Packet& packet : recording.packets[id]) {
            for (std::size_t k = 0; !packet.held && k < packet.slots.size(); ++k) {
                all.push_back(
                    {id, network.population(id).shape.index_of(packet.slots[k]), packet.tick});
            }
        }
    }
    return all;
}

std::vector<Silenced> every_neuron(const Network& network, const Recording& recording) {
    std::vector<Silenced> all;
    for (PopulationId id = 0; id < recording.packets.size(); ++id) {
        std::set<NeuronIndex> neurons;
        for (const Packet& packet : recording.packets[id]) {
            for (const Slot slot : packet.slots) {
                neurons.insert(network.population(id).shape.index_of(slot));
            }
        }
        for (const NeuronIndex neuron : neurons) {
            all.push_back({id, neuron, std::nullopt});
        }
    }
    return all;
}

}  // namespace

std::vector<SpikeChange> changes_between(const Network& network,
                                         const Recording& before,
                                         const Recording& after) {
    std::vector<SpikeChange> out;
    for (PopulationId id = 0; id < before.packets.size(); ++id) {
        const Shape& shape = network.population(id).shape;
        detail::for_each_difference(
            stream_of(before.packets[id]),
            stream_of(after.packets[id]),
            [&](Tick tick, Slot slot, float fired_before, float fired_after) {
                out.push_back({id, shape.index_of(slot), tick, fired_before, fired_after});
            });
    }
    return out;
}

bool silences(const Silenced& entry, PopulationId population, NeuronIndex neuron, Tick tick) {
    return entry.population == population && entry.neuron.value_or(neuron) == neuron &&
           entry.tick.value_or(tick) == tick;
}

bool AblationScope::holds(const Silenced& entry) const {
    return (populations.empty() || std::find(populations.begin(),
                                             populations.end(),
                                             entry.population) != populations.end()) &&
           (!entry.tick || ticks.holds(*entry.tick));
}

Ablation run_without(SampleReplayer& replayer,
                     const ReplayedSample& whole,
                     std::span<const Silenced> silenced) {
    Ablation out;
    out.replay = replayer.run(whole.number, silenced);
    for (const SpikeChange& change :
         changes_between(replayer.pipeline().network(), whole.recording, out.replay.recording)) {
        const bool taken =
            std::any_of(silenced.begin(), silenced.end(), [&](const Silenced& entry) {
                return silences(entry, change.population, change.neuron, change.tick);
            });
        (taken ? out.silenced : out.changes).push_back(change);
    }
    return out;
}

std::vector<SingleAblation> run_without_each(SampleReplayer& replayer,
                                             const ReplayedSample& whole,
                                             AblateEach each,
                                             const AblationScope& scope,
                                             const std::function<bool()>& stop) {
    const Network& network = replayer.pipeline().network();
    std::vector<SingleAblation> out;
    for (const Silenced& silenced : each == AblateEach::spike
                                        ? every_spike(network, whole.recording)
                                        : every_neuron(network, whole.recording)) {
        if (stop && stop()) {
            break;
        }
        if (!scope.holds(silenced)) {
            continue;
        }
        const Ablation without = run_without(replayer, whole, {&silenced, 1});
        SingleAblation single{silenced, 0, 0, without.changes.size()};
        if (!whole.result.readouts.empty() && !without.replay.result.readouts.empty()) {
            const ReadoutResult& readout = without.replay.result.readouts[0];
            single.prediction = readout.prediction;
            single.lead = lead_in(network, readout, whole.result.readouts[0].prediction);
        }
        out.push_back(single);
    }
    return out;
}

Flip find_flip(SampleReplayer& replayer,
               const ReplayedSample& whole,
               std::size_t most,
               const AblationScope& scope,
               const std::function<bool()>& stop) {
    const Network& network = replayer.pipeline().network();
    const std::uint32_t answer = whole.result.readouts.at(0).prediction;
    Flip flip;
    const auto prediction_without = [&](const std::vector<Silenced>& silenced, double& lead) {
        ++flip.replays;
        const ReplayedSample replay = replayer.run(whole.number, silenced);
        if (replay.result.readouts.empty()) {
            lead = 0;
            return answer;
        }
        lead = lead_in(network, replay.result.readouts[0], answer);
        return replay.result.readouts[0].prediction;
    };
    std::vector<Silenced> candidates = every_spike(network, whole.recording);
    std::erase_if(candidates, [&](const Silenced& spike) {
        return spike.population == network.readout(0).population || !scope.holds(spike);
    });
    std::vector<std::pair<double, std::size_t>> ranked;  // the answer's lead without each alone
    for (std::size_t k = 0; k < candidates.size(); ++k) {
        if (stop && stop()) {
            return flip;
        }
        double lead = 0;
        prediction_without({candidates[k]}, lead);
        ranked.emplace_back(lead, k);
    }
    std::sort(ranked.begin(), ranked.end());
    for (std::size_t k = 0; !flip.found && k < std::min(most, ranked.size()); ++k) {
        if (stop && stop()) {
            return flip;
        }
        flip.spikes.push_back(candidates[ranked[k].second]);
        double lead = 0;
        flip.prediction = prediction_without(flip.spikes, lead);
        flip.found = flip.prediction != answer;
    }
    for (std::size_t k = 0; flip.found && flip.spikes.size() > 1 && k < flip.spikes.size();) {
        if (stop && stop()) {
            return flip;
        }
        std::vector<Silenced> fewer = flip.spikes;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(k));
        double lead = 0;
        const std::uint32_t prediction = prediction_without(fewer, lead);
        if (prediction != answer) {
            flip.spikes = std::move(fewer);
            flip.prediction = prediction;
        } else {
            ++k;
        }
    }
    return flip;
}

}  // namespace saltus
