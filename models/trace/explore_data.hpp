// What an explore page shows, gathered from a trace: plain values, whatever file they came from.
// explore_gather.hpp fills it, explore_page.hpp writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/trace/trace.hpp"

namespace saltus {

// The spikes of one (sample, population), by ascending (tick, neuron index).
struct ExploreSpikes {
    std::vector<Tick> ticks;           // one a spike
    std::vector<NeuronIndex> neurons;  // one a spike, by index
    std::vector<float> payloads;       // one a spike, or none if all are 1
};

// One summand of a membrane: what it came from, and how much of it is left at the tick explained.
struct ExploreTerm {
    enum class Kind { spike, drive, bias, initial, rest, leak, reset };

    Kind kind = Kind::spike;
    std::optional<std::uint32_t> population;  // of the page, for spike and drive
    NeuronIndex neuron = 0;                   // of that population
    std::optional<Tick> tick;                 // at which it was fired; of a reset: the own firing
    double value = 0;                         // after delay, pool, current, gain, leak and resets
};

// Why one neuron fired, or did not, at one tick. The terms sum to the membrane; `residue` is what
// float32's rounding adds to that.
struct ExploreExplanation {
    std::uint32_t population = 0;  // of the page
    NeuronIndex neuron = 0;
    Tick tick = 0;
    bool fired = false;
    std::string not_tested;  // why it could not fire at all at this tick; empty: it was tested
    double membrane = 0;     // the h that is tested, before that tick's own reset
    double threshold = 0;
    bool strictly = false;  // v > theta fires, not v >= theta
    double residue = 0;     // membrane - sum of the terms
    std::vector<ExploreTerm> terms;
};

// A readout's values at every tick, where the trace recorded them: [tick][value].
struct ExploreCourse {
    std::size_t readout = 0;
    std::vector<float> values;
};

struct ExploreSample {
    std::uint64_t number = 0;  // in the data set
    std::optional<std::int64_t> label;
    std::vector<ReadoutTrace> readouts;
    std::vector<std::uint64_t> spikes;  // by population, over the window
    // Spikes by population and bin of the window: [population][bin].
    std::vector<std::vector<std::uint32_t>> density;
    bool has_spikes = false;              // false: too many for the page; `streams` is empty
    std::vector<ExploreSpikes> streams;   // by population
    std::vector<std::uint8_t> thumbnail;  // as ExploreData::thumbnail says; empty: none
    std::vector<ExploreCourse> courses;
    std::vector<ExploreExplanation> explanations;
};

struct ExploreThumbnail {
    std::uint32_t channels = 0;  // 1 or 3; 0: no thumbnails
    std::uint32_t height = 0;
    std::uint32_t width = 0;
};

// Of every sample the trace holds, whether the page shows it or not.
struct ExploreTotals {
    std::uint64_t samples = 0;
    std::uint64_t labelled = 0;
    std::uint64_t right = 0;
    std::uint64_t undecided = 0;
    std::uint64_t spikes = 0;  // of the shown populations, over the window
};

struct ExploreData {
    std::string trace_file;
    std::string model_file;  // empty: not given
    std::string data_name;   // as it was given; empty: not given
    std::string data_option = "--data";  // the option that names it
    TraceHeader header;      // populations: those shown, in file order
    TraceProvenance provenance;
    // The page's place of each readout's population; none: it is not shown.
    std::vector<std::optional<std::uint32_t>> readout_population;
    Tick from = 0;  // the window: ticks in [from, until)
    Tick until = 0;
    Tick ticks_per_bin = 1;
    ExploreThumbnail thumbnail;
    ExploreTotals totals;
    std::vector<ExploreSample> samples;  // those of the page, least margin first
    std::vector<std::string> notes;      // what was left out, in sentences
};

// How far a sample is from another answer by its first readout, in the readout's own numbers:
// the label's (without a label: the prediction's) lead over the best other value. Negative: wrong.
// Nothing: no readout, fewer than two values, or a label without a value. Earlier first spikes
// lead.
std::optional<double> margin_of(const TraceHeader& header, const ExploreSample& sample);

// Whether the first readout predicts another answer than the label.
bool is_wrong(const ExploreSample& sample);

}  // namespace saltus
