// What can be read off a run: results, membranes, currents. Reading a lazy or leaping value
// computes it and stores nothing.
#include "core/engine/engine.hpp"
#include "core/integrate/rule/arithmetic_mode.hpp"
#include "core/integrate/rule/power.hpp"

namespace saltus::detail {

template <class Real>
Result Engine<Real>::finish() const {
    const ArithmeticMode mode;
    Result result;
    result.counts = counts_;
    result.error = error_;
    if (error_) {
        return result;
    }
    result.ticks_run = now_ + 1;
    for (std::size_t r = 0; r < readouts_.size(); ++r) {
        result.readouts.push_back(
            readouts_[r].result(membrane(network_.readouts[r].population), result.ticks_run));
    }
    return result;
}

template <class Real>
std::vector<Real> Engine<Real>::membrane(PopulationId id) const {
    const CompiledPopulation<Real>& population = network_.populations[id];
    if (!population.rule) {
        return {};
    }
    const ArithmeticMode mode;
    const CompiledNeurons<Real>& rule = *population.rule;
    const PopulationState<Real>& state = populations_[id].state;
    std::vector<Real> v(state.v.begin(), state.v.end());
    if (rule.rule.clock == Clock::stepped) {
        return v;
    }
    v.resize(state.neurons);
    for (Slot slot = 0; slot < v.size(); ++slot) {
        if (rule.rule.clock == Clock::leaps) {
            leap_to(
                rule, state, *populations_[id].tables, slot, now_, state.held.holds(slot), read_);
            v[slot] = read_.v;
        } else {
            const Tick n = now_ - state.last[slot / rule.block];
            const Real rest = rule.v_rest[slot];
            const Real l = power(rule.beta[slot], n);
            if (n > 0) {
                v[slot] = rest == 0 ? l * v[slot] : l * (v[slot] - rest) + rest;
            }
            if (n > 0 && rule.floor && v[slot] < *rule.floor) {
                v[slot] = *rule.floor;
            }
        }
        if (v[slot] == 0) {
            v[slot] = Real(0);
        }  // -0 is read as +0
    }
    return v;
}

template <class Real>
std::vector<Real> Engine<Real>::current(PopulationId id, std::uint32_t receptor) const {
    const CompiledPopulation<Real>& population = network_.populations[id];
    const ArithmeticMode mode;
    const PopulationState<Real>& state = populations_[id].state;
    std::vector<Real> i(state.i[receptor].begin(), state.i[receptor].end());
    if (population.rule->rule.clock == Clock::leaps) {
        i.resize(population.rule->receptors[receptor].remembers ? state.neurons : 0);
        for (Slot slot = 0; slot < i.size(); ++slot) {
            leap_to(*population.rule,
                    state,
                    *populations_[id].tables,
                    slot,
                    now_,
                    state.held.holds(slot),
                    read_);
            i[slot] = read_.i[receptor];
        }
    }
    return i;
}

template Result Engine<float>::finish() const;
template std::vector<float> Engine<float>::membrane(PopulationId) const;
template std::vector<float> Engine<float>::current(PopulationId, std::uint32_t) const;
template Result Engine<double>::finish() const;
template std::vector<double> Engine<double>::membrane(PopulationId) const;
template std::vector<double> Engine<double>::current(PopulationId, std::uint32_t) const;

}  // namespace saltus::detail
