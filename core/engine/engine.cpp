#include "core/engine/engine.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/engine/profile.hpp"
#include "core/error.hpp"
#include "core/integrate/rule/arithmetic_mode.hpp"

namespace saltus::detail {

namespace {

// How far ahead wake-ups are usually asked for.
template <class Real>
Tick longest_wait(const CompiledNetwork<Real>& network) {
    Tick longest = 0;
    for (const CompiledProjection<Real>& projection : network.projections) {
        longest = std::max(longest, projection.delay);
    }
    for (const CompiledPopulation<Real>& population : network.populations) {
        if (population.rule && population.rule->has_refractory) {
            longest = std::max<Tick>(longest, population.rule->rule.refractory_ticks);
        }
    }
    return std::min(longest, network.horizon);
}

// Whether all that arrives at a population, held values aside, is rows of a sparse tensor.
bool brings_rows_alone(const CompiledNetwork<float>& network,
                       const CompiledPopulation<float>& population) {
    return std::all_of(population.incoming.begin(), population.incoming.end(), [&](ProjectionId p) {
        const CompiledProjection<float>& projection = network.projections[p];
        return projection.held ||
               (projection.kind == ConnectionKind::sparse && projection.weights32 != nullptr &&
                !projection.pool && !projection.filter);
    });
}

}  // namespace

template <class Real>
Engine<Real>::Engine(const CompiledNetwork<Real>& network)
    : network_(network),
      populations_(network.populations.size()),
      projections_(network.projections.size()),
      queue_(static_cast<std::uint32_t>(network.populations.size()), longest_wait(network)),
      stretch_(static_cast<std::uint32_t>(network.populations.size())) {
    for (std::size_t p = 0; p < populations_.size(); ++p) {
        const CompiledPopulation<Real>& population = network.populations[p];
        Live& live = populations_[p];
        if (population.rule) {
            live.state.allocate(*population.rule, population.neurons);
            if (population.rule->rule.clock == Clock::leaps) {
                live.tables =
                    std::make_unique<LeapTables<Real>>(*population.rule, population.neurons, stop_);
                if constexpr (std::is_same_v<Real, float>) {
                    if (population.rule->has_leap_kernel) {
                        live.plan = std::make_unique<LeapPlan>(*population.rule,
                                                               *live.tables,
                                                               live.state.wheel.reach(),
                                                               network.horizon);
                        live.input = std::make_unique<LeapInput>(population.neurons,
                                                                 population.rule->receptors.size());
                        live.state.x_listed = brings_rows_alone(network, population);
                    }
                }
            }
        } else if (std::holds_alternative<MaxPoolSpec>(population.spec.kind)) {
            const PopulationId source = network.projections[population.incoming[0]].source;
            live.pool.allocate(network.populations[source].neurons, population.neurons);
        }
    }
    for (std::size_t p = 0; p < projections_.size(); ++p) {
        const CompiledProjection<Real>& projection = network.projections[p];
        projections_[p].allocate(projection, network.populations[projection.source].neurons);
    }
    for (const ReadoutSpec& readout : network.readouts) {
        readouts_.emplace_back(
            readout, network.horizon, network.populations[readout.population].spec.shape);
    }
    counts_.populations.resize(populations_.size());
    counts_.projections.resize(projections_.size());
}

template <class Real>
void Engine<Real>::begin(std::span<PacketSource* const> sources, Start start) {
    const ArithmeticMode mode;
    if (!carries_) {
        start = Start::fresh;
    }
    const Tick ran = now_ + 1;
    zeros_ = next_zeros_;
    clear_counts();
    error_.reset();
    if (start == Start::carry) {
        finish_filters();
    }
    ended_ = false;
    tick_open_ = false;
    now_ = -1;
    until_ = -1;
    queue_.clear();
    for (ReadoutState<Real>& readout : readouts_) {
        readout.reset();
    }
    reset_state(start, ran);

    std::size_t next = 0;
    for (std::size_t p = 0; p < populations_.size(); ++p) {
        const auto id = static_cast<PopulationId>(p);
        if (std::holds_alternative<EncoderSpec>(network_.populations[p].spec.kind)) {
            populations_[p].source = sources[next++];
        } else {
            schedule_first(id, start);
        }
    }
    begun_ = true;
    carries_ = true;
}

// `ran`: the ticks of the sample before, if it carries over.
template <class Real>
void Engine<Real>::reset_state(Start start, Tick ran) {
    for (std::size_t p = 0; p < populations_.size(); ++p) {
        const CompiledPopulation<Real>& population = network_.populations[p];
        Live& live = populations_[p];
        live.history.clear();
        live.bits.clear();
        live.held.clear();
        live.held_since = -1;
        live.fetched = false;
        if (live.input) {
            live.input->clear();
        }
        if (population.rule) {
            if (start == Start::fresh) {
                live.state.reset(*population.rule);
            } else {
                live.state.carry(ran);
            }
            for (std::size_t k = 0; k < population.rule->receptors.size(); ++k) {
                start_drive(population.rule->receptors[k], live.state.drive[k]);
            }
        } else if (start == Start::fresh) {
            live.pool.reset();
        }
    }
    for (ProjectionState<Real>& projection : projections_) {
        projection.waits_for = 0;
        if (start == Start::fresh) {
            projection.reset();
        }
    }
}

// Wakes a population at the first tick at which something can happen in it without input.
template <class Real>
void Engine<Real>::schedule_first(PopulationId id, Start start) {
    const CompiledPopulation<Real>& population = network_.populations[id];
    bool rings = false;
    for (const ProjectionId p : population.incoming) {
        rings |= projections_[p].filter_active;
    }
    if (!population.rule) {
        if (rings) {
            push(id, 0);
        }
        return;
    }
    const CompiledNeurons<Real>& rule = *population.rule;
    if (start == Start::fresh && rule.rests_initially && !rule.never_sleeps && !rings) {
        push(id, next_boundary(rule, -1, rule.rule.clock == Clock::lazy && rule.rule.fires));
    } else if (rule.rule.clock == Clock::lazy && start == Start::fresh) {
        push(id, next_boundary(rule, -1, rule.rule.fires));
    } else {
        push(id, 0);
    }
}

// The main loop.
template <class Real>
bool Engine<Real>::advance_to(Tick tick) {
    if (ended_) {
        return false;
    }
    const ArithmeticMode mode;
    until_ = std::min(tick, network_.horizon - 1);
    for (std::size_t p = 0; p < populations_.size(); ++p) {
        if (populations_[p].source != nullptr) {
            const auto id = static_cast<PopulationId>(p);
            const ProfileScope scope(profile_, id);
            fetch(id, until_);
            if (error_) {
                return end_failed();
            }
        }
    }
    goes_by_layers() ? advance_by_layers() : advance_by_ticks();
    return error_ ? end_failed() : !ended_;
}

// The main loop, tick by tick.
template <class Real>
void Engine<Real>::advance_by_ticks() {
    WakeUp next;
    paths_.add(EnginePath::tick_by_tick);
    while (queue_.pop(until_, next)) {
        ++counts_.execution.queue_operations;
        if (next.tick != now_ && !close_tick()) {
            return;
        }
        stop_.pass(1, bytes_touched());
        now_ = next.tick;
        tick_open_ = true;
        wake(network_.by_rank[next.rank], now_);
        if (error_) {
            return;
        }
    }
    if (close_tick()) {
        now_ = std::max(now_, until_);
    }
}

// A failed sample has its error and nothing else.
template <class Real>
bool Engine<Real>::end_failed() {
    ended_ = true;
    carries_ = false;
    clear_counts();
    return false;
}

template <class Real>
void Engine<Real>::clear_counts() {
    std::fill(counts_.populations.begin(), counts_.populations.end(), PopulationCounts{});
    std::fill(counts_.projections.begin(), counts_.projections.end(), ProjectionCounts{});
    counts_.zero_weights.assign(zeros_ == nullptr ? 0 : projections_.size(), {});
    counts_.execution = {};
}

// Shows a finished tick to the hook. A wake-up taken off the queue for a later tick is given up
// with the run, which ends here.
template <class Real>
bool Engine<Real>::close_tick() {
    const bool open = tick_open_;
    tick_open_ = false;
    if (!open || hook_ == nullptr || !hook_->watches_ticks() || hook_->after_tick(now_)) {
        return true;
    }
    ended_ = true;
    return false;
}

template <class Real>
void Engine<Real>::wake(PopulationId id, Tick t) {
    const ProfileScope scope(profile_, id);
    const CompiledPopulation<Real>& population = network_.populations[id];
    if (populations_[id].source != nullptr) {
        encode(id);
    } else if (!population.rule) {
        integrate_max_pool(id, t);
    } else {
        switch (population.rule->rule.clock) {
            case Clock::stepped:
                integrate_stepped(id, t);
                break;
            case Clock::lazy:
                integrate_lazy(id, t);
                break;
            case Clock::leaps:
                integrate_leaps(id, t);
                break;
        }
    }
}

template <class Real>
void Engine<Real>::push(PopulationId id, Tick t) {
    const std::uint32_t rank = network_.populations[id].rank;
    if (t < network_.horizon &&
        (stretch_.holds(t) ? stretch_.push(t, rank) : queue_.push(t, rank))) {
        ++counts_.execution.queue_operations;
    }
}

template <class Real>
void Engine<Real>::fail(PopulationId id, Slot slot, Tick t, const std::string& what) {
    const PopulationSpec& spec = network_.populations[id].spec;
    const NeuronIndex index = spec.shape.index_of(slot);
    error_ = SampleError{id, index, t, fmt::format("{}[{}]@{}: {}", spec.name, index, t, what)};
}

template class Engine<float>;
template class Engine<double>;

}  // namespace saltus::detail
