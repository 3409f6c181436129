#include "tests/reference/run_check.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <sstream>

namespace reference {

namespace {

template <class... Parts>
std::string line(const Parts&... parts) {
    std::ostringstream text;
    text.precision(9);
    (text << ... << parts);
    return text.str();
}

std::string event_text(const Event& e) {
    return line("[", e.index, "]@", e.tick, " x ", e.payload);
}

std::string events_difference(const std::string& name,
                              const std::vector<Event>& got,
                              const std::vector<Event>& want) {
    for (std::size_t k = 0; k < std::max(got.size(), want.size()); ++k) {
        if (k < got.size() && k < want.size() && got[k] == want[k]) {
            continue;
        }
        return line("first differing spike: got ",
                    k < got.size() ? name + event_text(got[k]) : "none",
                    ", want ",
                    k < want.size() ? name + event_text(want[k]) : "none");
    }
    return "";
}

template <class Number>
bool same(Number a, Number b) {
    return a == b;  // -0 counts as +0; nothing here is not a number
}

template <class Real>
std::string values_difference(const std::string& what,
                              const std::vector<Real>& got,
                              const std::vector<Real>& want) {
    if (got.size() != want.size()) {
        return line(what, ": got ", got.size(), " values, want ", want.size());
    }
    for (std::size_t j = 0; j < got.size(); ++j) {
        if (!same(got[j], want[j])) {
            return line(what, "[", j, "]: got ", got[j], ", want ", want[j]);
        }
    }
    return "";
}

template <class Real>
std::string state_difference(const Population& p,
                             const PopulationRun<Real>& got,
                             const PopulationRun<Real>& want) {
    for (std::size_t t = 0; t < got.v.size(); ++t) {
        // A run that was recorded once was recorded after its last tick.
        const std::size_t at = want.v.size() - got.v.size() + t;
        const auto v =
            values_difference(line(p.name, ".v after tick ", at, " "), got.v[t], want.v[at]);
        if (!v.empty()) {
            return v;
        }
        for (std::size_t k = 0; k < got.i.size(); ++k) {
            for (std::size_t j = 0; j < p.size(); ++j) {
                if (!current_is_state(p, k, j) || same(got.i[k][t][j], want.i[k][at][j])) {
                    continue;
                }
                return line(p.name,
                            ".i[receptor ",
                            k,
                            "] after tick ",
                            at,
                            " [",
                            j,
                            "]: got ",
                            got.i[k][t][j],
                            ", want ",
                            want.i[k][at][j]);
            }
        }
    }
    return "";
}

template <class Real>
std::string stored_difference(const Population& p,
                              const PopulationRun<Real>& got,
                              const PopulationRun<Real>& want) {
    std::string d = values_difference(p.name + ".v_stored", got.v_stored, want.v_stored);
    if (d.empty() && p.clock != "stepped") {
        d = values_difference(p.name + ".last", got.last, want.last);
    }
    if (d.empty() && p.reset_trace) {
        d = values_difference(p.name + ".q", got.q, want.q);
    }
    for (std::size_t k = 0; k < p.receptors.size() && d.empty(); ++k) {
        if (!p.receptors[k].second_order) {
            continue;
        }
        d = values_difference(line(p.name, ".i2[receptor ", k, "]"), got.i2.at(k), want.i2.at(k));
    }
    return d;
}

std::string cost_text(const Cost& c) {
    return line(c.acs,
                " ACs, ",
                c.graded_macs,
                " graded MACs, ",
                c.held_macs,
                " held MACs, ",
                c.pool_operations,
                " pool operations; effective: ",
                c.effective_acs,
                " ACs, ",
                c.effective_graded_macs,
                " graded MACs, ",
                c.effective_held_macs,
                " held MACs");
}

// A run that was counted once was counted after its last tick.
template <class Count>
std::vector<Count> totals(const std::vector<Count>& ticks) {
    Count sum;
    for (const Count& c : ticks) {
        if constexpr (std::is_same_v<Count, Cost>) {
            sum = {sum.acs + c.acs,
                   sum.graded_macs + c.graded_macs,
                   sum.held_macs + c.held_macs,
                   sum.pool_operations + c.pool_operations,
                   sum.effective_acs + c.effective_acs,
                   sum.effective_graded_macs + c.effective_graded_macs,
                   sum.effective_held_macs + c.effective_held_macs};
        } else {
            sum = {sum.spikes + c.spikes, sum.graded_events + c.graded_events};
        }
    }
    return {sum};
}

template <class Real>
std::string counts_difference(const Network& n, const Run<Real>& got, const Run<Real>& want) {
    for (std::size_t p = 0; p < want.projections.size(); ++p) {
        const bool once = got.projections[p].size() == 1;
        const auto wanted = once ? totals(want.projections[p]) : want.projections[p];
        for (std::size_t t = 0; t < got.projections[p].size(); ++t) {
            if (got.projections[p][t] == wanted[t]) {
                continue;
            }
            return line("projection ",
                        p,
                        " (",
                        n.populations[n.projections[p].source].name,
                        " to ",
                        n.populations[n.projections[p].target].name,
                        "), tick ",
                        t,
                        ": got ",
                        cost_text(got.projections[p][t]),
                        "; want ",
                        cost_text(wanted[t]));
        }
    }
    for (std::size_t P = 0; P < want.populations.size(); ++P) {
        const auto& fired = got.populations[P].fired;
        const auto wanted =
            fired.size() == 1 ? totals(want.populations[P].fired) : want.populations[P].fired;
        for (std::size_t t = 0; t < fired.size(); ++t) {
            if (fired[t] == wanted[t]) {
                continue;
            }
            return line(n.populations[P].name,
                        ", tick ",
                        t,
                        ": got ",
                        fired[t].spikes,
                        " spikes and ",
                        fired[t].graded_events,
                        " graded events, want ",
                        wanted[t].spikes,
                        " and ",
                        wanted[t].graded_events);
        }
    }
    return "";
}

std::string readouts_difference(const std::vector<ReadoutRun>& got,
                                const std::vector<ReadoutRun>& want) {
    if (got.size() != want.size()) {
        return line("got ", got.size(), " readouts, want ", want.size());
    }
    for (std::size_t k = 0; k < got.size(); ++k) {
        const auto d =
            values_difference(line("readouts[", k, "].values"), got[k].values, want[k].values);
        if (!d.empty()) {
            return d;
        }
        if (got[k].prediction != want[k].prediction) {
            return line("readouts[",
                        k,
                        "]: got prediction ",
                        got[k].prediction,
                        ", want ",
                        want[k].prediction);
        }
        if (got[k].tied != want[k].tied || got[k].undecided != want[k].undecided) {
            return line("readouts[",
                        k,
                        "]: got tied ",
                        got[k].tied,
                        " undecided ",
                        got[k].undecided,
                        ", want ",
                        want[k].tied,
                        " and ",
                        want[k].undecided);
        }
    }
    return "";
}

// Hex floats, separated by spaces.
std::vector<float> floats(const Json& hex_list) {
    std::istringstream text(hex_list.get<std::string>());
    std::vector<float> values;
    for (std::string word; text >> word;) {
        values.push_back(
            std::bit_cast<float>(static_cast<std::uint32_t>(std::stoul(word, nullptr, 16))));
    }
    return values;
}

std::string close(const std::string& what,
                  const std::vector<float>& got,
                  const Json& want,
                  double tolerance) {
    const std::vector<float> values = floats(want);
    if (tolerance == 0 || got.size() != values.size()) {
        return values_difference(what, got, values);
    }
    for (std::size_t j = 0; j < got.size(); ++j) {
        if (!(std::abs(double{got[j]} - double{values[j]}) <= tolerance)) {
            return line(
                what, "[", j, "]: got ", got[j], ", want ", values[j], " within ", tolerance);
        }
    }
    return "";
}

// The first tick after which the hash of all values is not the one given.
std::string hashes(const std::string& what,
                   const std::vector<std::vector<float>>& got,
                   const Json& want) {
    std::istringstream text(want.get<std::string>());
    std::string word;
    for (std::size_t t = 0; text >> word; ++t) {
        if (t >= got.size()) {
            return line(what, ": got ", got.size(), " ticks, want more");
        }
        const std::string found = hex(hash(got[t].data(), 4 * got[t].size())).substr(0, 8);
        if (found != word) {
            return line(what, " after tick ", t, ": got hash ", found, ", want ", word);
        }
    }
    return "";
}

std::string against_state(const Population& p,
                          const PopulationRun<float>& got,
                          const Json& want,
                          double tolerance) {
    std::string d;
    if (tolerance == 0 && want.contains("v_ticks")) {
        d = hashes(p.name + ".v", got.v, want.at("v_ticks"));
    }
    for (std::size_t k = 0;
         d.empty() && tolerance == 0 && want.contains("i_ticks") && k < got.i.size();
         ++k) {
        const Json& ticks = want.at("i_ticks").at(k);
        if (!ticks.is_null()) {
            d = hashes(line(p.name, ".i[receptor ", k, "]"), got.i[k], ticks);
        }
    }
    if (d.empty()) {
        d = close(p.name + ".v", got.v.back(), want.at("v"), tolerance);
    }
    for (std::size_t k = 0; d.empty() && k < got.i.size(); ++k) {
        const std::string receptor = line("[receptor ", k, "]");
        const Json& i = want.at("i").at(k);
        if (!i.is_null()) {
            d = close(p.name + ".i" + receptor, got.i[k].back(), i, tolerance);
        }
        if (!d.empty() || !want.contains("i2") || want.at("i2").at(k).is_null()) {
            continue;
        }
        d = close(p.name + ".i2" + receptor, got.i2[k], want.at("i2").at(k), tolerance);
    }
    if (d.empty() && want.contains("q")) {
        d = close(p.name + ".q", got.q, want.at("q"), tolerance);
    }
    if (d.empty() && want.contains("v_stored")) {
        d = close(p.name + ".v_stored", got.v_stored, want.at("v_stored"), tolerance);
    }
    if (d.empty() && want.contains("last")) {
        d = values_difference(p.name + ".last", got.last, want.at("last").get<std::vector<Tick>>());
    }
    return d;
}

// The sums that a case gives, by their names there; by tick, then in all.
Json summed_counts(const Network& n, const Run<float>& run) {
    const auto ticks = static_cast<std::size_t>(run.ticks);
    std::map<std::string, std::vector<std::uint64_t>> sums;
    for (const char* name : {"spikes",
                             "encoder_spikes",
                             "max_pool_spikes",
                             "graded_events",
                             "acs",
                             "graded_macs",
                             "held_macs",
                             "pool_operations"}) {
        sums[name].resize(ticks);
    }
    for (std::size_t t = 0; t < ticks; ++t) {
        for (std::size_t P = 0; P < n.populations.size(); ++P) {
            const std::string& kind = n.populations[P].kind;
            const Fired& fired = run.populations[P].fired[t];
            sums[kind == "neurons" ? "spikes" : kind + "_spikes"][t] += fired.spikes;
            sums["graded_events"][t] += fired.graded_events;
        }
        for (const std::vector<Cost>& costs : run.projections) {
            sums["acs"][t] += costs[t].acs;
            sums["graded_macs"][t] += costs[t].graded_macs;
            sums["held_macs"][t] += costs[t].held_macs;
            sums["pool_operations"][t] += costs[t].pool_operations;
        }
    }
    return sums;
}

std::string against_counts(const Network& n, const Run<float>& run, const Json& want) {
    const Json sums = summed_counts(n, run);
    for (const auto& [name, ticks] : sums.items()) {
        std::uint64_t sum = 0;
        for (const Json& x : ticks) {
            sum += x.get<std::uint64_t>();
        }
        if (sum != want.at(name).get<std::uint64_t>()) {
            return line("counts.", name, ": got ", sum, ", want ", want.at(name).dump());
        }
        if (!want.contains("by_tick") || !want.at("by_tick").contains(name)) {
            continue;
        }
        if (want.at("by_tick").at(name) != ticks) {
            return line("counts.by_tick.",
                        name,
                        ": got ",
                        ticks.dump(),
                        ", want ",
                        want["by_tick"][name].dump());
        }
    }
    for (std::size_t P = 0; want.contains("by_population") && P < n.populations.size(); ++P) {
        const Fired sum = totals(run.populations[P].fired)[0];
        const Json& given = want.at("by_population").at(n.populations[P].name);
        if (sum.spikes != given.at("spikes") || sum.graded_events != given.at("graded_events")) {
            return line("counts.by_population.",
                        n.populations[P].name,
                        ": got ",
                        sum.spikes,
                        " spikes, ",
                        sum.graded_events,
                        " graded events, want ",
                        given.dump());
        }
    }
    for (std::size_t p = 0; want.contains("by_projection") && p < n.projections.size(); ++p) {
        const Cost sum = totals(run.projections[p])[0];
        const Json& given = want.at("by_projection").at(p);
        // A case says nothing of effective operations.
        const Cost cost{given.at("acs"),
                        given.at("graded_macs"),
                        given.at("held_macs"),
                        given.at("pool_operations"),
                        sum.effective_acs,
                        sum.effective_graded_macs,
                        sum.effective_held_macs};
        if (sum != cost) {
            return line(
                "counts.by_projection[", p, "]: got ", cost_text(sum), "; want ", cost_text(cost));
        }
    }
    return "";
}

}  // namespace

bool current_is_state(const Population& population, std::size_t receptor, std::size_t index) {
    const Receptor& r = population.receptors[receptor];
    return r.alpha[population.slot_of[index]] != 0 || r.second_order || population.tick_before;
}

template <class Real>
std::string difference(const Network& network,
                       const Run<Real>& got,
                       const Run<Real>& want,
                       bool visible_only) {
    if (got.ticks != want.ticks) {
        return line("got ", got.ticks, " ticks run, want ", want.ticks);
    }
    // In order of populations that feed each other, so that the first difference named is a cause.
    for (const std::size_t P : network.order) {
        const std::string& name = network.populations[P].name;
        const auto d =
            events_difference(name, got.populations[P].events, want.populations[P].events);
        if (!d.empty()) {
            return d;
        }
    }
    for (const std::size_t P : network.order) {
        const Population& p = network.populations[P];
        if (p.kind != "neurons" || visible_only) {
            continue;
        }
        auto d = state_difference(p, got.populations[P], want.populations[P]);
        if (d.empty()) {
            d = stored_difference(p, got.populations[P], want.populations[P]);
        }
        if (!d.empty()) {
            return d;
        }
    }
    auto d = counts_difference(network, got, want);
    if (d.empty()) {
        d = readouts_difference(got.readouts, want.readouts);
    }
    for (std::size_t P = 0; d.empty() && P < network.populations.size(); ++P) {
        if (got.populations[P].stream != want.populations[P].stream) {
            d = line(network.populations[P].name,
                     ": got stream digest ",
                     got.populations[P].stream,
                     ", want ",
                     want.populations[P].stream);
        }
    }
    if (d.empty() && got.digest != want.digest) {
        d = line("got digest ", hex(got.digest), ", want ", hex(want.digest));
    }
    return d;
}

std::string against_sample(const Network& network,
                           const Run<float>& got,
                           const Json& expected,
                           double tolerance) {
    std::string d;
    for (std::size_t P = 0; P < network.populations.size() && d.empty(); ++P) {
        const std::string& name = network.populations[P].name;
        if (expected.at("spikes").contains(name)) {
            std::vector<Event> want;
            for (const Json& e : expected.at("spikes").at(name)) {
                want.push_back({e[0].get<Tick>(),
                                e[1].get<std::uint32_t>(),
                                static_cast<float>(e[2].get<double>())});
            }
            d = events_difference(name, got.populations[P].events, want);
        }
        if (d.empty() && expected.at("state").contains(name)) {
            d = against_state(network.populations[P],
                              got.populations[P],
                              expected.at("state").at(name),
                              tolerance);
        }
        if (d.empty() &&
            got.populations[P].stream != expected.at("streams").at(name).get<std::string>()) {
            d = line("streams.", name, ": got ", got.populations[P].stream);
        }
    }
    std::vector<ReadoutRun> readouts;
    for (const Json& r : expected.at("readouts")) {
        readouts.push_back(
            {floats(r.at("values")), r.at("prediction"), r.at("tied"), r.at("undecided")});
    }
    if (d.empty()) {
        d = against_counts(network, got, expected.at("counts"));
    }
    if (d.empty()) {
        d = readouts_difference(got.readouts, readouts);
    }
    if (d.empty() && hex(got.digest) != expected.at("digest").get<std::string>()) {
        d = line("digest: got ", hex(got.digest), ", want ", expected.at("digest").dump());
    }
    return d;
}

std::string against_cut(const Network& network,
                        const Run<float>& got,
                        const Json& cut,
                        double tolerance) {
    auto d = against_counts(network, got, cut.at("counts"));
    for (std::size_t P = 0; d.empty() && P < network.populations.size(); ++P) {
        const std::string& name = network.populations[P].name;
        if (!cut.at("state").contains(name)) {
            continue;
        }
        d = close(name + ".v", got.populations[P].v.back(), cut.at("state").at(name), tolerance);
    }
    if (d.empty() && hex(got.digest) != cut.at("digest").get<std::string>()) {
        d = line("digest: got ", hex(got.digest), ", want ", cut.at("digest").dump());
    }
    return d.empty() ? d : "cut: " + d;
}

template std::string difference(const Network&, const Run<float>&, const Run<float>&, bool);
template std::string difference(const Network&, const Run<double>&, const Run<double>&, bool);

}  // namespace reference
