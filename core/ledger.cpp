#include "core/ledger.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/compiled_network.hpp"
#include "core/error.hpp"
#include "core/neuron_replay.hpp"
#include "core/population.hpp"

namespace saltus {

namespace detail {

namespace {

using Rule = CompiledNeurons<float>;

// How strongly what enters at each tick is felt in the membrane at the last one: the update rule
// run backwards, from the tick asked for to the first.
class Sensitivity {
  public:
    Sensitivity(const Rule& rule,
                const Recording& recording,
                PopulationId id,
                Slot slot,
                Tick last,
                const std::vector<ReplayedTick>& replayed)
        : rule_(rule),
          slot_(slot),
          last_(last),
          replayed_(replayed),
          theta_(rule.theta[slot]),
          v_reset_(rule.v_reset[slot]),
          beta_(rule.beta[slot]),
          v_rest_(rule.v_rest[slot]),
          of_input_(rule.receptors.size()),
          current_(rule.receptors.size()),
          memory_(rule.receptors.size()) {
        const auto ticks = static_cast<std::size_t>(last + 1);
        fired_.resize(ticks);
        for (const Packet& packet : recording.packets[id]) {
            if (packet.tick > last) {
                break;
            }
            const auto found = std::lower_bound(packet.slots.begin(), packet.slots.end(), slot);
            if (found != packet.slots.end() && *found == slot) {
                fired_[static_cast<std::size_t>(packet.tick)] =
                    packet.payload(static_cast<std::size_t>(found - packet.slots.begin()));
            }
        }
        find_refractory();
        for (std::vector<double>& input : of_input_) {
            input.resize(ticks);
        }
        for (Tick t = last; t >= 0; --t) {
            step_back(t);
        }
        const double initial = membrane_ * static_cast<double>(rule.v_init[slot]);
        add({.kind = LedgerTerm::Kind::initial, .contribution = initial});
        add({.kind = LedgerTerm::Kind::rest, .contribution = rest_});
    }

    // Of the input that receptor k takes at each tick.
    [[nodiscard]] const std::vector<double>& of_input(std::size_t k) const { return of_input_[k]; }

    [[nodiscard]] std::optional<Tick> last_hard_reset() const { return last_hard_reset_; }

    [[nodiscard]] bool refractory(Tick t) const { return t < free_[static_cast<std::size_t>(t)]; }

    [[nodiscard]] Tick free_at(Tick t) const { return free_[static_cast<std::size_t>(t)]; }

    [[nodiscard]] float fired(Tick t) const {
        return t < 0 ? 0 : fired_[static_cast<std::size_t>(t)];
    }

    std::vector<LedgerTerm> terms;

  private:
    void add(LedgerTerm term) {
        if (term.contribution != 0) {
            terms.push_back(std::move(term));
        }
    }

    void add_reset(Tick fired_at, double contribution) {
        add({.kind = LedgerTerm::Kind::reset,
             .contribution = contribution,
             .tick = fired_at,
             .payload = fired(fired_at)});
    }

    // A reset to v_reset: what came before is no longer felt.
    void cut_at(Tick fired_at) {
        add_reset(fired_at, v_reset_ * membrane_);
        membrane_ = 0;
        if (!last_hard_reset_) {
            last_hard_reset_ = fired_at;
        }
    }

    // free_[t]: the first tick at which the neuron may fire again, as it stands at t.
    void find_refractory() {
        free_.resize(fired_.size());
        Tick free = 0;
        for (std::size_t t = 0; t < free_.size(); ++t) {
            free_[t] = free;
            if (fired_[t] > 0 && rule_.has_refractory) {
                free = static_cast<Tick>(t) + rule_.rule.refractory_ticks;
            }
        }
    }

