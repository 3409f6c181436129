// The leaping clock: which neurons of a woken population are taken to its tick, and when the next
// ones are due. Everything else about them is closed forms (leap.hpp, leap_kernel.hpp).
#include <algorithm>
#include <type_traits>

#include "core/engine/engine.hpp"

namespace saltus::detail {

namespace {

// Ascending slots, payloads with them.
void sort_packet(Packet& packet, std::vector<std::pair<Slot, float>>& pairs) {
    if (std::is_sorted(packet.slots.begin(), packet.slots.end())) {
        return;
    }
    if (packet.payloads.empty()) {
        std::sort(packet.slots.begin(), packet.slots.end());
        return;
    }
    pairs.clear();
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        pairs.emplace_back(packet.slots[k], packet.payloads[k]);
    }
    std::sort(pairs.begin(), pairs.end());
    for (std::size_t k = 0; k < pairs.size(); ++k) {
        packet.slots[k] = pairs[k].first;
        packet.payloads[k] = pairs[k].second;
    }
}

}  // namespace

// Neurons are independent of each other within a tick, so they come as they are found: those that
// something arrives at, those that leave their refractory period or whose drive changes, those
// whose bound says that they may fire by themselves. Nobody is taken to a tick twice.
template <class Real>
void Engine<Real>::integrate_leaps(PopulationId id, Tick t) {
    const CompiledPopulation<Real>& population = network_.populations[id];
    const CompiledNeurons<Real>& rule = *population.rule;
    Live& live = populations_[id];
    PopulationState<Real>& state = live.state;
    const bool untouched = state.pristine && rule.rests_initially;
    const Arrival arrival = deliver(id, t);
    paths_.add_if(arrival.new_drive, EnginePath::leaps_renewed);
    if constexpr (std::is_same_v<Real, float>) {
        if (live.input && !state.touched.list().empty()) {
            live.input->take(state.touched.list(), state.x);
            state.touched.clear();
        }
    }

    todo_.clear();
    state.held.release(t, [&](Slot slot) { todo_.push_back(slot); });
    for (const Slot slot : todo_) {
        store_leap(id, slot, t - 1, true);
    }
    if (drive_may_change(id, t, arrival.new_drive)) {
        change_drive(id, t, todo_);
    }
    const bool opens = rule.rule.fires && t == rule.firing_window.from && !untouched;
    if (opens || state.look_at_all) {
        for (Slot slot = 0; slot < population.neurons; ++slot) {
            todo_.push_back(slot);
        }
        state.look_at_all = false;
    }
    Packet& packet = live.history.start();
    packet.tick = t;
    leap_all(id, live.input ? live.input->slots() : state.touched.list(), true, t);
    if (!todo_.empty()) {
        std::sort(todo_.begin(), todo_.end());
        todo_.erase(std::unique(todo_.begin(), todo_.end()), todo_.end());
        std::erase_if(todo_, [&](Slot slot) { return state.cells.last(slot) == t; });
        leap_all(id, todo_, false, t);
    }
    take_due(id, t, todo_);
    leap_all(id, todo_, false, t);
    state.touched.clear();
    if (live.input) {
        live.input->clear();
    }
    if (error_) {
        return;
    }
    sort_packet(packet, pairs_);
    packet.drop_unit_payloads();
    fire(id);
    push(id, state.wheel.next(t, network_.horizon));
    if (const auto tick = state.held.next()) {
        push(id, *tick);
    }
    push(id, next_boundary(rule, t, true));
}

// The neurons whose look is t, each once. One whose look has moved since it was entered is entered
// anew. Which is which is as good as chance: no branch asks.
template <class Real>
void Engine<Real>::take_due(PopulationId id, Tick t, std::vector<Slot>& out) {
    PopulationState<Real>& state = populations_[id].state;
    const NearTick now = near_tick(t);
    due_.clear();
    state.wheel.take(t, due_);
    out.resize(due_.size());
    std::size_t looked = 0;
    std::size_t moved = 0;
    for (const Slot slot : due_) {
        const NearTick due = state.cells.due(slot);
        const NearTick look = state.cells.look(slot);
        const bool holds = due == now;  // else an earlier entry was made, and taken
        const bool comes = holds && look == now;
        const bool moves = holds && look != now && look != k_no_tick;
        state.cells.due(slot) = !holds ? due : moves ? look : k_no_tick;
        out[looked] = slot;
        looked += comes ? 1 : 0;
        due_[moved] = slot;
        moved += moves ? 1 : 0;
    }
    out.resize(looked);
    for (std::size_t k = 0; k < moved; ++k) {
        state.wheel.push(state.cells.due(due_[k]), due_[k]);
    }
}

