#include "core/integrate/rule/kernel_updates.hpp"

#include <algorithm>

#include "core/integrate/rule/power.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

namespace {

// Neurons a run of the simple kernel.
constexpr std::uint32_t k_chunk = 512;

// Adds what a kernel did to what the update did.
template <class Run, class Result>
void take(const Run& run,
          const Result& result,
          const std::uint32_t* fired,
          Packet& out,
          UpdateOutcome& outcome) {
    out.slots.insert(out.slots.end(), fired, fired + result.fired);
    outcome.fired += result.fired;
    outcome.passes |= result.passes;
    outcome.changed |= result.changed;
    if (result.not_finite < run.size && !outcome.not_finite) {
        outcome.not_finite = run.first + result.not_finite;
    }
}

}  // namespace

void update_simple(const CompiledNeurons<float>& rule,
                   PopulationState<float>& state,
                   std::uint32_t begin,
                   std::uint32_t end,
                   Tick t,
                   Tick gap,
                   Packet& out,
                   UpdateOutcome& outcome) {
    IntegrateRun run;
    run.beta = gap == 1 ? rule.beta.one : power(rule.beta.one, gap);
    run.theta = rule.theta.one;
    run.v_reset = rule.v_reset.one;
    run.above = rule.rule.comparison == Comparison::above;
    run.subtracts = rule.rule.reset == Reset::subtract;
    run.may_fire = rule.rule.fires && rule.firing_window.holds(t);
    std::uint32_t fired[k_chunk];
    for (run.first = begin; run.first < end; run.first += k_chunk) {
        run.v = &state.v[run.first];
        run.x = &state.x[0][run.first];
        run.size = std::min(k_chunk, end - run.first);
        const IntegrateResult result = kernels().integrate(run, fired);
        take(run, result, fired, out, outcome);
    }
}

CurrentRun current_run(const CompiledNeurons<float>& rule, Tick t) {
    CurrentRun run;
    run.receptors = static_cast<std::uint32_t>(rule.receptors.size());
    run.beta = rule.beta.one;
    run.v_rest = rule.v_rest.one;
    run.theta = rule.theta.one;
    run.v_reset = rule.v_reset.one;
    for (std::uint32_t k = 0; k < run.receptors; ++k) {
        run.alpha[k] = rule.receptors[k].alpha.one;
        run.gain[k] = rule.receptors[k].gain.one;
    }
    run.current_before = rule.rule.current_used == CurrentUsed::tick_before;
    run.above = rule.rule.comparison == Comparison::above;
    run.subtracts = rule.rule.reset == Reset::subtract;
    run.may_fire = rule.rule.fires && rule.firing_window.holds(t);
    run.keeps_held = rule.rule.refractory == Refractory::hold;
    run.drops_held = rule.rule.refractory == Refractory::drop;
    return run;
}

void update_currents(const CompiledNeurons<float>& rule,
                     PopulationState<float>& state,
                     Tick t,
                     bool ask_changed,
                     Packet& out,
                     UpdateOutcome& outcome) {
    constexpr std::uint32_t k_run = 4096;
    const bool input = !state.x_clear && !state.x_waits;
    const bool held = state.held.any();
    const auto neurons = static_cast<std::uint32_t>(state.v.size());
    CurrentRun run = current_run(rule, t);
    run.ask_changed = ask_changed;
    std::uint32_t fired[k_run];
    for (run.first = 0; run.first < neurons; run.first += k_run) {
        run.size = std::min(k_run, neurons - run.first);
        run.v = &state.v[run.first];
        run.held = held ? state.held.bits() + run.first / 64 : nullptr;
        for (std::uint32_t k = 0; k < run.receptors; ++k) {
            run.i[k] = &state.i[k][run.first];
            run.x[k] = input ? &state.x[k][run.first] : nullptr;
        }
        const CurrentResult result = kernels().integrate_currents(run, fired);
        take(run, result, fired, out, outcome);
    }
    if (input) {
        state.x_clear = true;
    }
    for (std::size_t k = 0; rule.has_refractory && k < out.slots.size(); ++k) {
        state.held.hold(out.slots[k], t + rule.rule.refractory_ticks);
    }
}

}  // namespace saltus::detail
