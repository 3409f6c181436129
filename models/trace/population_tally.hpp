// The sums that a population's summary is made of, sample by sample. Internal to models/trace.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "models/trace/trace_file.hpp"
#include "models/trace/trace_summary.hpp"

namespace saltus {

// Mean and spread of numbers that come one by one (B. P. Welford 1962): no cancellation, and no
// spread at all of equal ones.
class Spread {
  public:
    void add(double value) {
        ++count_;
        const double off = value - mean_;
        mean_ += off / static_cast<double>(count_);
        squares_ += off * (value - mean_);
    }

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double mean() const { return mean_; }
    [[nodiscard]] double variation() const;  // standard deviation (over n) by mean; 0 of none

  private:
    std::uint64_t count_ = 0;
    double mean_ = 0;
    double squares_ = 0;
};

class PopulationTally {
  public:
    // `window`: the ticks looked at, all of [0, horizon) or some.
    PopulationTally(const TraceHeader& header, PopulationId population, const TickRange& window);

    // Whether the population fired in the sample; nothing if that is not known. `recorded`: false
    // for a sample whose record was cut off. `poll` is called between pieces.
    std::optional<bool> add(const TraceFile& file,
                            std::uint64_t place,
                            bool recorded,
                            const std::function<void()>& poll);

    [[nodiscard]] bool sends_spikes() const { return sums_.sends_spikes; }
    // The counts of samples apart. `samples`: how many were looked at.
    [[nodiscard]] PopulationSummary summary(std::uint64_t samples) const;

  private:
    std::uint64_t add_spikes(const TraceFile& file,
                             std::uint64_t place,
                             const std::function<void()>& poll);
    void take(const StreamTrace& stream, std::uint64_t& spikes);

    const TracePopulation& of_;
    PopulationId population_;
    TickRange window_;
    std::size_t bins_;  // of SampleRecord::levels
    PopulationSummary sums_;
    std::vector<std::uint64_t> counts_;  // by slot
    std::vector<Tick> last_;             // by slot: its last spike in this sample; -1: none
    std::vector<Slot> touched_;          // those that fired in this sample
    Spread first_spikes_;
    Spread neuron_first_spikes_;
    Spread intervals_;
};

}  // namespace saltus
