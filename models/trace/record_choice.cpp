#include "models/trace/record_choice.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {

namespace {

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        parts.push_back(text.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

template <class Wanted>
std::string names_of(const TraceHeader& header, Wanted wanted) {
    std::string names;
    for (const TracePopulation& population : header.populations) {
        if (wanted(population)) {
            names += (names.empty() ? "" : ", ") + population.name;
        }
    }
    return names.empty() ? "a model that has some" : names;
}

bool has_membrane(const TracePopulation& population) {
    return population.kind == TracePopulation::Kind::neurons;
}

std::size_t find_population(const TraceHeader& header, std::string_view name) {
    const auto at = std::find_if(header.populations.begin(),
                                 header.populations.end(),
                                 [&](const TracePopulation& p) { return p.name == name; });
    return static_cast<std::size_t>(at - header.populations.begin());
}

void choose_spikes(const std::string& text, TraceHeader& header) {
    using Recorded = TracePopulation::Recorded;
    if (text == "all" || text == "counts") {
        for (TracePopulation& population : header.populations) {
            population.recorded = text == "all" ? Recorded::every_spike : Recorded::counts;
        }
        return;
    }
    for (TracePopulation& population : header.populations) {
        population.recorded = Recorded::nothing;
    }
    for (const std::string_view name : split(text)) {
        const std::size_t p = find_population(header, name);
        if (p == header.populations.size()) {
            throw InputError("--record",
                             fmt::format("\"{}\"", name),
                             "all, counts, or some of " +
                                 names_of(header, [](const TracePopulation&) { return true; }));
        }
        header.populations[p].recorded = Recorded::every_spike;
    }
}

bool parse_index(std::string_view text, std::uint64_t& number) {
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && at == end;
}

// "NAME", "NAME[i]" or "NAME[i-j]".
TraceSeries membrane_of(std::string_view text, const TraceHeader& header) {
    const std::size_t bracket = std::min(text.find('['), text.size());
    const std::size_t p = find_population(header, text.substr(0, bracket));
    if (p == header.populations.size() || !has_membrane(header.populations[p])) {
        throw InputError("--record-membrane",
                         fmt::format("\"{}\"", text.substr(0, bracket)),
                         "a population of neurons: " + names_of(header, has_membrane));
    }
    const std::uint64_t neurons = header.populations[p].shape.size();
    std::uint64_t first = 0;
    std::uint64_t last = neurons - 1;
    if (bracket != text.size()) {
        std::string_view range = text.substr(bracket + 1);
        bool good = range.ends_with(']');
        range = range.substr(0, range.size() - (good ? 1 : 0));
        const std::size_t dash = std::min(range.find('-'), range.size());
        good = good && parse_index(range.substr(0, dash), first);
        last = first;
        good = good && (dash == range.size() || parse_index(range.substr(dash + 1), last));
        if (!good || first > last || last >= neurons) {
            throw InputError("--record-membrane",
                             fmt::format("\"{}\"", text),
                             fmt::format("{0}, {0}[i] or {0}[i-j] with neurons 0 to {1}",
                                         text.substr(0, bracket),
                                         neurons - 1));
        }
    }
    TraceSeries series;
    series.population = static_cast<PopulationId>(p);
    series.first = static_cast<NeuronIndex>(first);
    series.size = static_cast<std::uint32_t>(last - first + 1);
    return series;
}

TraceSeries whole_of(TraceSeries::Kind kind, PopulationId population, const TraceHeader& header) {
    TraceSeries series;
    series.kind = kind;
    series.population = population;
    series.size = static_cast<std::uint32_t>(header.populations[population].shape.size());
    return series;
}

}  // namespace

void choose_recording(const RecordChoice& choice, TraceHeader& header) {
    choose_spikes(choice.spikes, header);
    header.series.clear();
    for (const std::string& text : choice.membranes) {
        for (const std::string_view one : split(text)) {
            header.series.push_back(membrane_of(one, header));
        }
    }
    if (choice.readouts && header.readouts.empty()) {
        throw InputError("--record-readout", "a model without readouts", "a readout");
    }
    for (std::uint32_t k = 0; choice.readouts && k < header.readouts.size(); ++k) {
        TraceSeries series =
            whole_of(TraceSeries::Kind::readout, header.readouts[k].population, header);
        series.readout = k;
        header.series.push_back(series);
    }
    if (!header.series.empty() && header.horizon > k_most_series_ticks) {
        throw InputError(choice.membranes.empty() ? "--record-readout" : "--record-membrane",
                         fmt::format("{} ticks a sample", header.horizon),
                         fmt::format("at most {}", k_most_series_ticks));
    }
    for (TraceSeries& series : header.series) {
        series.when = choice.changes ? TraceSeries::When::changes : TraceSeries::When::every_tick;
    }
    for (PopulationId p = 0; choice.drives && p < header.populations.size(); ++p) {
        if (header.populations[p].holds_values) {
            header.series.push_back(whole_of(TraceSeries::Kind::drive, p, header));
            header.series.back().when = TraceSeries::When::changes;
        }
    }
    const bool drives = !header.series.empty() &&
                        header.series.back().kind == TraceSeries::Kind::drive;
    if (choice.drives && !drives) {
        throw InputError(
            "--record-drive", "no encoder that holds values", "one, as with duplicate coding");
    }
    if (choice.changes && header.series.empty()) {
        throw InputError("--record-changes",
                         "neither --record-membrane nor --record-readout",
                         "one of them");
    }
}

}  // namespace saltus
