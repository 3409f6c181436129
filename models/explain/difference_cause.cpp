#include "models/explain/difference_cause.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "models/explain/address.hpp"
#include "models/explain/encoder_difference.hpp"
#include "models/explain/why.hpp"

namespace saltus {

namespace {

using Key = std::tuple<LedgerTerm::Kind, ProjectionId, NeuronIndex, Tick, std::uint32_t>;

Key key_of(const LedgerTerm& term) {
    return {term.kind, term.projection, term.source, term.tick, term.receptor};
}

double of(const LedgerTerm* term) {
    return term == nullptr ? 0 : term->contribution;
}

// What is found of one rule's numbers and words on both sides.
class RuleDifference {
  public:
    RuleDifference(const NeuronSpec& a, const NeuronSpec& b, NeuronIndex neuron) : neuron_(neuron) {
        word("comparison", a.comparison, b.comparison, DifferenceKind::comparison);
        word("reset_when", a.reset_when, b.reset_when, DifferenceKind::reset_when);
        word("reset", a.reset, b.reset, DifferenceKind::parameter);
        word("previous_reset_counts",
             a.previous_reset_counts,
             b.previous_reset_counts,
             DifferenceKind::reset_when);
        word("current_used", a.current_used, b.current_used, DifferenceKind::parameter);
        word("spikes_per_tick", a.spikes_per_tick, b.spikes_per_tick, DifferenceKind::parameter);
        word("refractory", a.refractory, b.refractory, DifferenceKind::parameter);
        number("theta", a.theta, b.theta);
        number("beta", a.beta, b.beta);
        number("v_rest", a.v_rest, b.v_rest);
        number("v_init", a.v_init, b.v_init);
        number("v_reset", a.v_reset, b.v_reset);
        number("refractory_ticks",
               static_cast<double>(a.refractory_ticks),
               static_cast<double>(b.refractory_ticks));
        if (a.floor != b.floor) {
            set("floor", DifferenceKind::parameter);
        }
        for (std::size_t k = 0; k < std::min(a.receptors.size(), b.receptors.size()); ++k) {
            number("alpha", a.receptors[k].alpha, b.receptors[k].alpha);
            number("gain", a.receptors[k].gain, b.receptors[k].gain);
            number("bias", bias_of(a.receptors[k]), bias_of(b.receptors[k]));
        }
    }

    std::string what;     // empty: nothing differs
    std::string numbers;  // "0.9 against 0.8", if it is a number
    DifferenceKind kind = DifferenceKind::unknown;

  private:
    static Parameter bias_of(const ReceptorSpec& receptor) {
        return receptor.bias.empty() ? Parameter(0.0) : Parameter(receptor.bias);
    }

    void set(const char* name, DifferenceKind found) {
        if (what.empty()) {
            what = name;
            kind = found;
        }
    }

    template <class Word>
    void word(const char* name, Word a, Word b, DifferenceKind found) {
        if (a != b) {
            set(name, found);
        }
    }

    void number(const char* name, const Parameter& a, const Parameter& b) {
        if (a.at(neuron_) != b.at(neuron_) && what.empty()) {
            set(name, DifferenceKind::parameter);
            numbers = fmt::format("{:.9g} against {:.9g}", a.at(neuron_), b.at(neuron_));
        }
    }

    NeuronIndex neuron_;
};

// One neuron's two sides, and what can be told of them.
class Sides {
  public:
    Sides(const FirstDifference& first, SampleReplayer& a, SampleReplayer& b)
        : first_(first), a_(a.pipeline()), b_(b.pipeline()) {
        ledger_a_ = ledger_of(a);
        ledger_b_ = ledger_of(b);
    }

    DifferenceCause tell() {
        DifferenceCause cause = find();
        cause.a = std::move(ledger_a_);
        cause.b = std::move(ledger_b_);
        return cause;
    }

  private:
    [[nodiscard]] Ledger ledger_of(SampleReplayer& replayer) const {
        const ReplayedSample sample = replayer.run(first_.sample);
        return explain_membrane(replayer.pipeline().network(),
                                sample.recording,
                                first_.population,
                                first_.neuron,
                                first_.tick);
    }

    [[nodiscard]] std::string address() const {
        return address_text(a_.network(), first_.population, first_.neuron, first_.tick);
    }

    static std::string values(const Ledger& a, const Ledger& b) {
        return fmt::format(
            "membranes {:.9g} and {:.9g}", a.h ? double{*a.h} : a.sum, b.h ? double{*b.h} : b.sum);
    }

