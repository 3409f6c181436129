#include "core/ledger.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/compiled/compiled_network.hpp"
#include "core/compiled/pooling_window.hpp"
#include "core/error.hpp"
#include "core/explain/neuron_replay.hpp"
#include "core/explain/sensitivity.hpp"

namespace saltus {

namespace detail {

namespace {

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

std::string why_not_tested(const CompiledNeurons<float>& rule,
                           const Sensitivity& felt,
                           const Ledger& ledger) {
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
    std::stable_sort(
        ledger.terms.begin(), ledger.terms.end(), [](const LedgerTerm& a, const LedgerTerm& b) {
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
    const detail::WindowSources sources(projection.seen,
                                        population.spec.shape,
                                        projection.window_k,
                                        projection.window_stride,
                                        slot);
    std::optional<PoolCause> best;
    double most = 0;
    for (std::uint32_t n = 0; n < sources.count(); ++n) {
        const Slot from = sources[n];
        PoolCause cause;
        cause.source = projection.seen.index_of(from);
        cause.fired = tick - projection.delay;
        cause.payload = recording.payload(projection.source, from, cause.fired);
        for (const Packet& packet : recording.packets[projection.source]) {
            if (packet.tick > cause.fired) {
                break;
            }
            cause.count += payload_of(packet, from);
        }
        const double value =
            spec->mode == MaxPoolSpec::Mode::by_count ? cause.count : cause.payload;
        if (cause.payload != 0 && (!best || value > most)) {
            best = cause;
            most = value;
        }
    }
    return best;
}

}  // namespace saltus