    // Resets that wait for the next tick, as counts, at tick t.
    [[nodiscard]] double owed(Tick t) const {
        if (rule_.rule.previous_reset_counts) {
            const float v = t == 0 ? rule_.v_init[slot_]
                                   : replayed_[static_cast<std::size_t>(t - 1)].v;
            return passes(rule_.rule.comparison, v, rule_.theta[slot_]) ? 1 : 0;
        }
        return rule_.owes_reset ? double{fired(t - 1)} : 0;
    }

    // On entry membrane_, current_, memory_ and trace_ say how the state after tick t is felt (at
    // the last tick: how its h is); on exit, how the state before it is.
    void step_back(Tick t) {
        if (t == last_) {
            membrane_ = 1;
        } else {
            undo_firing(t);
        }
        const NeuronSpec& rule = rule_.rule;
        const bool held = refractory(t);
        const bool kept = held && rule.refractory == Refractory::hold;
        const double kept_membrane = kept ? membrane_ : 0;
        if (kept) {
            membrane_ = 0;
        }
        undo_trace(t);
        undo_late_resets(t);
        undo_currents(t, held && rule.refractory == Refractory::drop);
        if (v_rest_ != 0) {
            rest_ += (1 - beta_) * v_rest_ * membrane_;
        }
        membrane_ *= beta_;
        if (rule_.owes_reset && rule.reset_when == ResetWhen::next_before_leak && owed(t) > 0) {
            undo_reset(t - 1, owed(t));
        }
        membrane_ += kept_membrane;
    }

    void undo_reset(Tick fired_at, double n) {
        switch (rule_.rule.reset) {
            case Reset::subtract:
                add_reset(fired_at, -n * theta_ * membrane_);
                return;
            case Reset::to_v_reset:
                cut_at(fired_at);
                return;
            case Reset::none:
                return;
        }
    }

    // The floor and the reset at the firing.
    void undo_firing(Tick t) {
        if (!replayed_.empty() && replayed_[static_cast<std::size_t>(t)].floored) {
            add({.kind = LedgerTerm::Kind::floor,
                 .contribution = static_cast<double>(*rule_.floor) * membrane_,
                 .tick = t});
            membrane_ = 0;
        }
        const NeuronSpec& rule = rule_.rule;
        const bool at_firing =
            rule.previous_reset_counts || (rule.reset_when == ResetWhen::at_firing);
        if (at_firing && fired(t) > 0) {
            undo_reset(t, double{fired(t)});
        }
    }

    // h = h - q, q = d q + fired before.
    void undo_trace(Tick t) {
        if (!rule_.rule.reset_trace) {
            return;
        }
        trace_ -= membrane_;
        add_reset(t - 1, trace_ * double{fired(t - 1)});
        trace_ *= static_cast<double>(rule_.reset_trace);
    }

    void undo_late_resets(Tick t) {
        const NeuronSpec& rule = rule_.rule;
        if (rule.previous_reset_counts) {
            // at_firing, the same count is given back: only the membrane asked for has it inside
            if (t == last_) {
                add_reset(t - 1, -owed(t) * theta_ * membrane_);
            }
            return;
        }
        if (!rule_.owes_reset || owed(t) == 0) {
            return;
        }
        if (rule.reset_when == ResetWhen::next_over_all) {
            cut_at(t - 1);
        } else if (rule.reset_when == ResetWhen::next_after_input) {
            undo_reset(t - 1, owed(t));
        }
    }

    void undo_currents(Tick t, bool dropped) {
        for (std::size_t k = 0; k < current_.size(); ++k) {
            const CompiledReceptor<float>& receptor = rule_.receptors[k];
            const double used = static_cast<double>(receptor.gain[slot_]) * membrane_;
            const bool now = rule_.rule.current_used == CurrentUsed::this_tick;
            const double after = current_[k] + (now ? used : 0);
            double before = now ? 0 : used;
            double enters = after;
            if (receptor.filter) {
                enters = static_cast<double>(receptor.filter->b) * after;
                before += static_cast<double>(receptor.filter->a1) * after + memory_[k];
                memory_[k] = static_cast<double>(receptor.filter->a2) * after;
            } else {
                before += static_cast<double>(receptor.alpha[slot_]) * after;
            }
            current_[k] = before;
            of_input_[k][static_cast<std::size_t>(t)] = dropped ? 0 : enters;
        }
    }