    DifferenceCause find() const {
        const std::vector<TermPair> unequal = unequal_terms(ledger_a_, ledger_b_);
        if (auto cause = delay()) {
            return *cause;
        }
        for (const TermPair& pair : unequal) {
            if (auto cause = weight(pair)) {
                return *cause;
            }
        }
        const NeuronIndex neuron = first_.neuron;
        const auto& spec_a = std::get<NeuronSpec>(a_.network().population(first_.population).kind);
        const auto& spec_b = std::get<NeuronSpec>(b_.network().population(first_.population).kind);
        const RuleDifference rule(spec_a, spec_b, neuron);
        if (!rule.what.empty()) {
            return {rule.kind,
                    rule.what,
                    fmt::format("{}: another {}{}; {}",
                                address(),
                                rule.what,
                                rule.numbers.empty() ? "" : " (" + rule.numbers + ")",
                                values(ledger_a_, ledger_b_)),
                    {},
                    {}};
        }
        const double h_a = ledger_a_.h ? double{*ledger_a_.h} : ledger_a_.sum;
        const double h_b = ledger_b_.h ? double{*ledger_b_.h} : ledger_b_.sum;
        if (std::abs(h_a - h_b) <= 1e-5 * std::max({std::abs(h_a), std::abs(h_b), 1e-30})) {
            return {DifferenceKind::rounding,
                    "rounding",
                    fmt::format("{}: {}, {:.2e} apart: rounding, at a threshold of {:.9g}",
                                address(),
                                values(ledger_a_, ledger_b_),
                                std::abs(h_a - h_b),
                                ledger_a_.theta),
                    {},
                    {}};
        }
        return {DifferenceKind::unknown,
                "unknown",
                fmt::format("{}: {}", address(), values(ledger_a_, ledger_b_)),
                {},
                {}};
    }

    // The projections into the population that stand at the same place on both sides.
    [[nodiscard]] std::optional<DifferenceCause> delay() const {
        const Network& a = a_.network();
        const Network& b = b_.network();
        for (ProjectionId p = 0; p < std::min(a.projection_count(), b.projection_count()); ++p) {
            if (a.target(p) != first_.population || a.delay(p) == b.delay(p)) {
                continue;
            }
            return DifferenceCause{
                DifferenceKind::delay,
                "delay",
                fmt::format("{}: what {} sends arrives after {} ticks against {}",
                            address(),
                            a.population(a.source(p)).name,
                            a.delay(p),
                            b.delay(p)),
                {},
                {}};
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<DifferenceCause> weight(const TermPair& pair) const {
        const LedgerTerm* const one = pair.a != nullptr ? pair.a : pair.b;
        if (one->kind != LedgerTerm::Kind::spike && one->kind != LedgerTerm::Kind::drive) {
            return std::nullopt;
        }
        const auto weight_on = [&](const Pipeline& side) {
            double sum = 0;
            if (one->projection >= side.network().projection_count() ||
                side.network().target(one->projection) != first_.population) {
                return sum;
            }
            for (const Synapse& synapse :
                 synapses_between(side.network(), one->projection, one->source, first_.neuron)) {
                sum += synapse.weight * synapse.factor;
            }
            return sum;
        };
        const double in_a = weight_on(a_);
        const double in_b = weight_on(b_);
        if (in_a == in_b) {
            return std::nullopt;
        }
        return DifferenceCause{
            DifferenceKind::weight,
            "weight",
            fmt::format(
                "{}: the weight from {} is {:.9g} against {:.9g}; {}",
                address(),
                address_text(a_.network(), a_.network().source(one->projection), one->source),
                in_a,
                in_b,
                values(ledger_a_, ledger_b_)),
            {},
            {}};
    }

    const FirstDifference& first_;
    const Pipeline& a_;
    const Pipeline& b_;
    Ledger ledger_a_;
    Ledger ledger_b_;
};

bool of_neurons(const Network& network, PopulationId population) {
    return std::holds_alternative<NeuronSpec>(network.population(population).kind);
}

}  // namespace

std::vector<TermPair> unequal_terms(const Ledger& a, const Ledger& b) {
    std::map<Key, TermPair> pairs;
    for (const LedgerTerm& term : a.terms) {
        pairs[key_of(term)].a = &term;
    }
    for (const LedgerTerm& term : b.terms) {
        pairs[key_of(term)].b = &term;
    }
    std::vector<TermPair> unequal;
    for (const auto& [key, pair] : pairs) {
        if (of(pair.a) != of(pair.b)) {
            unequal.push_back(pair);
        }
    }
    std::stable_sort(unequal.begin(), unequal.end(), [](const TermPair& x, const TermPair& y) {
        return std::abs(of(x.a) - of(x.b)) > std::abs(of(y.a) - of(y.b));
    });
    return unequal;
}

DifferenceCause find_cause(const TraceDifference& difference,
                           SampleReplayer& a,
                           SampleReplayer& b) {
    const FirstDifference& first = *difference.first;
    const Network& network = a.pipeline().network();
    const bool input =
        std::holds_alternative<EncoderSpec>(network.population(first.population).kind);
    DifferenceCause cause;
    const std::optional<FirstDifference>& neurons = difference.first_of_neurons;
    if (neurons) {
        const bool in_a = of_neurons(network, neurons->population);
        const bool in_b = of_neurons(b.pipeline().network(), neurons->population);
        if (in_a && in_b) {
            cause = Sides(*neurons, a, b).tell();
        } else if (in_a != in_b) {
            cause.kind = DifferenceKind::kind;
            cause.what = "kind";
            cause.words = fmt::format("{} is of neurons in the {} only",
                                      network.population(neurons->population).name,
                                      in_a ? "first" : "second");
        }
    }
    const std::string encoder = encoder_difference(first.population, a.pipeline(), b.pipeline());
    if (!encoder.empty()) {
        cause.kind = DifferenceKind::encoder;
        cause.what = "encoder";
        cause.words = encoder;
    } else if (input) {
        cause.kind = DifferenceKind::input;
        cause.what = "input";
        cause.words = fmt::format("{}: the inputs differ, {:g} against {:g}",
                                  address_text(network, first.population, first.neuron, first.tick),
                                  first.fired_a,
                                  first.fired_b);
    }
    return cause;
}

}  // namespace saltus
