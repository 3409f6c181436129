#include "cli/trace_diff_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "cli/number_text.hpp"
#include "models/explain/why.hpp"

namespace saltus::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_most_terms = 8;

std::string names_text(const TraceHeader& header, const std::vector<PopulationId>& populations) {
    std::string names;
    for (const PopulationId id : populations) {
        names += (names.empty() ? "" : ", ") + header.populations[id].name;
    }
    return names;
}

// What was not looked at.
std::string scope_text(const ToldDifference& told) {
    const TraceDifference& difference = told.difference;
    std::string out;
    if (difference.horizon_a != difference.horizon_b) {
        out += fmt::format(
            "the horizons differ, {} and {} ticks: ticks {} to {} are compared, and no readouts\n",
            difference.horizon_a,
            difference.horizon_b,
            difference.from,
            difference.until - 1);
    }
    if (!difference.not_compared.empty()) {
        out += fmt::format("not compared, as not recorded in both: the spikes of {}\n",
                           names_text(told.header, difference.not_compared));
    }
    if (difference.unseen_different > 0) {
        out += fmt::format("{} alike in what was compared, but by their digests not in all\n",
                           difference.unseen_different == 1
                               ? "1 sample is"
                               : samples_text(difference.unseen_different) + " are");
    }
    if (difference.samples_only_a + difference.samples_only_b > 0) {
        out += fmt::format("{} in the first trace only, {} in the second only\n",
                           samples_text(difference.samples_only_a),
                           samples_text(difference.samples_only_b));
    }
    return out;
}

std::string fired_text(float payload) {
    return payload == 0   ? std::string("silent")
           : payload == 1 ? std::string("fired")
                          : fmt::format("fired {:g}", payload);
}

std::string first_text(const ToldDifference& told) {
    const FirstDifference& first = *told.difference.first;
    return fmt::format(
        "first difference: sample {}, {}[{}]@{}: {} in the first, {} in the second{}\n",
        first.sample,
        told.header.populations[first.population].name,
        first.neuron,
        first.tick,
        fired_text(first.fired_a),
        fired_text(first.fired_b),
        first.others.empty()
            ? ""
            : fmt::format(" ({} more neurons of it at that tick)", first.others.size()));
}

std::string first_readout_text(const ToldDifference& told) {
    if (!told.difference.first_readout) {
        return told.difference.readouts > 0 ? "one trace has more readouts than the other\n" : "";
    }
    const FirstReadoutDifference& first = *told.difference.first_readout;
    std::string out = fmt::format("first readout that differs: sample {}, {}{}",
                                  first.sample,
                                  told.header.readouts[first.readout].name,
                                  first.value ? fmt::format("[{}]", *first.value) : "");
    out += first.value
               ? fmt::format(": {:.9g} in the first, {:.9g} in the second", first.a, first.b)
               : ": the values that both have are alike";
    return out + (first.answer_a == first.answer_b
                      ? fmt::format("; the answer is {} in both\n", first.answer_a)
                      : fmt::format("; the answer is {} in the first, {} in the second\n",
                                    first.answer_a,
                                    first.answer_b));
}

std::string cause_text(const ToldDifference& told) {
    if (!told.cause) {
        return "";
    }
    const DifferenceCause& cause = *told.cause;
    std::string out = fmt::format("cause: {}\n", cause.words);
    if (!cause.a || !cause.b) {
        return out;
    }
    const std::vector<TermPair> unequal = unequal_terms(*cause.a, *cause.b);
    for (std::size_t k = 0; k < std::min(k_most_terms, unequal.size()); ++k) {
        const TermPair& pair = unequal[k];
        out += fmt::format("  {:>+12.6f} {:>+12.6f}  {}\n",
                           pair.a == nullptr ? 0.0 : pair.a->contribution,
                           pair.b == nullptr ? 0.0 : pair.b->contribution,
                           term_text(*told.pipeline, pair.a != nullptr ? *pair.a : *pair.b));
    }
    return out;
}

std::string population_lines(const ToldDifference& told) {
    std::string out;
    for (std::size_t id = 0; id < told.difference.populations.size(); ++id) {
        const PopulationDifference& population = told.difference.populations[id];
        if (population.only_a + population.only_b + population.payload + population.moved == 0) {
            continue;
        }
        out += fmt::format("{:<12} {} spikes in the first only, {} in the second only",
                           told.header.populations[id].name,
                           population.only_a,
                           population.only_b);
        out += population.payload > 0 ? fmt::format(", {} of another payload", population.payload)
                                      : "";
        out += population.moved > 0
                   ? fmt::format(", {} moved within the tolerance", population.moved)
                   : "";
        out += "\n";
    }
    return out;
}

