// How strongly what enters a neuron at each tick is felt in its membrane at a later one: the update
// rule run backwards, in float64. Internal to core: ledger.hpp is what people ask.
#pragma once

#include <optional>
#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/explain/neuron_replay.hpp"
#include "core/ledger.hpp"

namespace saltus::detail {

class Sensitivity {
  public:
    // Of the membrane that is tested at tick `last`. `replayed`: the neuron's ticks up to it; empty
    // for a leaping population, which has no floor. All must live on. Cost: a step a tick.
    Sensitivity(const CompiledNeurons<float>& rule,
                const Recording& recording,
                PopulationId id,
                Slot slot,
                Tick last,
                const std::vector<ReplayedTick>& replayed);

    // Of the input that receptor k takes at each tick.
    [[nodiscard]] const std::vector<double>& of_input(std::size_t k) const { return of_input_[k]; }

    [[nodiscard]] std::optional<Tick> last_hard_reset() const { return last_hard_reset_; }

    [[nodiscard]] bool refractory(Tick t) const { return t < free_[static_cast<std::size_t>(t)]; }

    [[nodiscard]] Tick free_at(Tick t) const { return free_[static_cast<std::size_t>(t)]; }

    [[nodiscard]] float fired(Tick t) const {
        return t < 0 ? 0 : fired_[static_cast<std::size_t>(t)];
    }

    // What the neuron itself contributes: v_init, v_rest, its resets and its floor.
    std::vector<LedgerTerm> terms;

  private:
    void find_fired(const std::vector<Packet>& packets);
    void find_refractory();
    void add(LedgerTerm term);
    void add_reset(Tick fired_at, double contribution);
    void cut_at(Tick fired_at);
    [[nodiscard]] double owed(Tick t) const;
    void step_back(Tick t);
    void undo_reset(Tick fired_at, double n);
    void undo_firing(Tick t);
    void undo_trace(Tick t);
    void undo_late_resets(Tick t);
    void undo_currents(Tick t, bool dropped);

    const CompiledNeurons<float>& rule_;
    Slot slot_;
    Tick last_;
    const std::vector<ReplayedTick>& replayed_;
    double theta_, v_reset_, beta_, v_rest_;
    std::vector<float> fired_;  // by tick: payload
    std::vector<Tick> free_;    // by tick: the first at which it may fire again
    double membrane_ = 0;
    double trace_ = 0;
    double rest_ = 0;
    std::vector<std::vector<double>> of_input_;  // [receptor][tick]
    std::vector<double> current_, memory_;       // by receptor
    std::optional<Tick> last_hard_reset_;
};

}  // namespace saltus::detail
