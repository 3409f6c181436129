// Where two traces part: the first difference, and how many there are of each population.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/trace/trace.hpp"

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

struct TraceDifference {
    std::uint64_t samples = 0;                       // that both traces have
    std::uint64_t samples_only_a = 0;
    std::uint64_t samples_only_b = 0;
    std::uint64_t samples_different = 0;
    std::uint64_t spikes_a = 0;
    std::uint64_t spikes_b = 0;
    std::optional<FirstDifference> first;            // none: the same spikes
    // The first one that is no encoder's, if `first` is.
    std::optional<FirstDifference> first_of_neurons;
    std::vector<PopulationDifference> populations;   // as the first trace numbers them
    std::uint64_t readouts = 0;                      // samples whose readouts differ in a bit
    std::uint64_t predictions = 0;                   // samples whose first prediction differs
    std::vector<std::uint64_t> changed_answers;      // the first 100 of these

    [[nodiscard]] bool same() const {
        return !first && samples_only_a == 0 && samples_only_b == 0 && readouts == 0;
    }
};

struct TraceDiffOptions {
    Tick tolerance_ticks = 0;
    std::vector<Level> levels;  // by population of the first trace; empty: the order of the file
    std::function<bool()> stop;  // polled between samples; once true, Interrupted by the caller
};

// Throws InputError, naming what differs, if the traces are not of the same populations (names,
// shapes) or horizon. Cost: a pass over both, sample by sample; memory: the two largest samples.
TraceDifference diff_traces(const std::filesystem::path& a,
                            const std::filesystem::path& b,
                            const TraceDiffOptions& options);

}  // namespace saltus