Json first_json(const TraceHeader& header, const FirstDifference& first) {
    return {{"sample", first.sample},
            {"tick", first.tick},
            {"level", first.level},
            {"population", header.populations[first.population].name},
            {"neuron", first.neuron},
            {"fired_a", first.fired_a},
            {"fired_b", first.fired_b},
            {"others", first.others}};
}

Json first_readout_json(const TraceHeader& header, const FirstReadoutDifference& first) {
    const bool value = first.value.has_value();
    return {{"sample", first.sample},
            {"readout", header.readouts[first.readout].name},
            {"value", value ? Json(*first.value) : Json()},
            {"a", value ? Json(first.a) : Json()},
            {"b", value ? Json(first.b) : Json()},
            {"answer_a", first.answer_a},
            {"answer_b", first.answer_b}};
}

Json cause_json(const Pipeline& pipeline, const DifferenceCause& cause) {
    Json json = {{"kind", cause.what}, {"words", cause.words}};
    if (cause.a && cause.b) {
        const auto side = [](const Ledger& ledger) -> Json {
            return {{"h", ledger.h ? Json(*ledger.h) : Json()},
                    {"sum", ledger.sum},
                    {"theta", ledger.theta},
                    {"fired", ledger.fired}};
        };
        json["a"] = side(*cause.a);
        json["b"] = side(*cause.b);
        json["terms_that_differ"] = Json::array();
        for (const TermPair& pair : unequal_terms(*cause.a, *cause.b)) {
            json["terms_that_differ"].push_back(
                {{"term", term_text(pipeline, pair.a != nullptr ? *pair.a : *pair.b)},
                 {"a", pair.a == nullptr ? 0 : pair.a->contribution},
                 {"b", pair.b == nullptr ? 0 : pair.b->contribution}});
        }
    }
    return json;
}

}  // namespace

std::string trace_diff_text(const ToldDifference& told) {
    const TraceDifference& difference = told.difference;
    std::string out = scope_text(told);
    if (difference.same()) {
        return out + fmt::format("the same: {} samples, {} spikes\n",
                                 difference.samples,
                                 difference.spikes_a);
    }
    if (!difference.first) {
        out += fmt::format("the same spikes in {} samples", difference.samples);
        out += difference.readouts_compared
                   ? fmt::format("; readouts differ in {}\n", difference.readouts)
                   : "\n";
        return out + first_readout_text(told);
    }
    out += first_text(told) + cause_text(told);
    out += fmt::format(
        "{} of {} samples differ in spikes", difference.samples_different, difference.samples);
    out += difference.readouts_compared ? fmt::format(", {} in readouts, {} in the answer",
                                                      difference.readouts,
                                                      difference.predictions)
                                        : "";
    return out + "\n" + population_lines(told) + first_readout_text(told);
}

nlohmann::ordered_json trace_diff_json(const ToldDifference& told) {
    const TraceDifference& difference = told.difference;
    const TraceHeader& header = told.header;
    const bool read = difference.readouts_compared;
    Json json = {{"same", difference.same()},
                 {"first_tick", difference.from},
                 {"last_tick", difference.until - 1},
                 {"horizon_a", difference.horizon_a},
                 {"horizon_b", difference.horizon_b},
                 {"samples", difference.samples},
                 {"samples_only_a", difference.samples_only_a},
                 {"samples_only_b", difference.samples_only_b},
                 {"samples_different", difference.samples_different},
                 {"readouts_different", read ? Json(difference.readouts) : Json()},
                 {"answers_different", read ? Json(difference.predictions) : Json()},
                 {"changed_answers", difference.changed_answers},
                 {"unseen_different", difference.unseen_different},
                 {"unseen_unknown", difference.unseen_unknown}};
    json["not_compared"] = Json::array();
    for (const PopulationId id : difference.not_compared) {
        json["not_compared"].push_back(header.populations[id].name);
    }
    if (difference.first) {
        json["first"] = first_json(header, *difference.first);
    }
    if (difference.first_of_neurons) {
        json["first_of_neurons"] = first_json(header, *difference.first_of_neurons);
    }
    if (difference.first_readout) {
        json["first_readout"] = first_readout_json(header, *difference.first_readout);
    }
    if (told.cause) {
        json["cause"] = cause_json(*told.pipeline, *told.cause);
    }
    for (std::size_t id = 0; id < difference.populations.size(); ++id) {
        const PopulationDifference& population = difference.populations[id];
        json["populations"].push_back({{"name", header.populations[id].name},
                                       {"only_a", population.only_a},
                                       {"only_b", population.only_b},
                                       {"payload", population.payload},
                                       {"moved", population.moved}});
    }
    return json;
}

}  // namespace saltus::cli
