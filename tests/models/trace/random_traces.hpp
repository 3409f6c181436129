// Random headers and samples that fit them: every kind of population and payload, silent, sparse,
// dense and saturated ones, horizons from 1 tick to 2^53.
#pragma once

#include <algorithm>
#include <random>
#include <set>

#include "models/trace/trace.hpp"

namespace saltus::tests {

class RandomTraces {
  public:
    explicit RandomTraces(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    TraceHeader header() {
        TraceHeader header;
        header.model = "random";
        const Tick horizons[] = {1, 7, 8, 9, 100, 1025, 100000, Tick{1} << 53};
        header.horizon = horizons[below(8)];
        const std::uint64_t populations = below(5);
        for (std::uint64_t p = 0; p < populations; ++p) {
            TracePopulation population;
            population.name = "p" + std::to_string(p);
            const std::uint32_t sizes[] = {1, 3, 63, 64, 65, 1000, 70000};
            population.shape = below(3) == 0 ? Shape{2, 3, static_cast<std::uint32_t>(1 + below(9))}
                                             : Shape{sizes[below(7)]};
            population.kind = static_cast<TracePopulation::Kind>(below(3));
            if (population.kind == TracePopulation::Kind::neurons) {
                population.clock = static_cast<Clock>(below(3));
            }
            header.populations.push_back(population);
            if (below(2) == 0) {
                const auto values = static_cast<std::uint32_t>(population.shape.size());
                header.readouts.push_back({"r" + std::to_string(p),
                                           static_cast<PopulationId>(p),
                                           static_cast<ReadoutSpec::Kind>(below(4)),
                                           values,
                                           below(2) == 0});
                if (below(3) > 0) {
                    header.readouts.back().ties = static_cast<ReadoutSpec::Ties>(below(2));
                }
            }
        }
        header.projections = static_cast<std::uint32_t>(below(4));
        return header;
    }

    SampleTrace sample(const TraceHeader& header, std::uint64_t number) {
        SampleTrace sample;
        sample.number = number;
        if (below(2) == 0) {
            sample.label = static_cast<std::int64_t>(random_());
        }
        for (const TracePopulation& population : header.populations) {
            sample.streams.push_back(stream(population.shape.size(), header.horizon));
        }
        for (const TraceReadout& readout : header.readouts) {
            ReadoutTrace result;
            for (std::uint32_t k = 0; k < readout.values; ++k) {
                result.values.push_back(static_cast<float>(below(100)) / 8 - 3);
            }
            result.prediction = static_cast<std::uint32_t>(below(readout.values));
            result.tied = below(2) == 0;
            result.undecided = below(2) == 0;
            sample.readouts.push_back(result);
        }
        return sample;
    }

    StreamTrace stream(std::uint64_t neurons, Tick horizon) {
        StreamTrace stream;
        const std::uint64_t kind = below(6);  // 0: silent; 1: saturated; else a share fires
        const std::uint64_t one_in = kind == 1 ? 1 : std::uint64_t{1} << below(12);
        const std::uint64_t payloads = below(4);  // 0, 1: none; 2: counts; 3: any number, sometimes
        if (kind == 0) {
            return stream;
        }
        std::set<Tick> ticks = {0, horizon - 1};
        const std::uint64_t packets = 1 + below(neurons > 10000 ? 8 : 60);
        while (ticks.size() < std::min<std::uint64_t>(packets, static_cast<std::uint64_t>(horizon))) {
            const auto near = static_cast<Tick>(below(200));
            ticks.insert(below(2) == 0 ? std::min(near, horizon - 1)
                                       : static_cast<Tick>(random_() >> 11) % horizon);
        }
        for (const Tick tick : ticks) {
            Packet packet;
            packet.tick = tick;
            for (Slot slot = 0; slot < neurons; ++slot) {
                if (below(one_in) == 0) {
                    packet.slots.push_back(slot);
                    packet.payloads.push_back(payloads < 2    ? 1.0F
                                              : payloads == 2 ? static_cast<float>(1 + below(3))
                                              : below(2) == 0
                                                  ? 1.0F
                                                  : static_cast<float>(random_()) * -1e-30F);
                }
            }
            packet.drop_unit_payloads();
            stream.add(packet);
        }
        if (std::all_of(stream.payloads.begin(), stream.payloads.end(), [](float p) {
                return p == 1.0F;
            })) {
            stream.payloads.clear();
        }
        return stream;
    }

  private:
    std::mt19937_64 random_;
};

}  // namespace saltus::tests
