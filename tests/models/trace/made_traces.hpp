// Random traces whose spikes are also kept as plain lists, for sums that do without the file.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "models/trace/trace_writer.hpp"

namespace saltus::tests {

// A spike by the neuron's index. Within a sample and population: ascending.
using Spike = std::pair<Tick, NeuronIndex>;

struct Made {
    TraceHeader header;
    std::vector<SampleTrace> samples;
    std::vector<std::vector<std::vector<Spike>>> spikes;    // [sample][population]
    std::vector<std::vector<std::vector<float>>> payloads;  // likewise, a number a spike
};

inline TraceHeader made_header(Tick horizon) {
    TraceHeader header;
    header.model = "made";
    header.horizon = horizon;
    header.tick_seconds = 0.002;
    header.populations = {
        {"pixels", Shape{2, 3, 4}, TracePopulation::Kind::encoder, false, std::nullopt, true},
        {"held", Shape{5}, TracePopulation::Kind::encoder, true, std::nullopt, true},
        {"hidden", Shape{2, 2, 5}, TracePopulation::Kind::neurons, false, Clock::lazy, true},
        {"pool", Shape{2, 1, 2}, TracePopulation::Kind::max_pool, false, std::nullopt, true},
        {"out", Shape{4}, TracePopulation::Kind::neurons, false, Clock::stepped, true},
        {"read", Shape{3}, TracePopulation::Kind::neurons, false, Clock::stepped, false}};
    header.readouts = {
        {"count", 4, ReadoutSpec::Kind::spike_count, 4, false, ReadoutSpec::Ties::index},
        {"early", 4, ReadoutSpec::Kind::first_spike, 4, false, ReadoutSpec::Ties::index},
        {"by membrane", 4, ReadoutSpec::Kind::spike_count, 4, false, ReadoutSpec::Ties::membrane},
        {"level", 5, ReadoutSpec::Kind::membrane, 3}};
    return header;
}

// Values of a readout of spikes after the ticks before `end`.
inline std::vector<float> values_after(const Made& made,
                                       std::size_t sample,
                                       const TraceReadout& readout,
                                       Tick end) {
    const bool first = readout.kind == ReadoutSpec::Kind::first_spike;
    std::vector<float> values(readout.values,
                              first ? static_cast<float>(made.header.horizon) : 0.0F);
    const std::vector<Spike>& spikes = made.spikes[sample][readout.population];
    for (std::size_t k = 0; k < spikes.size(); ++k) {
        const auto [tick, neuron] = spikes[k];
        if (tick >= end) {
            continue;
        }
        if (first) {
            values[neuron] = std::min(values[neuron], static_cast<float>(tick));
        } else {
            values[neuron] += std::floor(made.payloads[sample][readout.population][k]);
        }
    }
    return values;
}

inline std::vector<std::uint32_t> best_of(const std::vector<float>& values,
                                          ReadoutSpec::Kind kind) {
    std::vector<std::uint32_t> best;
    for (std::uint32_t k = 0; k < values.size(); ++k) {
        const bool beaten = std::any_of(values.begin(), values.end(), [&](float other) {
            return kind == ReadoutSpec::Kind::first_spike ? other < values[k] : other > values[k];
        });
        if (!beaten) {
            best.push_back(k);
        }
    }
    return best;
}

class Maker {
  public:
    Maker(std::uint64_t seed, Tick horizon, std::size_t samples) : random_(seed) {
        made_.header = made_header(horizon);
        for (std::size_t k = 0; k < samples; ++k) {
            add_sample(2 * k + 3);
        }
    }

    Made take() { return std::move(made_); }

  private:
    void add_sample(std::uint64_t number) {
        SampleTrace sample;
        sample.number = number;
        if (random_() % 5 != 0) {
            sample.label = static_cast<std::int64_t>(random_() % 3);
        }
        const std::size_t place = made_.samples.size();
        made_.spikes.emplace_back(made_.header.populations.size());
        made_.payloads.emplace_back(made_.header.populations.size());
        const std::uint64_t dead =
            random_() % 4 == 0 ? 2 + random_() % 3 : 9;  // nothing from here on
        for (std::size_t p = 0; p < made_.header.populations.size(); ++p) {
            sample.streams.push_back(stream(place, p, p >= dead));
        }
        for (const TraceReadout& readout : made_.header.readouts) {
            ReadoutTrace result;
            result.values = values_after(made_, place, readout, made_.header.horizon);
            if (readout.kind == ReadoutSpec::Kind::membrane) {
                for (float& value : result.values) {
                    value = static_cast<float>(random_() % 8);
                }
            }
            const std::vector<std::uint32_t> best = best_of(result.values, readout.kind);
            result.prediction = readout.ties == ReadoutSpec::Ties::membrane
                                    ? best[random_() % best.size()]
                                    : best[0];
            result.tied = best.size() > 1;
            result.undecided = readout.kind != ReadoutSpec::Kind::membrane &&
                               made_.spikes[place][readout.population].empty();
            sample.readouts.push_back(result);
        }
        made_.samples.push_back(std::move(sample));
    }

    // Neuron 0 of hidden never fires, neuron 3 always does while the population lives.
    StreamTrace stream(std::size_t place, std::size_t p, bool dead) {
        const TracePopulation& population = made_.header.populations[p];
        StreamTrace stream;
        if (dead || population.holds_values || !population.fires) {
            return stream;
        }
        const Tick start = static_cast<Tick>(random_() % 4);
        for (Tick tick = start; tick < made_.header.horizon; ++tick) {
            Packet packet;
            packet.tick = tick;
            std::vector<Spike> spikes;
            for (Slot slot = 0; slot < population.shape.size(); ++slot) {
                const NeuronIndex index = population.shape.index_of(slot);
                const bool always = p == 2 && index == 3;
                if ((p == 2 && index == 0) || (!always && random_() % 9 != 0)) {
                    continue;
                }
                packet.slots.push_back(slot);
                packet.payloads.push_back(p == 3 || (p == 4 && place % 2 == 0)
                                              ? static_cast<float>(1 + random_() % 5) / 2
                                              : 1.0F);
                made_.spikes[place][p].emplace_back(tick, index);
                made_.payloads[place][p].push_back(packet.payloads.back());
            }
            packet.drop_unit_payloads();
            stream.add(packet);
        }
        return stream;
    }

    std::mt19937_64 random_;
    Made made_;
};

inline void write(const std::filesystem::path& path, const Made& made) {
    TraceWriter writer(path, made.header, {});
    for (const SampleTrace& sample : made.samples) {
        writer.add(sample);
    }
    writer.finish();
}

}  // namespace saltus::tests
