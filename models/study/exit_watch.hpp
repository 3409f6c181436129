// Early exit: a sample ends as soon as its readout's answer leads by a margin. One run to the
// horizon tells what every margin would have answered, when, and at what cost.
#pragma once

#include <vector>

#include "models/pipeline.hpp"

namespace saltus {

// Sees a sample tick by tick. The lead is that of the best value over the second (answer_lead), in
// the readout's own numbers: spikes, or what the membrane (of logits: divided by T, with bias)
// holds.
class ExitWatch final : public TickWatch {
  public:
    // Throws InputError if the first readout is neither a spike count nor a membrane, or has fewer
    // than two values.
    explicit ExitWatch(const Network& network);

    void begin();  // a sample

    // To be set as the worker's hook: counts output spikes.
    [[nodiscard]] Hook& hook() { return counter_; }

    void after_tick(Tick tick, Simulator& simulator) override;

    // The whole run's outcome as it would have been with an exit at `margin`: answer, ticks and
    // counts after the first tick at which the lead is at least `margin`; after the last tick the
    // readout's own answer, by its rule for ties.
    [[nodiscard]] SampleOutcome ended(const SampleOutcome& whole, double margin) const;

  private:
    class Counter final : public Hook {
      public:
        explicit Counter(ExitWatch& watch) : watch_(watch) {}

        void on_packet(PopulationId population, const Packet& packet) override;

      private:
        ExitWatch& watch_;
    };

    struct Step {
        double lead = 0;
        std::uint32_t answer = 0;
        Counts counts;
    };

    Counter counter_;
    const Network* network_;
    PopulationId population_ = 0;
    ReadoutSpec::Kind kind_ = ReadoutSpec::Kind::spike_count;
    std::vector<float> scale_;  // of logits: 1 / T; empty: none
    std::vector<float> bias_;
    std::vector<float> values_;  // by index
    std::vector<Step> steps_;    // by tick
};

}  // namespace saltus
