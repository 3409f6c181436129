// The sums that a population's summary is made of, sample by sample. Internal to models/trace.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "models/trace/trace_file.hpp"
#include "models/trace/trace_summary.hpp"

namespace saltus {

// Mean and spread of numbers of ticks that come one by one. Small ones are summed exactly, some at a
// time; sums and large ones are put together without cancellation (B. P. Welford 1962; T. F. Chan,
// G. H. Golub and R. J. LeVeque 1979): equal ones have no spread at all.
class Spread {
  public:
    void add(Tick ticks) {
        if (ticks >= k_small) {
            merge(1, static_cast<double>(ticks), 0);
            return;
        }
        const auto small = static_cast<std::uint64_t>(ticks);
        sum_ += small;
        sum_of_squares_ += small * small;
        if (++summed_ == k_most_summed) {
            fold();
        }
    }

    // Takes what was summed in: call before the numbers below are asked for.
    void fold();

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double mean() const { return mean_; }
    [[nodiscard]] double variation() const;  // standard deviation (over n) by mean; 0 of none

  private:
    // n times the sum of squares stays below 2^56.
    static constexpr Tick k_small = Tick{1} << 12;
    static constexpr std::uint64_t k_most_summed = std::uint64_t{1} << 16;

    void merge(std::uint64_t count, double mean, double squares);

    std::uint64_t count_ = 0;
    double mean_ = 0;
    double squares_ = 0;  // of the distances from the mean
    std::uint64_t summed_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t sum_of_squares_ = 0;
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
    [[nodiscard]] PopulationSummary summary(std::uint64_t samples);

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