// Takes neurons to t, each listed once: by the kernel if it covers the population.
template <class Real>
void Engine<Real>::leap_all(PopulationId id, std::span<const Slot> slots, bool arrived, Tick t) {
    if (slots.empty()) {
        return;
    }
    const CompiledNeurons<Real>& rule = *network_.populations[id].rule;
    counts_.execution.neuron_updates += slots.size();
    counts_.execution.state_bytes += slots.size() * rule.state_bytes;
    populations_[id].state.pristine = false;
    if constexpr (std::is_same_v<Real, float>) {
        if (populations_[id].plan) {
            paths_.add(EnginePath::leaps_kernel);
            paths_.add_if(slots.size() >= 16, EnginePath::leaps_lanes);
            leap_by_kernel(id, slots, arrived, t);
            return;
        }
    }
    paths_.add(EnginePath::leaps_one_by_one);
    for (const Slot slot : slots) {
        leap_one(id, slot, arrived, t);
    }
}

// The population must have a plan, which only float32 ones do.
template <class Real>
void Engine<Real>::leap_by_kernel(PopulationId id,
                                  std::span<const Slot> slots,
                                  bool arrived,
                                  Tick t) {
    constexpr std::size_t k_chunk = 128;
    Live& live = populations_[id];
    const CompiledNeurons<Real>& rule = *network_.populations[id].rule;
    PopulationState<Real>& state = live.state;
    LeapRun run = live.plan->run();
    run.cells = state.cells.cells();
    run.t = t;
    run.arrived = arrived;
    for (std::uint32_t k = 0; k < run.receptors; ++k) {
        run.x[k] = arrived ? live.input->x(k) : nullptr;
        run.effective[k] = rule.receptors[k].driven ? state.effective[k].data() : nullptr;
    }
    run.may_fire = rule.rule.fires && rule.firing_window.holds(t);
    run.looks_on = rule.rule.fires && rule.firing_window.holds(t + 1);
    Slot fired[k_chunk + 16];
    NearTick look_ticks[k_chunk + 16];
    Slot look_slots[k_chunk + 16];
    const auto pass = [&](std::size_t count) {
        slots = slots.subspan(count);
        for (const float*& x : run.x) {
            x = x == nullptr ? nullptr : x + count;
        }
    };
    while (!slots.empty()) {
        run.held = state.held.any() ? state.held.bits() : nullptr;
        run.slots = slots.data();
        run.count = static_cast<std::uint32_t>(std::min(slots.size(), k_chunk));
        const LeapResult result = kernels().leap_neurons(run, {fired, look_ticks, look_slots});
        if (result.failed) {
            fail_leap(id, result.not_finite, t, k_not_finite);
        }
        Packet& packet = live.history.open();
        packet.slots.insert(packet.slots.end(), fired, fired + result.fired);
        for (std::uint32_t k = 0; rule.has_refractory && k < result.fired; ++k) {
            state.held.hold(fired[k], t + rule.rule.refractory_ticks);
        }
        for (std::uint32_t k = 0; k < result.looks; ++k) {
            state.wheel.push(look_ticks[k], look_slots[k]);
        }
        pass(result.done);
        if (result.done == run.count) {
            continue;
        }
        // a gap longer than the rows: more rows, or none are made for it
        if (live.plan->extend(t - state.cells.last(slots[0]))) {
            run.rows = live.plan->run().rows;
            run.row_count = live.plan->run().row_count;
        } else {
            for (std::uint32_t k = 0; k < run.receptors && arrived; ++k) {
                state.x[k][slots[0]] = run.x[k] == nullptr ? 0 : *run.x[k];
            }
            paths_.add(EnginePath::leaps_long_gap);
            leap_one(id, slots[0], arrived, t);
            pass(1);
        }
    }
}

// Whether anyone's drive at t may differ from that at t - 1.
template <class Real>
bool Engine<Real>::drive_may_change(PopulationId id, Tick t, bool new_values) const {
    const CompiledNeurons<Real>& rule = *network_.populations[id].rule;
    return std::any_of(rule.receptors.begin(), rule.receptors.end(), [&](const auto& receptor) {
        return receptor.driven && (new_values || t == 0 || t == receptor.drive_window.from ||
                                   t == receptor.drive_window.until);
    });
}

// Stores the state after t - 1 of every neuron whose drive differs at t, and lets the new drive
// hold from t on.
template <class Real>
void Engine<Real>::change_drive(PopulationId id, Tick t, std::vector<Slot>& todo) {
    const CompiledNeurons<Real>& rule = *network_.populations[id].rule;
    PopulationState<Real>& state = populations_[id].state;
    const auto drive_at = [&](std::size_t k, Slot slot) {
        return rule.receptors[k].drive_window.holds(t) ? state.drive[k][slot] : Real(0);
    };
    const auto differs = [&](Slot slot) {
        for (std::size_t k = 0; k < rule.receptors.size(); ++k) {
            if (rule.receptors[k].driven && state.effective[k][slot] != drive_at(k, slot)) {
                return true;
            }
        }
        return false;
    };
    for (Slot slot = 0; slot < state.neurons; ++slot) {
        if (!differs(slot)) {
            continue;
        }
        const bool held = state.held.holds(slot);
        if (!held || rule.rule.refractory != Refractory::drop) {
            store_leap(id, slot, t - 1, held);
            todo.push_back(slot);
        }
        for (std::size_t k = 0; k < rule.receptors.size(); ++k) {
            if (rule.receptors[k].driven) {
                state.effective[k][slot] = drive_at(k, slot);
            }
        }
    }
}

