// A small header and random samples that fit it.
#pragma once

#include <random>

#include "models/trace/trace.hpp"

namespace saltus::tests {

inline TraceHeader example_header() {
    TraceHeader header;
    header.model = "small";
    header.horizon = 20;
    header.tick_seconds = 0.001;
    header.seed = 42;
    header.populations = {
        {"pixels", Shape{2, 3, 4}, TracePopulation::Kind::encoder, false, std::nullopt, true},
        {"held", Shape{5}, TracePopulation::Kind::encoder, true, std::nullopt, true},
        {"hidden, \"one\"", Shape{7}, TracePopulation::Kind::neurons, false, Clock::lazy, true},
        {"pool", Shape{2, 1, 2}, TracePopulation::Kind::max_pool, false, std::nullopt, true},
        {"out", Shape{3}, TracePopulation::Kind::neurons, false, Clock::stepped, true}};
    header.readouts = {{"count", 4, ReadoutSpec::Kind::spike_count, 3},
                       {"hidden", 2, ReadoutSpec::Kind::membrane, 7, true}};
    return header;
}

// Population 1 never fires; population 3 sends payloads; the others spikes.
inline SampleTrace example_sample(const TraceHeader& header, std::uint64_t number) {
    std::mt19937_64 random(number + 1);
    SampleTrace sample;
    sample.number = number;
    if (number % 3 != 0) {
        sample.label = static_cast<std::int64_t>(number % 3);
    }
    sample.streams.resize(header.populations.size());
    for (std::size_t p = 0; p < header.populations.size(); ++p) {
        if (header.populations[p].holds_values) {
            continue;
        }
        for (Tick tick = 0; tick < header.horizon; ++tick) {
            Packet packet;
            packet.tick = tick;
            for (Slot slot = 0; slot < header.populations[p].shape.size(); ++slot) {
                if (random() % 4 != 0) {
                    continue;
                }
                packet.slots.push_back(slot);
                packet.payloads.push_back(p == 3 ? static_cast<float>(random() % 3) / 2 : 1.0F);
            }
            packet.drop_unit_payloads();
            sample.streams[p].add(packet);
        }
    }
    for (const TraceReadout& readout : header.readouts) {
        ReadoutTrace result;
        for (std::uint32_t k = 0; k < readout.values; ++k) {
            result.values.push_back(static_cast<float>(random() % 100) / 8);
        }
        result.prediction = static_cast<std::uint32_t>(random() % readout.values);
        result.tied = random() % 2 == 0;
        result.undecided = random() % 2 == 0;
        sample.readouts.push_back(result);
    }
    return sample;
}

}  // namespace saltus::tests
