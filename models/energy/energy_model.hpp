// What operations cost, by a named source: prices for the counts of a run (docs/energy.md). A model
// is a text file (proto/saltus/energy.proto); those that come with Saltus are known by name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace saltus {

// What can be priced; all a sample. Names as in files: `counted_name`.
enum class Counted {
    front_macs,        // of artificial layers, zero inputs and zero weights left out
    dense_front_macs,  // the same, nothing left out
    front_neurons,     // inputs of artificial layers and outputs of those that multiply
    held_macs,         // of held values, when they are set; zero values and weights left out
    held_ticks,      // the same, times the horizon: for hardware that sends them anew at every tick
    graded_macs,     // of graded events, zero weights left out
    acs,             // synaptic operations, zero weights left out
    neuron_updates,  // that the engine made (an execution count)
    neuron_ticks,    // neurons times the horizon: for hardware that updates every neuron
    encoder_ticks,   // outputs of encoders times the horizon
    spikes,          // sent: of encoders, neurons and max pools
    pool_operations,  // spikes through sum and average pools
};
inline constexpr std::size_t k_counted = 12;

const char* counted_name(Counted counted);
// In words: "synaptic operations (ACs)".
const char* counted_words(Counted counted);

enum class EnergyKind { measured, simulated, estimated, published };  // published: not said how
const char* energy_kind_name(EnergyKind kind);

struct EnergyPrice {
    Counted of = Counted::acs;
    double joules = 0;               // a piece, memory apart
    std::uint32_t weight_reads = 0;  // a piece, priced by the size of all stored weights
    std::uint32_t state_reads = 0;   // a piece, of 4 bytes, priced by the size of all membranes
    std::uint32_t state_writes = 0;
    EnergyKind kind = EnergyKind::estimated;
    std::string source;  // key of one of `sources`
    std::string note;
};

struct MemoryLevel {
    double bytes = 0;   // of the memory
    double joules = 0;  // an access of 4 bytes
    EnergyKind kind = EnergyKind::estimated;
    std::string source;
};

struct EnergySource {
    std::string key;
    std::string bibtex;
};

struct EnergyModel {
    std::string name;
    std::string title;
    std::string chip;     // empty: no chip's
    std::string process;  // "45 nm"
    std::string weights;  // "float32", "int8"; empty: any
    std::vector<EnergyPrice> prices;
    std::vector<MemoryLevel> memory;  // ascending sizes; empty: memory is not priced
    std::optional<double> static_watts;
    std::vector<std::string> leaves_out;
    std::vector<EnergySource> sources;

    [[nodiscard]] const EnergyPrice* price(Counted counted) const;
    // Of an access of 4 bytes to a memory of this size: linear between levels, beyond the ends as
    // the ends. 0 if memory is not priced.
    [[nodiscard]] double access_joules(double bytes) const;
};

// "3.84 nJ": three digits and a unit from J to pJ.
std::string joules_text(double joules);

// The names of the models that come with Saltus, in the order they are shown.
std::vector<std::string> energy_model_names();
// The text of one of them, as its file has it. Throws InputError naming the nearest.
std::string energy_model_text(const std::string& name);

// By the name of one that comes with Saltus, or of a file (ending in .textproto, or with a slash).
// Throws InputError for another name (the nearest is named) or a file that cannot be read,
// ModelError with every fault of its fields.
EnergyModel load_energy_model(const std::string& name_or_file);

}  // namespace saltus
