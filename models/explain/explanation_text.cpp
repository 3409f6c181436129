// An explanation in words, and as JSON.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "models/explain/address.hpp"
#include "models/explain/why.hpp"

namespace saltus {

namespace {

std::string address_of(const Pipeline& pipeline, const Why& why) {
    return address_text(pipeline.network(), why.population, why.neuron);
}

const char* comparison_sign(const Pipeline& pipeline, PopulationId population) {
    const auto& spec = std::get<NeuronSpec>(pipeline.network().population(population).kind);
    return spec.comparison == Comparison::at_least ? ">=" : ">";
}

// The sentence that stands first: what happened, and by how much.
std::string headline(const Pipeline& pipeline, const Why& why) {
    const std::string address = address_of(pipeline, why);
    if (why.encoder) {
        std::string line = why.fired != 0
                               ? fmt::format("{} was sent at {}", address, why.tick)
                               : fmt::format("{} sent nothing at {}", address, why.tick);
        line += fmt::format(": {} coding", why.encoder->coding);
        if (why.encoder->activation) {
            line += fmt::format(" of {} {:.6g}",
                                why.encoder->from_front ? "activation" : "input",
                                *why.encoder->activation);
        }
        return line;
    }
    if (!why.ledger) {
        return why.pool ? fmt::format("{} sent {:g} at {}, the most of its window",
                                      address,
                                      why.fired,
                                      why.tick)
                        : fmt::format("{} sent nothing at {}", address, why.tick);
    }
    const Ledger& ledger = *why.ledger;
    const double h = ledger.h ? double{*ledger.h} : ledger.sum;
    const auto& rule =
        std::get<NeuronSpec>(pipeline.network().population(why.population).kind);
    if (!rule.fires) {
        return fmt::format("{} has a membrane of {:.6g} at {} (it never fires)", address, h, why.tick);
    }
    if (!ledger.not_tested_because.empty()) {
        return fmt::format("{} was not tested at {}: {}; membrane {:.6g}",
                           address,
                           why.tick,
                           ledger.not_tested_because,
                           h);
    }
    const char* const sign = comparison_sign(pipeline, why.population);
    if (why.fired != 0) {
        return fmt::format("{} fired{} at {}: membrane {:.6g} {} threshold {:.6g}, {:.3g} above",
                           address,
                           why.fired == 1 ? "" : fmt::format(" {:g} spikes", why.fired),
                           why.tick,
                           h,
                           sign,
                           ledger.theta,
                           h - ledger.theta);
    }
    return fmt::format("{} stayed silent at {}: membrane {:.6g}, {:.3g} short of the threshold {:.6g}",
                       address,
                       why.tick,
                       h,
                       ledger.theta - h,
                       ledger.theta);
}

// The largest causes in words: "because in[3]@2 (+0.5) and in[7]@1 (+0.25)".
std::string because(const Pipeline& pipeline, const Why& why) {
    std::string line;
    std::size_t named = 0;
    const auto& rule =
        std::get<NeuronSpec>(pipeline.network().population(why.population).kind);
    const char* const link = !rule.fires        ? ", most of it from "
                             : why.fired != 0 ? ", because "
                                              : ", held back by ";
    for (const LedgerTerm& term : why.ledger->terms) {
        const bool helps = !rule.fires || (term.contribution > 0) == (why.fired != 0);
        if (!helps || named == 3) {
            continue;
        }
        const std::string text = term_text(pipeline, term);
        line += fmt::format(
            "{}{} ({:+.4g})", named == 0 ? link : ", ", text, term.contribution);
        ++named;
    }
    return line;
}

std::string weight_text(const LedgerTerm& term) {
    if (term.kind != LedgerTerm::Kind::spike && term.kind != LedgerTerm::Kind::drive) {
        return {};
    }
    std::string text = fmt::format("  weight {:.6g}", term.weight);
    if (term.synapses.size() > 1) {
        text += fmt::format(" ({} synapses)", term.synapses.size());
    }
    if (term.kind == LedgerTerm::Kind::spike && term.payload != 1) {
        text += fmt::format(" x {:.6g}", term.payload);
    }
    return text;
}

void write_ledger(const Pipeline& pipeline,
                  const Ledger& ledger,
                  std::size_t most,
                  const std::string& indent,
                  std::string& out) {
    const std::size_t shown = ledger.terms.size() > most + 1 ? most : ledger.terms.size();
    for (std::size_t k = 0; k < shown; ++k) {
        const LedgerTerm& term = ledger.terms[k];
        out += fmt::format("{}{:>+12.6f}  {}{}\n",
                           indent,
                           term.contribution,
                           term_text(pipeline, term),
                           weight_text(term));
    }
    double rest = 0;
    for (std::size_t k = shown; k < ledger.terms.size(); ++k) {
        rest += ledger.terms[k].contribution;
    }
    if (shown < ledger.terms.size()) {
        out += fmt::format(
            "{}{:>+12.6f}  {} smaller terms\n", indent, rest, ledger.terms.size() - shown);
    }
    if (ledger.h) {
        out += fmt::format("{}{:>12.6f}  membrane (the terms leave {:.1e} to float32's rounding)\n",
                           indent,
                           double{*ledger.h},
                           ledger.residue());
    } else {
        out += fmt::format("{}{:>12.6f}  membrane, in float64\n", indent, ledger.sum);
    }
    if (ledger.spikes_without_effect > 0) {
        out += fmt::format("{}{:>12}  {} that arrived {} no longer felt\n",
                           indent,
                           "",
                           ledger.spikes_without_effect == 1
                               ? "1 spike"
                               : fmt::format("{} spikes", ledger.spikes_without_effect),
                           ledger.spikes_without_effect == 1 ? "is" : "are");
    }
}

void write(const Pipeline& pipeline,
           const Why& why,
           std::size_t most,
           std::size_t depth,
           std::string& out) {
    const std::string indent(depth * 4, ' ');
    out += indent + headline(pipeline, why);
    out += (why.ledger ? because(pipeline, why) : "") + "\n";
    if (why.ledger) {
        write_ledger(pipeline, *why.ledger, most, indent + "  ", out);
    }
    if (why.pool) {
        out += fmt::format("{}  its source {} sent {:g}\n",
                           indent,
                           why.causes.empty() ? std::to_string(why.pool->source)
                                              : address_of(pipeline, *why.causes[0].why),
                           why.pool->payload);
    }
    for (const Why::Cause& cause : why.causes) {
        write(pipeline, *cause.why, most, depth + 1, out);
    }
}

const char* kind_name(LedgerTerm::Kind kind) {
    constexpr const char* k_names[] = {
        "spike", "drive", "bias", "initial", "rest", "reset", "floor"};
    return k_names[static_cast<std::size_t>(kind)];
}

nlohmann::ordered_json term_json(const Pipeline& pipeline, const LedgerTerm& term) {
    const Network& network = pipeline.network();
    nlohmann::ordered_json json = {{"kind", kind_name(term.kind)},
                                   {"contribution", term.contribution}};
    switch (term.kind) {
        case LedgerTerm::Kind::spike:
        case LedgerTerm::Kind::drive: {
            const PopulationId source = network.source(term.projection);
            json["projection"] = projection_text(pipeline, term.projection);
            json["population"] = network.population(source).name;
            json["neuron"] = term.source;
            if (term.kind == LedgerTerm::Kind::spike) {
                json["fired"] = term.tick;
            }
            json["payload"] = term.payload;
            json["weight"] = term.weight;
            if (term.synapses.size() > 1 || term.synapses[0].factor != 1) {
                for (const Synapse& synapse : term.synapses) {
                    json["synapses"].push_back({synapse.weight, synapse.factor});
                }
            }
            break;
        }
        case LedgerTerm::Kind::bias:
            json["receptor"] = term.receptor;
            break;
        case LedgerTerm::Kind::reset:
        case LedgerTerm::Kind::floor:
            json["fired"] = term.tick;
            break;
        case LedgerTerm::Kind::initial:
        case LedgerTerm::Kind::rest:
            break;
    }
    return json;
}

}  // namespace

std::string why_text(const Pipeline& pipeline, const Why& why, std::size_t most_terms) {
    std::string out;
    write(pipeline, why, most_terms, 0, out);
    return out;
}

nlohmann::ordered_json why_json(const Pipeline& pipeline, const Why& why) {
    nlohmann::ordered_json json = {
        {"address", address_text(pipeline.network(), why.population, why.neuron, why.tick)},
        {"population", pipeline.network().population(why.population).name},
        {"neuron", why.neuron},
        {"tick", why.tick},
        {"fired", why.fired},
        {"words", headline(pipeline, why) + (why.ledger ? because(pipeline, why) : "")}};
    if (why.ledger) {
        const Ledger& ledger = *why.ledger;
        json["tested"] = ledger.not_tested_because.empty();
        if (!ledger.not_tested_because.empty()) {
            json["not_tested_because"] = ledger.not_tested_because;
        }
        json["h"] = ledger.h ? nlohmann::ordered_json(*ledger.h) : nlohmann::ordered_json();
        json["theta"] = ledger.theta;
        json["sum"] = ledger.sum;
        json["residue"] = ledger.residue();
        if (ledger.last_hard_reset) {
            json["last_hard_reset"] = *ledger.last_hard_reset;
        }
        json["spikes_without_effect"] = ledger.spikes_without_effect;
        json["terms"] = nlohmann::ordered_json::array();
        for (const LedgerTerm& term : ledger.terms) {
            json["terms"].push_back(term_json(pipeline, term));
        }
    }
    if (why.encoder) {
        json["coding"] = why.encoder->coding;
        if (why.encoder->activation) {
            json[why.encoder->from_front ? "activation" : "input"] = *why.encoder->activation;
        }
    }
    if (why.pool) {
        json["pooled"] = {{"neuron", why.pool->source},
                          {"fired", why.pool->fired},
                          {"payload", why.pool->payload},
                          {"count", why.pool->count}};
    }
    for (const Why::Cause& cause : why.causes) {
        nlohmann::ordered_json followed = why_json(pipeline, *cause.why);
        followed["term"] = cause.term;
        json["causes"].push_back(std::move(followed));
    }
    return json;
}

}  // namespace saltus
