// How a woken population takes its tick, by clock: stepped and lazy; and max pools. Leaps:
// leaping.cpp.
#include <algorithm>
#include <type_traits>

#include "core/engine/engine.hpp"

namespace saltus::detail {

namespace {

template <class Real>
EnginePath stepped_path(const CompiledNeurons<Real>& rule) {
    if (!std::is_same_v<Real, float>) {
        return EnginePath::stepped_rule;
    }
    return rule.is_simple            ? EnginePath::stepped_simple
           : rule.has_current_kernel ? EnginePath::stepped_currents
                                     : EnginePath::stepped_rule;
}

}  // namespace

// The first tick after t at which something changes by itself: a drive's window, or, if a membrane
// passes, the start of the firing window. The horizon if there is none.
template <class Real>
Tick Engine<Real>::next_boundary(const CompiledNeurons<Real>& rule, Tick t, bool passes) const {
    Tick next = network_.horizon;
    const auto consider = [&](Tick tick) {
        if (tick > t) {
            next = std::min(next, tick);
        }
    };
    for (const CompiledReceptor<Real>& receptor : rule.receptors) {
        if (!receptor.driven) {
            continue;
        }
        consider(receptor.drive_window.from);
        consider(receptor.drive_window.until);
    }
    if (passes && rule.rule.fires) {
        consider(rule.firing_window.from);
    }
    return next;
}

// Fires what an update has put into the open packet; false if the update failed the sample.
template <class Real>
bool Engine<Real>::fire_updated(PopulationId id, Tick t, const UpdateOutcome& outcome) {
    const bool finite = !outcome.not_finite.has_value();
    if (outcome.too_many && (finite || *outcome.too_many < *outcome.not_finite)) {
        fail(id, *outcome.too_many, t, k_too_many);
    } else if (!finite) {
        fail(id, *outcome.not_finite, t, k_not_finite);
    } else {
        populations_[id].history.open().drop_unit_payloads();
        fire(id);
    }
    return !error_;
}

// Every neuron at every tick, but for ticks that would leave every bit as it is and fire nothing. A
// tick without input that changed nothing would be followed by the same again, until a window opens
// or closes.
template <class Real>
void Engine<Real>::integrate_stepped(PopulationId id, Tick t) {
    const CompiledPopulation<Real>& population = network_.populations[id];
    const CompiledNeurons<Real>& rule = *population.rule;
    Live& live = populations_[id];
    const Arrival arrival = deliver(id, t);
    const bool input = arrival.spikes || arrival.new_drive;
    live.state.held.release(t, [](Slot) {});

    paths_.add(stepped_path(rule));
    paths_.add_if(arrival.new_drive, EnginePath::stepped_renewed);

    UpdateOutcome outcome;
    Packet& packet = live.history.start();
    packet.tick = t;
    update(rule,
           live.state,
           0,
           population.neurons,
           t,
           1,
           !input && !rule.keeps_without_input,
           packet,
           outcome);
    counts_.execution.neuron_updates += population.neurons;
    counts_.execution.state_bytes += population.neurons * rule.state_bytes;
    if (live.state.x_waits) {
        paths_.add(EnginePath::stepped_rows_wait);
        move_waiting(id);
    }
    if (!fire_updated(id, t, outcome)) {
        return;
    }
    for (const std::size_t r : population.readouts) {
        readouts_[r].add_membranes(live.state.v);
    }

    bool again = rule.never_sleeps;
    if (rule.keeps_without_input) {
        again |= outcome.passes && rule.rule.fires && rule.firing_window.holds(t + 1);
    } else {
        again |= input || outcome.changed || outcome.fired > 0 || live.state.held.any();
    }
    push(id, again ? t + 1 : next_boundary(rule, t, outcome.passes));
}

// Only blocks that a spike reaches, that fired at the tick before, that leave a refractory period,
// or all of them at the start of the firing window.
template <class Real>
void Engine<Real>::integrate_lazy(PopulationId id, Tick t) {
    const CompiledPopulation<Real>& population = network_.populations[id];
    const CompiledNeurons<Real>& rule = *population.rule;
    Live& live = populations_[id];
    PopulationState<Real>& state = live.state;
    deliver(id, t);
    while (state.fired_due.at(t)) {
        state.touched.touch(state.fired_due.pop());
    }
    state.held.release(t, [&](Slot slot) { state.touched.touch(slot / rule.block); });

    paths_.add(std::is_same_v<Real, float> && rule.is_simple ? EnginePath::lazy_simple
                                                             : EnginePath::lazy_rule);

    UpdateOutcome outcome;
    Packet& packet = live.history.start();
    packet.tick = t;
    if (rule.rule.fires && t == rule.firing_window.from) {
        const auto blocks = static_cast<std::uint32_t>(state.last.size());
        for (std::uint32_t b = 0; b < blocks; ++b) {
            if (!state.touched.has(b) && state.pristine && rule.rests_initially &&
                state.last[b] == -1) {
                state.last[b] = t;  // advancing a block at rest changes nothing else
            } else {
                advance_block(id, b, t, outcome);
            }
        }
    } else {
        state.touched.sort();
        for (const std::uint32_t b : state.touched.list()) {
            advance_block(id, b, t, outcome);
        }
    }
    state.touched.clear();
    if (!fire_updated(id, t, outcome)) {
        return;
    }
    if (const auto tick = state.fired_due.first()) {
        push(id, *tick);
    }
    if (const auto tick = state.held.next()) {
        push(id, *tick);
    }
    if (rule.rule.fires && rule.firing_window.from > t) {
        push(id, rule.firing_window.from);
    }
}

// Updates the neurons of one lazy block at t; its clock is then at t.
template <class Real>
void Engine<Real>::advance_block(PopulationId id, std::uint32_t b, Tick t, UpdateOutcome& outcome) {
    const CompiledNeurons<Real>& rule = *network_.populations[id].rule;
    Live& live = populations_[id];
    PopulationState<Real>& state = live.state;
    const std::uint32_t begin = b * rule.block;
    const std::uint32_t end = std::min(begin + rule.block, network_.populations[id].neurons);
    const std::uint32_t fired_before = outcome.fired;
    update(rule, state, begin, end, t, t - state.last[b], false, live.history.open(), outcome);
    state.last[b] = t;
    for (auto& x : state.x) {
        std::fill(&x[begin], &x[begin] + (end - begin), Real(0));
    }
    counts_.execution.neuron_updates += end - begin;
    counts_.execution.state_bytes += (end - begin) * rule.state_bytes;
    if (outcome.fired > fired_before) {
        state.fired_due.push(t + 1, b);
    }
}

template <class Real>
void Engine<Real>::integrate_max_pool(PopulationId id, Tick t) {
    const CompiledPopulation<Real>& population = network_.populations[id];
    Live& live = populations_[id];
    const ProjectionId p = population.incoming[0];
    const CompiledProjection<Real>& projection = network_.projections[p];
    const Packet* packet = arriving(p, t);
    if (filter_sends(p, t, packet)) {
        paths_.add(EnginePath::source_filter);
        packet = &filter_packet(projection, projections_[p], packet);
    }
    if (projections_[p].filter_active) {
        push(id, t + 1);
    }
    if (packet == nullptr) {
        return;
    }
    Packet& out = live.history.start();
    out.tick = t;
    const auto mode = std::get<MaxPoolSpec>(population.spec.kind).mode;
    paths_.add(mode == MaxPoolSpec::Mode::by_tick ? EnginePath::max_pool_by_tick
                                                  : EnginePath::max_pool_by_count);
    pool_maximum(projection,
                 population.spec.shape,
                 mode,
                 projection.filter.has_value(),
                 live.pool,
                 *packet,
                 out);
    fire(id);
}

template void Engine<float>::integrate_stepped(PopulationId, Tick);
template void Engine<float>::integrate_lazy(PopulationId, Tick);
template void Engine<float>::advance_block(PopulationId, std::uint32_t, Tick, UpdateOutcome&);
template void Engine<float>::integrate_max_pool(PopulationId, Tick);
template bool Engine<float>::fire_updated(PopulationId, Tick, const UpdateOutcome&);
template Tick Engine<float>::next_boundary(const CompiledNeurons<float>&, Tick, bool) const;
template void Engine<double>::integrate_stepped(PopulationId, Tick);
template void Engine<double>::integrate_lazy(PopulationId, Tick);
template void Engine<double>::advance_block(PopulationId, std::uint32_t, Tick, UpdateOutcome&);
template void Engine<double>::integrate_max_pool(PopulationId, Tick);
template bool Engine<double>::fire_updated(PopulationId, Tick, const UpdateOutcome&);
template Tick Engine<double>::next_boundary(const CompiledNeurons<double>&, Tick, bool) const;

}  // namespace saltus::detail
