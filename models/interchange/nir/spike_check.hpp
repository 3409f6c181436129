// A network against spikes that its producer's framework gave for the same input: where they part,
// and which convention explains them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/interchange/nir/nir_import.hpp"

namespace saltus {

// What a framework's population did: [tick][neuron by index], spikes a tick.
struct ReferenceSpikes {
    std::string population;
    std::vector<float> values;
};

struct PopulationCheck {
    std::string population;
    std::uint64_t spikes = 0;       // of the reference
    std::uint64_t differences = 0;  // numbers that differ, of ticks times neurons
    // The first, by tick, then by neuron.
    Tick tick = 0;
    NeuronIndex neuron = 0;
    float expected = 0;
    float found = 0;
    // Of that neuron after that tick, and its threshold; absent: no difference.
    std::optional<float> membrane;
    double theta = 0;
};

// `input`: [tick][number by index] of the model's only input, of `ticks` ticks. One check a
// reference, in the order given. Throws InputError for a population that does not exist (the
// nearest is named) or numbers that do not fit.
std::vector<PopulationCheck> check_spikes(const LoadedModel& model,
                                          std::span<const float> input,
                                          std::size_t ticks,
                                          std::span<const ReferenceSpikes> references);

// One convention and how far its spikes are.
struct ConventionFit {
    NirConvention convention;
    std::uint64_t differences = 0;
    std::vector<PopulationCheck> checks;
};

// Tries every convention that has a name, then every combination of assumptions that this file's
// nodes can tell apart (at most some hundred), and returns them best first; of equal ones named
// ones first. `tried` is called after each. A combination that the file cannot be imported by is
// left out.
std::vector<ConventionFit> infer_convention(const std::filesystem::path& file,
                                            const NirImportOptions& options,
                                            std::span<const float> input,
                                            std::size_t ticks,
                                            std::span<const ReferenceSpikes> references,
                                            const std::function<void()>& tried);

}  // namespace saltus