// Stores the state after t; `held`: the neuron is in its refractory period at t.
template <class Real>
void Engine<Real>::store_leap(PopulationId id, Slot slot, Tick t, bool held) {
    const CompiledNeurons<Real>& rule = *network_.populations[id].rule;
    PopulationState<Real>& state = populations_[id].state;
    leap_to(rule, state, *populations_[id].tables, slot, t, held, leap_);
    write_leap(state, slot, t);
}

template <class Real>
void Engine<Real>::write_leap(PopulationState<Real>& state, Slot slot, Tick t) {
    state.cells.v(slot) = leap_.v;
    std::copy(leap_.i.begin(), leap_.i.end(), state.cells.i(slot));
    state.cells.last(slot) = t;
}

// One neuron at tick t: what arrives, the test, the reset, and when to look again. What the kernel
// does for many, for any parameters.
template <class Real>
void Engine<Real>::leap_one(PopulationId id, Slot slot, bool arrived, Tick t) {
    const CompiledNeurons<Real>& rule = *network_.populations[id].rule;
    Live& live = populations_[id];
    PopulationState<Real>& state = live.state;
    const bool held = state.held.holds(slot);
    const bool drop = held && rule.rule.refractory == Refractory::drop;
    const bool hold = held && rule.rule.refractory == Refractory::hold;

    leap_to(rule, state, *live.tables, slot, t, held, leap_);
    for (std::size_t k = 0; arrived && k < rule.receptors.size(); ++k) {
        const Real x = state.x[k][slot];
        state.x[k][slot] = Real(0);
        if (drop) {
            continue;
        }
        if (rule.receptors[k].remembers) {
            leap_.i[k] = leap_.i[k] + x;
        }
        if (!hold && rule.rule.current_used == CurrentUsed::this_tick) {
            const Real gain = rule.receptors[k].gain[slot];
            leap_.v = leap_.v + (gain == 1 ? x : gain * x);
        }
    }
    if (!(leap_.v - leap_.v == 0)) {
        fail_leap(id, slot, t, k_not_finite);
        return;
    }

    const bool may = rule.rule.fires && rule.firing_window.holds(t) && !held;
    const Real theta = rule.theta[slot];
    const std::uint32_t n = may ? spikes_of(rule.rule, leap_.v, theta) : 0;
    if (n == k_too_many_spikes) {
        fail_leap(id, slot, t, k_too_many);
        return;
    }
    if (n > 0) {
        leap_.v = reset(rule.rule.reset, leap_.v, static_cast<Real>(n), theta, rule.v_reset[slot]);
        live.history.open().slots.push_back(slot);
        if (rule.rule.spikes_per_tick == SpikesPerTick::trunc) {
            live.history.open().payloads.push_back(static_cast<float>(n));
        }
        if (rule.has_refractory) {
            state.held.hold(slot, t + rule.rule.refractory_ticks);
        }
    }
    if (n > 0 || (arrived && !drop)) {
        write_leap(state, slot, t);
    }
    const bool looks = rule.rule.fires && rule.firing_window.holds(t + 1) &&
                       !state.held.holds(slot) &&
                       may_cross(rule, state, slot, leap_, network_.horizon);
    state.cells.look(slot) = looks ? near_tick(t + 1) : k_no_tick;
    if (looks && state.cells.due(slot) != near_tick(t + 1)) {
        state.cells.due(slot) = near_tick(t + 1);
        state.wheel.push(near_tick(t + 1), slot);
    }
}

// Fails the sample for the lowest slot of the tick.
template <class Real>
void Engine<Real>::fail_leap(PopulationId id, Slot slot, Tick t, const char* what) {
    const Shape& shape = network_.populations[id].spec.shape;
    if (!error_ || slot < shape.slot_of(error_->neuron)) {
        fail(id, slot, t, what);
    }
}

#define SALTUS_INSTANTIATE(Real)                                                           \
    template void Engine<Real>::integrate_leaps(PopulationId, Tick);                       \
    template void Engine<Real>::take_due(PopulationId, Tick, std::vector<Slot>&);          \
    template void Engine<Real>::leap_all(PopulationId, std::span<const Slot>, bool, Tick); \
    template void Engine<Real>::leap_one(PopulationId, Slot, bool, Tick);                  \
    template bool Engine<Real>::drive_may_change(PopulationId, Tick, bool) const;          \
    template void Engine<Real>::change_drive(PopulationId, Tick, std::vector<Slot>&);      \
    template void Engine<Real>::store_leap(PopulationId, Slot, Tick, bool);                \
    template void Engine<Real>::write_leap(PopulationState<Real>&, Slot, Tick);            \
    template void Engine<Real>::fail_leap(PopulationId, Slot, Tick, const char*);

SALTUS_INSTANTIATE(float)
SALTUS_INSTANTIATE(double)
template void Engine<float>::leap_by_kernel(PopulationId, std::span<const Slot>, bool, Tick);

}  // namespace saltus::detail