    const Rule& rule_;
    Slot slot_;
    Tick last_;
    const std::vector<ReplayedTick>& replayed_;
    double theta_, v_reset_, beta_, v_rest_;
    std::vector<float> fired_;  // by tick: payload
    std::vector<Tick> free_;    // by tick
    double membrane_ = 0;
    double trace_ = 0;
    double rest_ = 0;
    std::vector<std::vector<double>> of_input_;  // [receptor][tick]
    std::vector<double> current_, memory_;       // by receptor
    std::optional<Tick> last_hard_reset_;
};

// What a source filter makes of how its output is felt: how its input is.
std::vector<double> before_filter(const Filter<float>& filter,
                                  const std::vector<double>& after,
                                  Tick delay) {
    std::vector<double> felt(after.size());
    double next = 0;
    double second = 0;
    for (auto t = static_cast<Tick>(after.size()) - 1; t >= delay; --t) {
        const auto at = static_cast<std::size_t>(t);
        const double value = after[at] + static_cast<double>(filter.a1) * next +
                             static_cast<double>(filter.a2) * second;
        felt[at] = static_cast<double>(filter.b) * value;
        second = next;
        next = value;
    }
    return felt;
}

// Collects the terms of one incoming projection.
class ProjectionTerms {
  public:
    ProjectionTerms(const Network& network,
                    const Recording& recording,
                    ProjectionId id,
                    NeuronIndex target,
                    Ledger& ledger)
        : network_(network),
          projection_(network.compiled().projections[id]),
          packets_(recording.packets[projection_.source]),
          shape_(network.population(projection_.source).shape),
          id_(id),
          target_(target),
          ledger_(ledger) {}

    void add_spikes(const std::vector<double>& of_input) {
        std::vector<double> filtered;
        if (projection_.filter) {
            filtered = before_filter(*projection_.filter, of_input, projection_.delay);
        }
        const std::vector<double>& felt = projection_.filter ? filtered : of_input;
        for (const Packet& packet : packets_) {
            const Tick arrives = packet.tick + projection_.delay;
            if (arrives > ledger_.tick) {
                break;
            }
            for (std::size_t k = 0; k < packet.slots.size(); ++k) {
                LedgerTerm term = term_of(LedgerTerm::Kind::spike, packet, k);
                if (term.synapses.empty()) {
                    continue;
                }
                term.tick = packet.tick;
                term.contribution =
                    term.weight * term.payload * felt[static_cast<std::size_t>(arrives)];
                if (term.contribution == 0) {
                    ++ledger_.spikes_without_effect;
                } else {
                    ledger_.terms.push_back(std::move(term));
                }
            }
        }
    }

    // `felt`: of the drive, by tick, 0 outside its window.
    void add_held(const std::vector<double>& felt) {
        std::vector<LedgerTerm> by_source;
        for (std::size_t p = 0; p < packets_.size() && packets_[p].tick <= ledger_.tick; ++p) {
            const Tick until = p + 1 < packets_.size()
                                   ? std::min(packets_[p + 1].tick, ledger_.tick + 1)
                                   : ledger_.tick + 1;
            double present = 0;
            for (Tick t = packets_[p].tick; t < until; ++t) {
                present += felt[static_cast<std::size_t>(t)];
            }
            for (std::size_t k = 0; k < packets_[p].slots.size(); ++k) {
                LedgerTerm term = term_of(LedgerTerm::Kind::drive, packets_[p], k);
                term.contribution = term.weight * term.payload * present;
                merge(by_source, std::move(term));
            }
        }
        for (LedgerTerm& term : by_source) {
            if (term.contribution != 0) {
                ledger_.terms.push_back(std::move(term));
            }
        }
    }

