// NetworkSpec -> Network: validate, find levels, bring everything into slot order and the state
// type.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "core/compile/layer_plan.hpp"
#include "core/compile/layout.hpp"
#include "core/compile/memory_check.hpp"
#include "core/compile/validate.hpp"
#include "core/compiled/compiled_network.hpp"
#include "core/compiled/pooling_window.hpp"
#include "core/graph.hpp"
#include "core/integrate/rule/arithmetic_mode.hpp"
#include "core/integrate/rule/update_rule.hpp"
#include "core/kernels/kernels.hpp"
#include "core/network.hpp"
#include "core/schedule/forced_ticks.hpp"

namespace saltus {

namespace detail {

namespace {

Window clip(const TickWindow& window, Tick horizon) {
    return {std::min(window.from, horizon), std::min(window.until.value_or(horizon), horizon)};
}

template <class Real>
Values<Real> by_slot(const Parameter& parameter, const Shape& shape) {
    Values<Real> values;
    values.one = static_cast<Real>(parameter.values[0]);
    if (parameter.is_one()) {
        return values;
    }
    values.each.resize(parameter.values.size());
    for (NeuronIndex index = 0; index < values.each.size(); ++index) {
        values.each[shape.slot_of(index)] = static_cast<Real>(parameter.values[index]);
    }
    return values;
}

template <class Real>
Filter<Real> filter_of(const SecondOrder& f) {
    return {static_cast<Real>(f.a1), static_cast<Real>(f.a2), static_cast<Real>(f.b)};
}

template <class Real>
CompiledReceptor<Real> compile_receptor(const ReceptorSpec& spec,
                                        const NeuronSpec& rule,
                                        const Shape& shape,
                                        Tick horizon) {
    CompiledReceptor<Real> receptor;
    receptor.alpha = by_slot<Real>(spec.alpha, shape);
    receptor.gain = by_slot<Real>(spec.gain, shape);
    if (spec.second_order) {
        receptor.filter = filter_of<Real>(*spec.second_order);
    }
    receptor.bias.resize(spec.bias.size());
    for (NeuronIndex index = 0; index < spec.bias.size(); ++index) {
        // x starts from the drive and is never -0, which int8 kernels rely on
        receptor.bias[shape.slot_of(index)] = static_cast<Real>(spec.bias[index]) + Real(0);
    }
    receptor.drive_window = clip(spec.drive_window, horizon);
    receptor.driven = !spec.bias.empty();
    receptor.remembers = receptor.filter || !receptor.alpha.all(Real(0)) ||
                         rule.current_used == CurrentUsed::tick_before;
    return receptor;
}

// The case of the integrate kernel (kernels.hpp).
template <class Real>
bool is_simple(const CompiledNeurons<Real>& rule) {
    const NeuronSpec& spec = rule.rule;
    const bool uniform = rule.beta.uniform() && rule.theta.uniform() && rule.v_reset.uniform();
    const bool one_receptor = rule.receptors.size() == 1 && !rule.receptors[0].remembers &&
                              rule.receptors[0].gain.all(Real(1));
    const bool plain = !rule.owes_reset && !spec.previous_reset_counts && !spec.reset_trace &&
                       !rule.has_refractory && !rule.floor && spec.reset != Reset::none &&
                       spec.spikes_per_tick == SpikesPerTick::one;
    return uniform && one_receptor && plain && rule.v_rest.all(Real(0));
}

// The case of current_kernel.hpp.
template <class Real>
bool has_current_kernel(const CompiledNeurons<Real>& rule) {
    const NeuronSpec& spec = rule.rule;
    const bool uniform = rule.beta.uniform() && rule.theta.uniform() && rule.v_reset.uniform() &&
                         rule.v_rest.uniform();
    const bool plain = spec.clock == Clock::stepped && !rule.owes_reset &&
                       !spec.previous_reset_counts && !spec.reset_trace && !rule.floor &&
                       spec.reset != Reset::none && spec.spikes_per_tick == SpikesPerTick::one;
    return std::is_same_v<Real, float> && uniform && plain &&
           rule.receptors.size() <= k_most_currents &&
           std::all_of(rule.receptors.begin(), rule.receptors.end(), [](const auto& receptor) {
               return receptor.remembers && !receptor.filter && receptor.alpha.uniform() &&
                      receptor.alpha.one != 0 && receptor.gain.uniform();
           });
}

// The case of leap_kernel.hpp.
template <class Real>
bool has_leap_kernel(const CompiledNeurons<Real>& rule) {
    const bool uniform = rule.beta.uniform() && rule.theta.uniform() && rule.v_reset.uniform() &&
                         rule.v_rest.uniform();
    return std::is_same_v<Real, float> && rule.rule.clock == Clock::leaps && uniform &&
           rule.rule.spikes_per_tick == SpikesPerTick::one &&
           rule.receptors.size() <= k_most_leap_receptors &&
           std::all_of(rule.receptors.begin(), rule.receptors.end(), [](const auto& receptor) {
               return receptor.alpha.uniform() && receptor.gain.uniform();
           });
}

template <class Real>
CompiledNeurons<Real> compile_neurons(const NeuronSpec& spec, const Shape& shape, Tick horizon) {
    CompiledNeurons<Real> rule;
    rule.rule = spec;
    rule.theta = by_slot<Real>(spec.theta, shape);
    rule.beta = by_slot<Real>(spec.beta, shape);
    rule.v_rest = by_slot<Real>(spec.v_rest, shape);
    rule.v_init = by_slot<Real>(spec.v_init, shape);
    rule.v_reset = by_slot<Real>(spec.v_reset, shape);
    if (spec.floor) {
        rule.floor = static_cast<Real>(*spec.floor);
    }
    rule.reset_trace = static_cast<Real>(spec.reset_trace.value_or(0));
    rule.firing_window = clip(spec.firing_window, horizon);
    for (const ReceptorSpec& receptor : spec.receptors) {
        rule.receptors.push_back(compile_receptor<Real>(receptor, spec, shape, horizon));
    }
    const auto neurons = static_cast<std::uint32_t>(shape.size());
    rule.block = spec.clock == Clock::leaps ? 1
                 : spec.block == 0          ? neurons
                                            : std::min(spec.block, neurons);
    rule.owes_reset = spec.reset_when != ResetWhen::at_firing;
    rule.has_refractory = spec.refractory_ticks > 1;
    rule.is_simple = is_simple(rule);
    rule.has_current_kernel = has_current_kernel(rule);
    rule.has_leap_kernel = has_leap_kernel(rule);
    rule.state_bytes = static_cast<std::uint32_t>(2 * sizeof(Real));
    for (const CompiledReceptor<Real>& receptor : rule.receptors) {
        rule.state_bytes += static_cast<std::uint32_t>((receptor.remembers ? 3 : 1) * sizeof(Real));
    }
    return rule;
}

template <class Real>
bool negative_zero(const Values<Real>& values) {
    const auto is = [](Real v) { return v == 0 && std::signbit(v); };
    return values.uniform() ? is(values.one)
                            : std::any_of(values.each.begin(), values.each.end(), is);
}

// True if, without drive, input or a membrane that passes, an update leaves every bit as it is: an
// IF.
template <class Real>
bool keeps_without_input(const CompiledNeurons<Real>& rule) {
    const bool plain = rule.beta.all(Real(1)) && rule.v_rest.all(Real(0)) && !rule.owes_reset &&
                       !rule.rule.previous_reset_counts && !rule.rule.reset_trace;
    const bool zeros = negative_zero(rule.v_init) || negative_zero(rule.v_reset) ||
                       (rule.floor && *rule.floor == 0 && std::signbit(*rule.floor));
    return plain && !zeros &&
           std::none_of(rule.receptors.begin(), rule.receptors.end(), [](const auto& receptor) {
               return receptor.remembers || receptor.driven;
           });
}

// Runs the rule itself on the initial state, without drive: does it leave every bit, for a short
// gap and the longest? (In between it then does too: the leak's factor falls with the gap.)
template <class Real>
bool rests_initially(const CompiledNeurons<Real>& rule, std::uint32_t neurons, Tick horizon) {
    CompiledNeurons<Real> open = rule;
    open.firing_window = {0, horizon};
    open.rule.clock = Clock::stepped;
    open.has_leap_kernel = false;
    PopulationState<Real> state;
    state.allocate(open, neurons);
    state.make_room_for_input();
    Packet packet;
    UpdateOutcome outcome;
    update(open, state, 0, neurons, 0, 1, true, packet, outcome);
    update(open, state, 0, neurons, 0, horizon, true, packet, outcome);
    return !outcome.changed && !outcome.passes && outcome.fired == 0 && !outcome.not_finite;
}

// A number of spikes is what neurons, poisson, and max pools of such without a filter send.
template <class Real>
void find_payload_counts(const NetworkSpec& spec, CompiledNetwork<Real>& network) {
    for (const PopulationId id : network.by_rank) {
        CompiledPopulation<Real>& population = network.populations[id];
        if (const auto* encoder = std::get_if<EncoderSpec>(&population.spec.kind)) {
            population.payload_counts = encoder->payload_counts;
        } else if (std::holds_alternative<NeuronSpec>(population.spec.kind)) {
            population.payload_counts = true;
        }
    }
    // Max pools behind delays may come before their source in rank: settle them by repetition.
    for (bool grew = true; grew;) {
        grew = false;
        for (CompiledPopulation<Real>& population : network.populations) {
            if (!std::holds_alternative<MaxPoolSpec>(population.spec.kind) ||
                population.payload_counts) {
                continue;
            }
            const ProjectionSpec& into = spec.projections[population.incoming[0]];
            if (!into.source_filter && network.populations[into.source].payload_counts) {
                population.payload_counts = grew = true;
            }
        }
    }
}

// What only depends on a source slot's pixel.
template <class Real>
void tabulate_pixels(CompiledProjection<Real>& projection) {
    const Shape& source = projection.pool ? projection.pool->source : projection.seen;
    if (!source.is_chw()) {
        return;
    }
    const std::uint32_t pixels = source.height() * source.width();
    if (projection.pool && projection.pool->stride >= projection.pool->k) {
        CompiledPool& pool = *projection.pool;
        pool.shifts.assign(pixels, k_no_window);
        for (std::uint32_t pixel = 0; pixel < pixels; ++pixel) {
            const Slot slot = pixel * source.channels();
            for_each_pooled_slot(source, pool.pooled, pool.k, pool.stride, slot, [&](Slot to) {
                pool.shifts[pixel] = to - slot;
            });
        }
    }
    if (projection.kind != ConnectionKind::conv2d &&
        !(projection.kind == ConnectionKind::dense && projection.pool)) {
        return;
    }
    projection.pixel_synapses.resize(pixels);
    for (std::uint32_t pixel = 0; pixel < pixels; ++pixel) {
        const Slot slot = pixel * source.channels();
        std::uint64_t synapses = 0;
        if (projection.pool) {
            const CompiledPool& pool = *projection.pool;
            for_each_pooled_slot(source, pool.pooled, pool.k, pool.stride, slot, [&](Slot to) {
                synapses += projection.fan_out(to);
            });
        } else {
            synapses = projection.fan_out(slot);
        }
        projection.pixel_synapses[pixel] = static_cast<std::uint32_t>(synapses);
    }
}

template <class Real>
CompiledProjection<Real> compile_projection(const NetworkSpec& spec,
                                            const ProjectionSpec& projection) {
    const PopulationSpec& source = spec.populations[projection.source];
    const PopulationSpec& target = spec.populations[projection.target];
    CompiledProjection<Real> out;
    out.source = projection.source;
    out.target = projection.target;
    out.receptor = projection.receptor;
    out.delay = projection.delay;
    const auto* encoder = std::get_if<EncoderSpec>(&source.kind);
    out.held = encoder != nullptr && encoder->holds_values;
    out.seen = seen_shape(projection, source.shape);
    out.targets = static_cast<std::uint32_t>(target.shape.size());
    if (projection.source_filter) {
        out.filter = filter_of<Real>(*projection.source_filter);
    }
    if (projection.pool) {
        const PoolSpec& pool = *projection.pool;
        const bool average = pool.kind == PoolSpec::Kind::average;
        out.pool =
            CompiledPool{source.shape,
                         out.seen,
                         pool.k,
                         pool.stride == 0 ? pool.k : pool.stride,
                         average ? 1.0F / static_cast<float>(std::uint64_t{pool.k} * pool.k) : 1.0F,
                         {}};
    }
    lay_out(projection, target.shape, out);
    tabulate_pixels(out);
    return out;
}

}  // namespace

template <class Real>
std::unique_ptr<CompiledNetwork<Real>> compile_network(const NetworkSpec& spec) {
    // A wrong name in the environment is said here, not by the first sample on some thread.
    kernels();
    ticks_are_forced();
    const ArithmeticMode mode;
    std::vector<Fault> faults = find_faults(spec, std::is_same_v<Real, float>);
    if (!faults.empty()) {
        throw ModelError(std::move(faults));
    }
    const std::vector<Level> levels = levels_of(spec);
    check_memory(spec, sizeof(Real));

    auto network = std::make_unique<CompiledNetwork<Real>>();
    network->horizon = spec.horizon;
    network->readouts = spec.readouts;
    network->populations.resize(spec.populations.size());
    network->projections.reserve(spec.projections.size());
    network->by_rank.resize(spec.populations.size());
    std::iota(network->by_rank.begin(), network->by_rank.end(), PopulationId{0});
    std::stable_sort(network->by_rank.begin(),
                     network->by_rank.end(),
                     [&](PopulationId a, PopulationId b) { return levels[a] < levels[b]; });
    for (std::size_t rank = 0; rank < network->by_rank.size(); ++rank) {
        network->populations[network->by_rank[rank]].rank = static_cast<std::uint32_t>(rank);
    }
    for (std::size_t p = 0; p < spec.populations.size(); ++p) {
        CompiledPopulation<Real>& population = network->populations[p];
        population.spec = spec.populations[p];
        population.neurons = static_cast<std::uint32_t>(population.spec.shape.size());
        population.level = levels[p];
        if (const auto* rule = std::get_if<NeuronSpec>(&population.spec.kind)) {
            population.rule = compile_neurons<Real>(*rule, population.spec.shape, spec.horizon);
        }
    }
    for (std::size_t p = 0; p < spec.projections.size(); ++p) {
        const ProjectionSpec& projection = spec.projections[p];
        network->populations[projection.source].outgoing.push_back(static_cast<ProjectionId>(p));
        network->populations[projection.target].incoming.push_back(static_cast<ProjectionId>(p));
        network->projections.push_back(compile_projection<Real>(spec, projection));
        const CompiledProjection<Real>& compiled = network->projections.back();
        network->owned_bytes += compiled.owned.size() +
                                compiled.owned_offsets.size() * sizeof(std::uint64_t) +
                                compiled.owned_targets.size() * sizeof(Slot) +
                                compiled.owned_targets16.size() * sizeof(std::uint16_t);
        if (compiled.held) {
            network->populations[projection.target].rule->receptors[projection.receptor].driven =
                true;
        }
    }
    find_payload_counts(spec, *network);
    for (CompiledProjection<Real>& projection : network->projections) {
        projection.payload_counts = network->populations[projection.source].payload_counts;
    }
    for (std::size_t r = 0; r < spec.readouts.size(); ++r) {
        CompiledPopulation<Real>& population = network->populations[spec.readouts[r].population];
        population.readouts.push_back(r);
        if (spec.readouts[r].kind == ReadoutSpec::Kind::mean_membrane) {
            population.rule->never_sleeps = true;
        }
    }
    for (CompiledPopulation<Real>& population : network->populations) {
        if (!population.rule) {
            continue;
        }
        population.rule->keeps_without_input = keeps_without_input(*population.rule);
        population.rule->rests_initially =
            rests_initially(*population.rule, population.neurons, spec.horizon);
    }
    if constexpr (std::is_same_v<Real, float>) {
        plan_layers(spec, *network);
    }
    return network;
}

}  // namespace detail

template <class Real>
BasicNetwork<Real> compile(const NetworkSpec& spec) {
    return BasicNetwork<Real>(detail::compile_network<Real>(spec));
}

template BasicNetwork<float> compile<float>(const NetworkSpec&);
template BasicNetwork<double> compile<double>(const NetworkSpec&);

}  // namespace saltus
