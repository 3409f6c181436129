#include "models/explain/page_explanations.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/ledger.hpp"

namespace saltus {

namespace {

constexpr Tick k_last_tick = 1'000'000;  // a ledger takes about 60 bytes a tick
constexpr std::size_t k_most_terms = 20;  // of an explanation, before the rest are added up

ExploreTerm::Kind kind_of(LedgerTerm::Kind kind) {
    switch (kind) {
        case LedgerTerm::Kind::spike:
            return ExploreTerm::Kind::spike;
        case LedgerTerm::Kind::drive:
            return ExploreTerm::Kind::drive;
        case LedgerTerm::Kind::bias:
            return ExploreTerm::Kind::bias;
        case LedgerTerm::Kind::initial:
            return ExploreTerm::Kind::initial;
        case LedgerTerm::Kind::rest:
            return ExploreTerm::Kind::rest;
        case LedgerTerm::Kind::reset:
        case LedgerTerm::Kind::floor:  // cuts off what came before, as a reset does
            return ExploreTerm::Kind::reset;
    }
    return ExploreTerm::Kind::spike;
}

class Explaining {
  public:
    Explaining(const SampleReplayer& replayer,
               std::size_t most,
               const std::function<void()>& poll,
               ExploreData& page)
        : network_(replayer.pipeline().network()),
          left_(most),
          poll_(poll),
          page_(page),
          on_page_(network_.population_count()) {
        for (std::uint32_t place = 0; place < page.header.populations.size(); ++place) {
            for (PopulationId id = 0; id < network_.population_count(); ++id) {
                if (network_.population(id).name == page.header.populations[place].name) {
                    on_page_[id] = place;
                    of_network_.push_back(id);
                }
            }
        }
    }

    void add(const ReplayedSample& replayed, ExploreSample& sample) {
        for (std::uint32_t place = 0; place < of_network_.size(); ++place) {
            if (place >= sample.streams.size() || !explains(of_network_[place])) {
                continue;
            }
            const ExploreSpikes& spikes = sample.streams[place];
            std::vector<bool> fired(network_.population(of_network_[place]).shape.size());
            for (std::size_t k = 0; k < spikes.ticks.size(); ++k) {
                fired[spikes.neurons[k]] = true;
                explain(replayed, place, spikes.neurons[k], spikes.ticks[k], sample);
            }
            for (NeuronIndex neuron = 0; neuron < fired.size(); ++neuron) {
                if (!fired[neuron]) {
                    explain(replayed, place, neuron, page_.until - 1, sample);
                }
            }
        }
    }

    [[nodiscard]] bool full() const { return left_ == 0; }

    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  private:
    [[nodiscard]] bool explains(PopulationId id) const {
        return std::holds_alternative<NeuronSpec>(network_.population(id).kind);
    }

    void explain(const ReplayedSample& replayed,
                 std::uint32_t place,
                 NeuronIndex neuron,
                 Tick tick,
                 ExploreSample& sample) {
        if (left_ == 0 || tick > k_last_tick) {
            ++left_out_;
            return;
        }
        poll_();
        --left_;
        const PopulationId id = of_network_[place];
        const Ledger ledger = explain_membrane(network_, replayed.recording, id, neuron, tick);
        const auto& rule = std::get<NeuronSpec>(network_.population(id).kind);
        ExploreExplanation out;
        out.population = place;
        out.neuron = neuron;
        out.tick = tick;
        out.fired = ledger.fired != 0;
        out.not_tested = ledger.not_tested_because;
        out.membrane = ledger.h ? double{*ledger.h} : ledger.sum;
        out.threshold = ledger.theta;
        out.strictly = rule.comparison == Comparison::above;
        out.residue = ledger.residue();
        add_terms(ledger, out);
        sample.explanations.push_back(std::move(out));
    }

    // The largest terms; the smaller spikes and held values add up to one each.
    void add_terms(const Ledger& ledger, ExploreExplanation& out) const {
        ExploreTerm spikes{ExploreTerm::Kind::spike, std::nullopt, 0, std::nullopt, 0};
        ExploreTerm drive{ExploreTerm::Kind::drive, std::nullopt, 0, std::nullopt, 0};
        for (std::size_t k = 0; k < ledger.terms.size(); ++k) {
            const ExploreTerm term = page_term(ledger.terms[k]);
            const bool sent =
                term.kind == ExploreTerm::Kind::spike || term.kind == ExploreTerm::Kind::drive;
            if (k < k_most_terms || !sent) {
                out.terms.push_back(term);
            } else {
                (term.kind == ExploreTerm::Kind::spike ? spikes : drive).value += term.value;
            }
        }
        for (const ExploreTerm& others : {spikes, drive}) {
            if (others.value != 0) {
                out.terms.push_back(others);
            }
        }
    }

    [[nodiscard]] ExploreTerm page_term(const LedgerTerm& term) const {
        ExploreTerm out;
        out.kind = kind_of(term.kind);
        out.value = term.contribution;
        const bool sent =
            term.kind == LedgerTerm::Kind::spike || term.kind == LedgerTerm::Kind::drive;
        if (sent) {
            out.population = on_page_[network_.source(term.projection)];
            out.neuron = term.source;
        }
        if (term.kind == LedgerTerm::Kind::spike || out.kind == ExploreTerm::Kind::reset) {
            out.tick = term.tick;
        }
        return out;
    }

    const Network& network_;
    std::size_t left_;
    std::uint64_t left_out_ = 0;
    const std::function<void()>& poll_;
    ExploreData& page_;
    std::vector<std::optional<std::uint32_t>> on_page_;  // by population of the network
    std::vector<PopulationId> of_network_;               // by population of the page
};

}  // namespace

void add_explanations(SampleReplayer& replayer,
                      const std::function<Digest(std::uint64_t)>& traced,
                      std::size_t most,
                      const std::function<void()>& poll,
                      ExploreData& page) {
    Explaining explaining(replayer, most, poll, page);
    std::size_t explained = 0;
    for (ExploreSample& sample : page.samples) {
        if (explaining.full()) {
            break;
        }
        const ReplayedSample replayed = replayer.run(sample.number);
        if (replayed.result.error || replayed.digest != traced(sample.number)) {
            throw InputError(
                page.model_file,
                fmt::format("other spikes for sample {} than {} holds", sample.number, page.trace_file),
                fmt::format("the model and data that made the trace, of model \"{}\"",
                            page.header.model));
        }
        explaining.add(replayed, sample);
        ++explained;
    }
    if (explaining.left_out() > 0 || explained < page.samples.size()) {
        page.notes.push_back(
            fmt::format("Explanations are on the page for the first {} of {} samples{}; saltus trace "
                        "why gives the others.",
                        explained,
                        page.samples.size(),
                        page.until > k_last_tick ? ", up to tick 1,000,000" : ""));
    }
}

}  // namespace saltus