  private:
    LedgerTerm term_of(LedgerTerm::Kind kind, const Packet& packet, std::size_t k) {
        LedgerTerm term;
        term.kind = kind;
        term.projection = id_;
        term.source = shape_.index_of(packet.slots[k]);
        term.payload = packet.payload(k);
        term.synapses = synapses_between(network_, id_, term.source, target_);
        for (const Synapse& synapse : term.synapses) {
            term.weight += synapse.weight * synapse.factor;
        }
        return term;
    }

    static void merge(std::vector<LedgerTerm>& list, LedgerTerm term) {
        const auto at = std::lower_bound(
            list.begin(), list.end(), term.source, [](const LedgerTerm& a, NeuronIndex source) {
                return a.source < source;
            });
        if (at != list.end() && at->source == term.source) {
            at->contribution += term.contribution;
            at->payload = term.payload;
        } else {
            list.insert(at, std::move(term));
        }
    }

    const Network& network_;
    const CompiledProjection<float>& projection_;
    const std::vector<Packet>& packets_;
    const Shape& shape_;
    ProjectionId id_;
    NeuronIndex target_;
    Ledger& ledger_;
};

std::string why_not_tested(const Rule& rule, const Sensitivity& felt, const Ledger& ledger) {
    if (!rule.rule.fires) {
        return "it never fires";
    }
    if (!rule.firing_window.holds(ledger.tick)) {
        return fmt::format("its firing window is ticks {} to {}",
                           rule.firing_window.from,
                           rule.firing_window.until - 1);
    }
    if (felt.refractory(ledger.tick)) {
        return fmt::format("refractory until tick {}", felt.free_at(ledger.tick));
    }
    if (rule.rule.clock == Clock::lazy && !ledger.h) {
        return "its lazy clock did not look";
    }
    return {};
}

}  // namespace

}  // namespace detail

namespace {

void check_asked(const Network& network, PopulationId population, NeuronIndex neuron, Tick tick) {
    if (population >= network.population_count()) {
        throw InputError("population",
                         std::to_string(population),
                         fmt::format("one of {}", network.population_count()));
    }
    const PopulationSpec& spec = network.population(population);
    if (neuron >= spec.shape.size()) {
        throw InputError(spec.name,
                         fmt::format("neuron {}", neuron),
                         fmt::format("one of its {}", spec.shape.size()));
    }
    if (tick < 0 || tick >= network.horizon()) {
        throw InputError(fmt::format("{}[{}]", spec.name, neuron),
                         fmt::format("tick {}", tick),
                         fmt::format("0 to {}", network.horizon() - 1));
    }
}

}  // namespace

Ledger explain_membrane(const Network& network,
                        const Recording& recording,
                        PopulationId population,
                        NeuronIndex neuron,
                        Tick tick) {
    check_asked(network, population, neuron, tick);
    const detail::CompiledNetwork<float>& compiled = network.compiled();
    const detail::CompiledPopulation<float>& neurons = compiled.populations[population];
    if (!neurons.rule) {
        throw InputError(neurons.spec.name, "a population without membranes", "neurons");
    }
    if (tick >= k_longest_ledger) {
        throw InputError(neurons.spec.name,
                         fmt::format("tick {}", tick),
                         fmt::format("a tick below {}", k_longest_ledger));
    }
    const detail::CompiledNeurons<float>& rule = *neurons.rule;
    const Slot slot = neurons.spec.shape.slot_of(neuron);
    std::vector<detail::ReplayedTick> replayed;
    if (rule.rule.clock != Clock::leaps) {
        replayed = detail::replay_neuron(compiled, recording, population, slot, tick);
    }
    detail::Sensitivity felt(rule, recording, population, slot, tick, replayed);

    Ledger ledger;
    ledger.population = population;
    ledger.neuron = neuron;
    ledger.tick = tick;
    ledger.theta = rule.theta[slot];
    if (!replayed.empty() && replayed.back().updated) {
        ledger.h = replayed.back().h;
    }
    ledger.fired = felt.fired(tick);
    ledger.last_hard_reset = felt.last_hard_reset();
    ledger.not_tested_because = detail::why_not_tested(rule, felt, ledger);
    ledger.terms = std::move(felt.terms);
    std::vector<std::vector<double>> of_drive(rule.receptors.size());
    for (std::uint32_t k = 0; k < rule.receptors.size(); ++k) {
        const detail::CompiledReceptor<float>& receptor = rule.receptors[k];
        if (!receptor.driven) {
            continue;
        }
        of_drive[k] = felt.of_input(k);
        double bias = 0;
        for (Tick t = 0; t <= tick; ++t) {
            double& at = of_drive[k][static_cast<std::size_t>(t)];
            at = receptor.drive_window.holds(t) ? at : 0;
            bias += receptor.bias.empty() ? 0 : at * static_cast<double>(receptor.bias[slot]);
        }
        if (bias != 0) {
            ledger.terms.push_back(
                {.kind = LedgerTerm::Kind::bias, .contribution = bias, .receptor = k});
        }
    }
    for (const ProjectionId p : neurons.incoming) {
        const detail::CompiledProjection<float>& projection = compiled.projections[p];
        detail::ProjectionTerms terms(network, recording, p, neuron, ledger);
        if (projection.held) {
            terms.add_held(of_drive[projection.receptor]);
        } else {
            terms.add_spikes(felt.of_input(projection.receptor));
        }
    }
    for (const LedgerTerm& term : ledger.terms) {
        ledger.sum += term.contribution;
    }
    std::stable_sort(ledger.terms.begin(),
                     ledger.terms.end(),
                     [](const LedgerTerm& a, const LedgerTerm& b) {
                         return std::abs(a.contribution) > std::abs(b.contribution);
                     });
    return ledger;
}

std::optional<PoolCause> explain_pool(const Network& network,
                                      const Recording& recording,
                                      PopulationId pool,
                                      NeuronIndex neuron,
                                      Tick tick) {
    check_asked(network, pool, neuron, tick);
    const detail::CompiledPopulation<float>& population = network.compiled().populations[pool];
    const auto* const spec = std::get_if<MaxPoolSpec>(&population.spec.kind);
    if (spec == nullptr) {
        throw InputError(population.spec.name, "no max pool", "a max pool");
    }
    const Slot slot = population.spec.shape.slot_of(neuron);
    const ProjectionId p = population.incoming[0];
    const detail::CompiledProjection<float>& projection = network.compiled().projections[p];
    if (recording.payload(pool, slot, tick) == 0) {
        return std::nullopt;
    }
    const Shape& source = projection.seen;
    const std::uint32_t channels = source.channels();
    const std::uint32_t k = projection.window_k;
    const std::uint32_t pixel = slot / channels;
    const std::uint32_t top = pixel / population.spec.shape.width() * projection.window_stride;
    const std::uint32_t left = pixel % population.spec.shape.width() * projection.window_stride;
    std::optional<PoolCause> best;
    double most = 0;
    for (std::uint32_t n = 0; n < k * k; ++n) {
        const Slot from =
            ((top + n / k) * source.width() + left + n % k) * channels + slot % channels;
        PoolCause cause;
        cause.source = source.index_of(from);
        cause.fired = tick - projection.delay;
        cause.payload = recording.payload(projection.source, from, cause.fired);
        for (const Packet& packet : recording.packets[projection.source]) {
            if (packet.tick > cause.fired) {
                break;
            }
            cause.count += recording.payload(projection.source, from, packet.tick);
        }
        const double value = spec->mode == MaxPoolSpec::Mode::by_count ? cause.count : cause.payload;
        if (cause.payload != 0 && (!best || value > most)) {
            best = cause;
            most = value;
        }
    }
    return best;
}

}  // namespace saltus
