// Where two traces part: the first difference, and how many there are of each population.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/trace/trace.hpp"
#include "models/trace/trace_choice.hpp"

namespace saltus {

// The earliest difference in the order (sample, tick, level, population, slot).
struct FirstDifference {
    std::uint64_t sample = 0;
    Tick tick = 0;
    Level level = 0;
    PopulationId population = 0;          // of the first trace
    NeuronIndex neuron = 0;
    float fired_a = 0;                    // payload; 0: silent
    float fired_b = 0;
    std::vector<NeuronIndex> others;      // further neurons of it that differ at that tick, by slot
};

struct PopulationDifference {
    std::uint64_t only_a = 0;   // spikes that the first trace alone has
    std::uint64_t only_b = 0;
    std::uint64_t payload = 0;  // spikes of both, with another payload
    std::uint64_t moved = 0;    // pairs of one neuron at most `tolerance` ticks apart, counted so
                                // instead of as only_a and only_b
};

// The earliest one in the order (sample, readout, value).
struct FirstReadoutDifference {
    std::uint64_t sample = 0;
    std::size_t readout = 0;
    // The first value of which a bit differs; none: the values are alike, only the answer is not.
    std::optional<NeuronIndex> value;
    float a = 0;  // of that value
    float b = 0;
    std::uint32_t answer_a = 0;
    std::uint32_t answer_b = 0;
};

struct TraceDifference {
    Tick from = 0;                                   // ticks [from, until) were compared
    Tick until = 0;
    Tick horizon_a = 0;
    Tick horizon_b = 0;
    std::uint64_t samples = 0;                       // that both traces have
    std::uint64_t samples_only_a = 0;
    std::uint64_t samples_only_b = 0;
    std::uint64_t samples_different = 0;             // in spikes that were compared
    std::uint64_t spikes_a = 0;                      // that were compared
    std::uint64_t spikes_b = 0;
    std::optional<FirstDifference> first;            // none: the same spikes
    // The first one that is no encoder's, if `first` is.
    std::optional<FirstDifference> first_of_neurons;
    std::vector<PopulationDifference> populations;   // as the first trace numbers them
    // Populations asked for that send spikes which one of the traces does not hold.
    std::vector<PopulationId> not_compared;
    std::uint64_t unseen_different = 0;  // samples alike in what was compared, whose digests say
                                         // that something else differs
    std::uint64_t unseen_unknown = 0;    // samples alike so, without digests to tell
    bool readouts_compared = false;  // they are of whole samples: not if a part was asked for, or
                                     // the horizons differ
    std::uint64_t readouts = 0;                      // samples whose readouts differ in a bit
    std::optional<FirstReadoutDifference> first_readout;
    std::uint64_t predictions = 0;                   // samples whose first prediction differs
    std::vector<std::uint64_t> changed_answers;      // the first 100 of these
    bool ticks_chosen = false;                       // the ticks compared were asked for

    // Whether all that was asked for is alike: of horizons that differ, only chosen ticks can be.
    [[nodiscard]] bool same() const {
        return !first && samples_only_a == 0 && samples_only_b == 0 && readouts == 0 &&
               unseen_different == 0 && (ticks_chosen || horizon_a == horizon_b);
    }
};

struct TraceDiffOptions {
    TraceChoice choice;  // samples: of either trace; ticks: of both; with populations or ticks,
                         // readouts are not compared
    Tick tolerance_ticks = 0;
    std::vector<Level> levels;  // by population of the first trace; empty: the order of the file
    std::function<bool()> stop;  // polled between windows; once true, Interrupted by the caller
};

// Of traces of different horizons, the ticks that both have are compared.
//
// Throws InputError, naming what differs, if the traces are not of the same populations (names,
// shapes, in one order), and for what is damaged or cut off. Cost: a pass over both, of large
// samples on two threads. Memory: some
// million spikes of each; with a tolerance, the spikes of one sample and population that differ.
TraceDifference diff_traces(const std::filesystem::path& a,
                            const std::filesystem::path& b,
                            const TraceDiffOptions& options);

}  // namespace saltus
