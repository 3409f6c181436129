#include "models/trace/trace_message.hpp"

#include <algorithm>
#include <cmath>
#include <saltus/trace.pb.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "models/files/utf8.hpp"

namespace saltus {

namespace {

// Protobuf writes text that is not UTF-8 and cannot read it again. Models that were loaded hold
// none; a network built in code may.
const std::string& checked_text(const std::string& text, const char* what) {
    if (!is_utf8(text)) {
        throw InputError(std::string("trace: ") + what,
                         "bytes that are not UTF-8 (\"" + escape_bytes(text) + "\")",
                         "UTF-8 text");
    }
    return text;
}

constexpr const char* k_kinds[] = {"spike_count", "first_spike", "membrane", "mean_membrane"};
constexpr const char* k_ties[] = {"membrane", "index"};

proto::TracePopulation::Clock clock_message(const std::optional<Clock>& clock) {
    if (!clock) {
        return proto::TracePopulation::NO_CLOCK;
    }
    switch (*clock) {
        case Clock::stepped:
            return proto::TracePopulation::STEPPED;
        case Clock::lazy:
            return proto::TracePopulation::LAZY;
        case Clock::leaps:
            return proto::TracePopulation::LEAPS;
    }
    return proto::TracePopulation::NO_CLOCK;
}

std::optional<Clock> clock_of(proto::TracePopulation::Clock message, const std::string& path) {
    switch (message) {
        case proto::TracePopulation::NO_CLOCK:
            return std::nullopt;
        case proto::TracePopulation::STEPPED:
            return Clock::stepped;
        case proto::TracePopulation::LAZY:
            return Clock::lazy;
        case proto::TracePopulation::LEAPS:
            return Clock::leaps;
        default:
            throw InputError(
                path + ".clock", fmt::format("{}", static_cast<int>(message)), "0 to 3");
    }
}

TracePopulation::Kind kind_of(proto::TracePopulation::Kind message, const std::string& path) {
    switch (message) {
        case proto::TracePopulation::ENCODER:
            return TracePopulation::Kind::encoder;
        case proto::TracePopulation::NEURONS:
            return TracePopulation::Kind::neurons;
        case proto::TracePopulation::MAX_POOL:
            return TracePopulation::Kind::max_pool;
        default:
            throw InputError(
                path + ".kind", fmt::format("{}", static_cast<int>(message)), "1 to 3");
    }
}

// The value whose word in the file is `text`.
template <class Value, std::size_t n>
Value value_of(const char* const (&words)[n], const std::string& text, const std::string& path) {
    const auto found = std::find(std::begin(words), std::end(words), text);
    if (found == std::end(words)) {
        throw InputError(path, '"' + text + '"', fmt::format("{}", fmt::join(words, ", ")));
    }
    return static_cast<Value>(found - std::begin(words));
}

// What a stream must agree with.
struct StreamLimits {
    std::uint64_t neurons;
    Tick horizon;
};

void decode_ticks(const proto::TraceStream& message,
                  Tick horizon,
                  const std::string& path,
                  StreamTrace& stream) {
    Tick tick = 0;
    for (int k = 0; k < message.tick_steps_size(); ++k) {
        const std::uint64_t step = message.tick_steps(k);
        if ((k > 0 && step == 0) || step >= static_cast<std::uint64_t>(horizon - tick)) {
            throw InputError(fmt::format("{}.tick_steps[{}]", path, k),
                             fmt::format("{} after tick {}", step, tick),
                             fmt::format("ascending ticks below {}", horizon));
        }
        tick += static_cast<Tick>(step);
        stream.ticks.push_back(tick);
    }
}

void decode_slots(const proto::TraceStream& message,
                  std::uint64_t neurons,
                  const std::string& path,
                  StreamTrace& stream) {
    std::uint64_t at = 0;
    const auto total = static_cast<std::uint64_t>(message.slot_steps_size());
    for (int k = 0; k < message.spikes_size(); ++k) {
        const std::uint32_t count = message.spikes(k);
        if (count == 0 || count > total - at) {
            throw InputError(fmt::format("{}.spikes[{}]", path, k),
                             fmt::format("{}", count),
                             fmt::format("1 to {}, the slots left", total - at));
        }
        std::uint64_t slot = 0;
        for (std::uint32_t j = 0; j < count; ++j, ++at) {
            const std::uint32_t step = message.slot_steps(static_cast<int>(at));
            slot += step;
            if ((j > 0 && step == 0) || slot >= neurons) {
                throw InputError(fmt::format("{}.slot_steps[{}]", path, at),
                                 fmt::format("slot {}", slot),
                                 fmt::format("ascending slots below {}", neurons));
            }
            stream.slots.push_back(static_cast<Slot>(slot));
        }
        stream.spikes.push_back(count);
    }
    if (at != total) {
        throw InputError(
            path + ".slot_steps", fmt::format("{} slots", total), fmt::format("{}", at));
    }
}

void from_message(const proto::TraceStream& message,
                  const StreamLimits& limits,
                  const std::string& path,
                  StreamTrace& stream) {
    stream.clear();
    if (message.spikes_size() != message.tick_steps_size()) {
        throw InputError(path + ".spikes",
                         fmt::format("{} entries", message.spikes_size()),
                         fmt::format("{}, one a packet", message.tick_steps_size()));
    }
    decode_ticks(message, limits.horizon, path, stream);
    decode_slots(message, limits.neurons, path, stream);
    const int payloads = message.payloads_size();
    if (payloads != 0 && payloads != message.slot_steps_size()) {
        throw InputError(path + ".payloads",
                         fmt::format("{} entries", payloads),
                         fmt::format("none, or {}, one a spike", message.slot_steps_size()));
    }
    for (int k = 0; k < payloads; ++k) {
        if (!std::isfinite(message.payloads(k))) {
            throw InputError(fmt::format("{}.payloads[{}]", path, k),
                             fmt::format("{}", message.payloads(k)),
                             "a finite number");
        }
    }
    stream.payloads.assign(message.payloads().begin(), message.payloads().end());
}

void check_count(int found, std::size_t needed, const std::string& path, const char* what) {
    if (static_cast<std::size_t>(found) != needed) {
        throw InputError(path, fmt::format("{} {}", found, what), fmt::format("{}", needed));
    }
}

TracePopulation population_of(const proto::TracePopulation& message, const std::string& path) {
    TracePopulation population;
    population.name = message.name();
    population.shape =
        Shape(std::vector<std::uint32_t>(message.shape().begin(), message.shape().end()));
    const std::uint64_t neurons = population.shape.size();
    if (neurons == 0 || neurons > 0xFFFFFFFFU) {
        throw InputError(path + ".shape", population.shape.text(), "1 to 2^32 - 1 neurons");
    }
    population.kind = kind_of(message.kind(), path);
    population.holds_values = message.holds_values();
    population.clock = clock_of(message.clock(), path);
    population.fires = message.fires();
    return population;
}

TraceSeries series_of(const proto::TraceSeries& message,
                      const TraceHeader& header,
                      const std::string& path) {
    if (message.kind() < proto::TraceSeries::MEMBRANE ||
        message.kind() > proto::TraceSeries::DRIVE) {
        throw InputError(
            path + ".kind", fmt::format("{}", static_cast<int>(message.kind())), "1 to 3");
    }
    if (message.when() != proto::TraceSeries::EVERY_TICK &&
        message.when() != proto::TraceSeries::CHANGES) {
        throw InputError(
            path + ".when", fmt::format("{}", static_cast<int>(message.when())), "0 or 1");
    }
    TraceSeries series;
    series.kind = static_cast<TraceSeries::Kind>(static_cast<int>(message.kind()) - 1);
    series.when = static_cast<TraceSeries::When>(static_cast<int>(message.when()));
    series.population = message.population();
    series.readout = message.readout();
    series.first = message.first();
    series.size = message.size();
    if (series.population >= header.populations.size()) {
        throw InputError(path + ".population",
                         fmt::format("{}", series.population),
                         fmt::format("a number below {}", header.populations.size()));
    }
    const std::uint64_t neurons = header.populations[series.population].shape.size();
    if (series.size == 0 || std::uint64_t{series.first} + series.size > neurons) {
        throw InputError(path + ".size",
                         fmt::format("{} neurons from {}", series.size, series.first),
                         fmt::format("some of {}", neurons));
    }
    if (series.kind == TraceSeries::Kind::readout && series.readout >= header.readouts.size()) {
        throw InputError(path + ".readout",
                         fmt::format("{}", series.readout),
                         fmt::format("a number below {}", header.readouts.size()));
    }
    return series;
}

// What version 1 does not have.
void read_version_2(const proto::TraceHeader& message,
                    const std::string& path,
                    TraceHeader& header) {
    for (std::size_t p = 0; p < header.populations.size(); ++p) {
        if (header.populations[p].shape.size() > k_most_trace_neurons) {
            throw InputError(fmt::format("{}.populations[{}].shape", path, p),
                             header.populations[p].shape.text(),
                             "at most 2^28 neurons");
        }
    }
    header.model_digest = message.model_digest();
    header.projections = message.projections();
    header.input_digests = message.input_digests();
    if (message.level_ticks() != level_ticks(header.horizon)) {
        throw InputError(path + ".level_ticks",
                         fmt::format("{}", message.level_ticks()),
                         fmt::format("{}", level_ticks(header.horizon)));
    }
    for (int k = 0; k < message.populations_size(); ++k) {
        const int recorded = message.populations(k).recorded();
        if (recorded < 0 || recorded > 2) {
            throw InputError(fmt::format("{}.populations[{}].recorded", path, k),
                             fmt::format("{}", recorded),
                             "0 to 2");
        }
        header.populations[static_cast<std::size_t>(k)].recorded =
            static_cast<TracePopulation::Recorded>(recorded);
    }
    for (int k = 0; k < message.series_size(); ++k) {
        header.series.push_back(
            series_of(message.series(k), header, fmt::format("{}.series[{}]", path, k)));
    }
}

}  // namespace

void to_message(const TraceHeader& header, proto::TraceHeader& message) {
    message.set_format_version(2);
    message.set_model(checked_text(header.model, "model"));
    message.set_horizon(header.horizon);
    message.set_tick_seconds(header.tick_seconds);
    message.set_seed(header.seed);
    for (const TracePopulation& population : header.populations) {
        proto::TracePopulation& out = *message.add_populations();
        out.set_name(checked_text(population.name, "name of a population"));
        out.mutable_shape()->Add(population.shape.dims.begin(), population.shape.dims.end());
        switch (population.kind) {
            case TracePopulation::Kind::encoder:
                out.set_kind(proto::TracePopulation::ENCODER);
                break;
            case TracePopulation::Kind::neurons:
                out.set_kind(proto::TracePopulation::NEURONS);
                break;
            case TracePopulation::Kind::max_pool:
                out.set_kind(proto::TracePopulation::MAX_POOL);
                break;
        }
        out.set_holds_values(population.holds_values);
        out.set_clock(clock_message(population.clock));
        out.set_fires(population.fires);
        out.set_recorded(
            static_cast<proto::TracePopulation::Recorded>(static_cast<int>(population.recorded)));
    }
    for (const TraceReadout& readout : header.readouts) {
        proto::TraceReadout& out = *message.add_readouts();
        out.set_name(checked_text(readout.name, "name of a readout"));
        out.set_population(readout.population);
        out.set_kind(k_kinds[static_cast<std::size_t>(readout.kind)]);
        out.set_values(readout.values);
        out.set_logit(readout.logit);
        if (readout.ties) {
            out.set_ties(k_ties[static_cast<std::size_t>(*readout.ties)]);
        }
    }
    message.set_model_digest(header.model_digest);
    message.set_level_ticks(level_ticks(header.horizon));
    message.set_projections(header.projections);
    message.set_input_digests(header.input_digests);
    for (const TraceSeries& series : header.series) {
        proto::TraceSeries& out = *message.add_series();
        out.set_kind(static_cast<proto::TraceSeries::Kind>(static_cast<int>(series.kind) + 1));
        out.set_population(series.population);
        out.set_readout(series.readout);
        out.set_first(series.first);
        out.set_size(series.size);
        out.set_when(static_cast<proto::TraceSeries::When>(static_cast<int>(series.when)));
    }
}

void to_message(const TraceProvenance& provenance, proto::TraceProvenance& message) {
    // Names of files stand in these, and need not be UTF-8 as protobuf's text must.
    message.set_command_line(escape_bytes(provenance.command_line));
    message.set_time(escape_bytes(provenance.time));
    message.set_processor(escape_bytes(provenance.processor));
    message.set_program(escape_bytes(provenance.program));
    message.set_threads(provenance.threads);
}

TraceHeader from_message(const proto::TraceHeader& message,
                         std::uint32_t version,
                         const std::string& path) {
    if (message.format_version() != version) {
        throw InputError(path + ".format_version",
                         fmt::format("{}", message.format_version()),
                         fmt::format("{}", version));
    }
    TraceHeader header;
    header.model = message.model();
    header.horizon = message.horizon();
    header.tick_seconds = message.tick_seconds();
    header.seed = message.seed();
    if (header.horizon < 1) {
        throw InputError(path + ".horizon", fmt::format("{}", header.horizon), "at least 1 tick");
    }
    if (!(std::isfinite(header.tick_seconds) && header.tick_seconds >= 0)) {
        throw InputError(path + ".tick_seconds",
                         fmt::format("{}", header.tick_seconds),
                         "a length of time, or 0");
    }
    for (int k = 0; k < message.populations_size(); ++k) {
        header.populations.push_back(
            population_of(message.populations(k), fmt::format("{}.populations[{}]", path, k)));
    }
    for (int k = 0; k < message.readouts_size(); ++k) {
        const proto::TraceReadout& in = message.readouts(k);
        const std::string place = fmt::format("{}.readouts[{}]", path, k);
        if (in.population() >= header.populations.size()) {
            throw InputError(place + ".population",
                             fmt::format("{}", in.population()),
                             fmt::format("a number below {}", header.populations.size()));
        }
        std::optional<ReadoutSpec::Ties> ties;
        if (!in.ties().empty()) {
            ties = value_of<ReadoutSpec::Ties>(k_ties, in.ties(), place + ".ties");
        }
        header.readouts.push_back({in.name(),
                                   in.population(),
                                   value_of<ReadoutSpec::Kind>(k_kinds, in.kind(), place + ".kind"),
                                   in.values(),
                                   in.logit(),
                                   ties});
    }
    if (version > 1) {
        read_version_2(message, path, header);
    }
    return header;
}

TraceProvenance from_message(const proto::TraceProvenance& message) {
    return {message.command_line(),
            message.time(),
            message.processor(),
            message.program(),
            message.threads()};
}

void from_message(const proto::TraceSample& message,
                  const TraceHeader& header,
                  const std::string& path,
                  SampleTrace& sample) {
    sample.number = message.number();
    sample.label.reset();
    if (message.has_label()) {
        sample.label = message.label();
    }
    check_count(message.streams_size(), header.populations.size(), path + ".streams", "streams");
    check_count(message.readouts_size(), header.readouts.size(), path + ".readouts", "readouts");
    sample.streams.resize(header.populations.size());
    for (std::size_t k = 0; k < sample.streams.size(); ++k) {
        from_message(message.streams(static_cast<int>(k)),
                     {header.populations[k].shape.size(), header.horizon},
                     fmt::format("{}.streams[{}]", path, k),
                     sample.streams[k]);
    }
    sample.readouts.resize(header.readouts.size());
    for (std::size_t k = 0; k < sample.readouts.size(); ++k) {
        const proto::TraceReadoutResult& in = message.readouts(static_cast<int>(k));
        const std::string place = fmt::format("{}.readouts[{}]", path, k);
        check_count(in.values_size(), header.readouts[k].values, place + ".values", "values");
        if (in.prediction() >= header.readouts[k].values) {
            throw InputError(place + ".prediction",
                             fmt::format("{}", in.prediction()),
                             fmt::format("a number below {}", header.readouts[k].values));
        }
        sample.readouts[k].prediction = in.prediction();
        sample.readouts[k].values.assign(in.values().begin(), in.values().end());
        sample.readouts[k].tied = in.tied();
        sample.readouts[k].undecided = in.undecided();
    }
}

}  // namespace saltus
