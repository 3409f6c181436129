// What a network did, in numbers, from its trace alone: silent and saturated neurons, where activity
// dies out, rates and times of every population, and how the answers came about.
//
// Cost: one pass over the spikes of the chosen samples and populations, and one over those of the
// readouts. Memory: a chunk or two; 20 bytes a neuron; a number a silent or saturated neuron; a
// line a wrong sample; nothing grows with ticks or spikes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/trace/answer_course.hpp"
#include "models/trace/trace_choice.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus {

// Of the chosen populations and ticks; answers are always those of the whole run.
struct TraceSummaryRequest : TraceChoice {
    std::function<void()> poll = [] {};          // called between pieces; may throw
};

struct PopulationSummary {
    // every_spike: all below is known. counts: all but times. total: spikes alone. nothing: what was
    // recorded says nothing of it, or it sends no spikes.
    enum class Known { every_spike, counts, total, nothing };

    std::string name;
    TracePopulation::Kind kind = TracePopulation::Kind::neurons;
    bool sends_spikes = true;  // false: an encoder that holds values, a membrane that is only read
    Known known = Known::nothing;
    std::uint64_t neurons = 0;
    std::uint64_t spikes = 0;            // a graded event is one, whatever its payload
    std::uint64_t silent_samples = 0;    // without a spike of it
    std::uint64_t died_samples = 0;      // in which it is where activity dies out
    std::vector<NeuronIndex> silent;     // not one spike in any sample; ascending
    std::vector<NeuronIndex> saturated;  // a spike at every tick of every sample; ascending
    NeuronIndex busiest = 0;             // the lowest index of those with most spikes
    std::uint64_t busiest_spikes = 0;    // 0: none fired
    // Tick of the population's first spike in a sample, from the first tick looked at on: mean over
    // the samples in which it fired.
    std::optional<double> first_spike;
    // The same of each neuron: mean over the neurons and samples in which it fired.
    std::optional<double> neuron_first_spike;
    // Ticks between two spikes of a neuron in a sample, over all neurons and samples together.
    std::uint64_t intervals = 0;
    double interval_mean = 0;
    double interval_variation = 0;  // coefficient: standard deviation (over n) by mean

    [[nodiscard]] bool fires() const { return sends_spikes && known != Known::nothing; }
};

struct ReadoutSummary {
    // After the tick, over the samples whose answers are known tick by tick.
    struct Point {
        Tick tick = 0;
        std::uint64_t right = 0;
        std::uint64_t undecided = 0;     // no output spike yet: the lowest index is the answer, if
                                         // the model settles ties by it
        std::uint64_t tied = 0;          // several are best, and the trace cannot tell which of
                                         // them is the answer: none of `right`
        std::uint64_t last_changed = 0;  // answers that last changed after the point before, up to
                                         // this one; the first answer is a change
    };

    struct Answer {
        std::uint64_t sample = 0;
        std::optional<std::int64_t> label;
        std::uint32_t prediction = 0;
        std::optional<double> margin;  // how far the prediction leads; none: it is the only value

        friend bool operator==(const Answer&, const Answer&) = default;
    };

    std::string name;
    ReadoutSpec::Kind kind = ReadoutSpec::Kind::spike_count;
    bool logit = false;
    std::uint32_t values = 0;
    std::uint64_t samples = 0;  // whose record is there
    std::uint64_t labelled = 0;
    std::uint64_t right = 0;
    bool label_beyond = false;                  // a label is no index of its values
    std::vector<std::uint64_t> without_output;  // samples without an output spike, by number

    AnswerSource source = AnswerSource::unknown;
    std::vector<Point> course;           // at most 128 points; the last is the last tick
    std::uint64_t course_samples = 0;    // that the points are of
    std::uint64_t course_labelled = 0;   // that have a label
    std::uint64_t never_answered = 0;    // samples without any answer at the end
    std::uint64_t change_unknown = 0;    // samples whose answer may have changed at such a tie
    std::map<std::pair<std::int64_t, std::uint32_t>, std::uint64_t> confusion;  // label, prediction
    std::vector<Answer> closest;         // the 20 of smallest margin; alike: by number
    std::vector<Answer> wrong;           // all, ascending
};

struct TraceSummary {
    std::string path;
    std::string model;
    Tick horizon = 0;
    double tick_seconds = 0;  // 0: not stated
    std::uint64_t samples = 0;
    std::uint64_t first_sample = 0;  // numbers; of samples > 0
    std::uint64_t last_sample = 0;
    std::uint64_t without_record = 0;  // cut off: their answers are not known
    Tick from = 0;                     // the window: ticks in [from, until)
    Tick until = 0;
    std::vector<PopulationSummary> populations;  // the chosen ones, in file order
    // Samples in which the last of the populations that send spikes fired, and those of which that
    // is known; where it did not, PopulationSummary::died_samples counts the sample at the first
    // population, in file order, at which and behind which nothing fired.
    std::uint64_t alive_samples = 0;
    std::uint64_t followed_samples = 0;
    std::vector<ReadoutSummary> readouts;

    // Neuron-ticks looked at, of a population.
    [[nodiscard]] double places(const PopulationSummary& population) const;
    // Spikes a neuron and tick.
    [[nodiscard]] double rate(const PopulationSummary& population) const;
    // Share of neuron-ticks without a spike, over all populations of neurons that send spikes
    // (docs/metrics.md); none: nothing is known.
    [[nodiscard]] std::optional<double> activation_sparsity() const;
};

// Throws InputError for unknown samples, populations and ticks, naming those there are, and for
// what is damaged.
TraceSummary summarise_trace(const TraceFile& file, const TraceSummaryRequest& request);

}  // namespace saltus
