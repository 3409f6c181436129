#include "models/trace/chunk_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <saltus/trace.pb.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/trace/spike_blocks.hpp"

namespace saltus::detail {

namespace {

template <class Steps>
std::vector<std::uint64_t> ascending(const Steps& steps, const std::string& name) {
    std::vector<std::uint64_t> numbers;
    std::uint64_t number = 0;
    for (int k = 0; k < steps.size(); ++k) {
        const std::uint64_t next = number + steps.Get(k);
        if (k > 0 && next <= number) {
            throw InputError(name, fmt::format("{} after {}", next, number), "ascending numbers");
        }
        numbers.push_back(next);
        number = next;
    }
    if (numbers.empty()) {
        throw InputError(name, "no samples", "at least one");
    }
    return numbers;
}

}  // namespace

SpikeParts parts_of(const proto::TraceSpikes& message,
                    const TraceHeader& header,
                    const std::string& name) {
    SpikeParts parts;
    parts.samples = ascending(message.samples(), name + ".samples");
    parts.from = message.from_tick();
    parts.until = message.until_tick();
    const bool part = parts.samples.size() == 1;
    if (parts.from < 0 || parts.from % k_block_ticks != 0 || parts.from >= parts.until ||
        parts.until > header.horizon ||
        (!part && (parts.from != 0 || parts.until != header.horizon))) {
        throw InputError(name,
                         fmt::format("ticks {} to {}", parts.from, parts.until),
                         fmt::format("{} of {}", part ? "some" : "all", header.horizon));
    }
    return parts;
}

std::vector<StreamTrace> decode_spikes(const proto::TraceSpikes& message,
                                       const SpikeParts& parts,
                                       PopulationId population,
                                       const TraceHeader& header,
                                       ColumnUnpacker& unpacker,
                                       const std::string& name) {
    std::vector<StreamTrace> streams(parts.samples.size());
    for (const proto::TraceSpikeColumns& packed : message.populations()) {
        if (packed.population() != population) {
            continue;
        }
        const std::string place =
            fmt::format("{}, population \"{}\"", name, header.populations[population].name);
        SpikeColumns columns;
        unpacker.unpack(packed.blocks(), place + ".blocks", columns.blocks);
        unpacker.unpack(packed.steps(), place + ".steps", columns.steps);
        unpacker.unpack(packed.counts(), place + ".counts", columns.counts);
        unpacker.unpack(packed.gaps(), place + ".gaps", columns.gaps);
        unpacker.unpack(packed.rests(), place + ".rests", columns.rests);
        if (packed.masks_size() != static_cast<int>(columns.masks.size())) {
            throw InputError(place + ".masks",
                             fmt::format("{} columns", packed.masks_size()),
                             fmt::format("{}", columns.masks.size()));
        }
        for (int k = 0; k < packed.masks_size(); ++k) {
            unpacker.unpack(
                packed.masks(k), place + ".masks", columns.masks[static_cast<std::size_t>(k)]);
        }
        unpacker.unpack(packed.payloads(), place + ".payloads", columns.payloads);
        BlockDecoder decoder(columns, header.populations[population].shape.size(), place);
        std::uint64_t spikes = 0;
        for (StreamTrace& stream : streams) {
            decoder.next(parts.from, parts.until, stream);
            spikes += stream.slots.size();
        }
        decoder.end();
        if (spikes != packed.spikes()) {
            throw InputError(
                place, fmt::format("{} spikes", spikes), fmt::format("{}", packed.spikes()));
        }
        return streams;
    }
    return streams;
}

std::vector<NeuronCounts> decode_counts(const proto::TraceSpikes& message,
                                        const SpikeParts& parts,
                                        PopulationId population,
                                        const TraceHeader& header,
                                        ColumnUnpacker& unpacker,
                                        const std::string& name) {
    std::vector<NeuronCounts> all(parts.samples.size());
    for (const proto::TraceCountColumns& packed : message.counts()) {
        if (packed.population() != population) {
            continue;
        }
        const std::string place =
            fmt::format("{}, population \"{}\"", name, header.populations[population].name);
        Bytes neurons, gaps, spikes;
        unpacker.unpack(packed.neurons(), place, neurons);
        unpacker.unpack(packed.gaps(), place, gaps);
        unpacker.unpack(packed.spikes(), place, spikes);
        ColumnCursor neuron(neurons, place);
        ColumnCursor gap(gaps, place);
        ColumnCursor spike(spikes, place);
        const std::uint64_t limit = header.populations[population].shape.size();
        for (NeuronCounts& counts : all) {
            std::uint64_t next = 0;
            for (std::uint64_t k = neuron.varint(); k > 0; --k) {
                const std::uint64_t step = gap.varint();
                const std::uint64_t count = spike.varint();
                if (step >= limit - next || count == 0) {
                    throw InputError(place,
                                     fmt::format("{} spikes of slot {} + {}", count, next, step),
                                     fmt::format("ascending slots below {}", limit));
                }
                next += step;
                counts.emplace_back(static_cast<Slot>(next++), count);
            }
        }
        neuron.end();
        gap.end();
        spike.end();
    }
    return all;
}

namespace {

// The columns of a chunk of samples, unpacked.
struct SampleColumns {
    SampleColumns(const proto::TraceSamples& message,
                  ColumnUnpacker& unpacker,
                  const std::string& name) {
        const proto::TraceColumn* const packed[] = {&message.labels(),
                                                    &message.readouts(),
                                                    &message.values(),
                                                    &message.counts(),
                                                    &message.inputs(),
                                                    &message.levels(),
                                                    &message.digests()};
        constexpr const char* k_names[] = {
            "labels", "readouts", "values", "counts", "inputs", "levels", "digests"};
        for (std::size_t k = 0; k < k_columns; ++k) {
            names[k] = fmt::format("{}.{}", name, k_names[k]);
            unpacker.unpack(*packed[k], names[k], bytes[k]);
            cursors[k] = ColumnCursor(bytes[k], names[k]);
        }
        if (bytes[2].size() % 4 != 0) {
            throw InputError(names[2], fmt::format("{} bytes", bytes[2].size()), "4 a number");
        }
        take_floats(bytes[2], values);
    }

    [[nodiscard]] std::span<const float> take_values(std::uint64_t count) {
        if (count > values.size() - taken) {
            throw InputError(
                names[2], fmt::format("{} numbers", values.size()), fmt::format("{} more", count));
        }
        taken += count;
        return std::span(values).subspan(taken - count, count);
    }

    void end() const {
        for (std::size_t k = 0; k < k_columns; ++k) {
            if (k != 2) {
                cursors[k].end();
            }
        }
        if (taken != values.size()) {
            throw InputError(
                names[2], fmt::format("{} numbers", values.size()), fmt::format("{}", taken));
        }
    }

    ColumnCursor& labels() { return cursors[0]; }
    ColumnCursor& readouts() { return cursors[1]; }
    ColumnCursor& counts() { return cursors[3]; }
    ColumnCursor& inputs() { return cursors[4]; }
    ColumnCursor& levels() { return cursors[5]; }
    ColumnCursor& digests() { return cursors[6]; }

    static constexpr std::size_t k_columns = 7;
    std::string names[k_columns];
    Bytes bytes[k_columns];
    ColumnCursor cursors[k_columns];
    std::vector<float> values;
    std::size_t taken = 0;
};

SampleCounts take_counts(ColumnCursor& column, const TraceHeader& header) {
    SampleCounts counts;
    if (column.varint() == 0) {
        return counts;
    }
    for (std::size_t p = 0; p < header.populations.size(); ++p) {
        PopulationCounts& population = counts.populations.emplace_back();
        population.spikes = column.varint();
        population.graded_events = column.varint();
    }
    for (std::uint32_t p = 0; p < header.projections; ++p) {
        ProjectionCounts& projection = counts.projections.emplace_back();
        projection.acs = column.varint();
        projection.graded_macs = column.varint();
        projection.held_macs = column.varint();
        projection.pool_operations = column.varint();
    }
    return counts;
}

void take_readouts(SampleColumns& columns,
                   const TraceHeader& header,
                   const std::string& name,
                   SampleRecord& record) {
    for (const TraceReadout& of : header.readouts) {
        ReadoutTrace& readout = record.readouts.emplace_back();
        const std::uint64_t prediction = columns.readouts().varint();
        const std::uint64_t flags = columns.readouts().varint();
        if (prediction >= of.values || flags > 3) {
            throw InputError(name + ".readouts",
                             fmt::format("prediction {}, flags {}", prediction, flags),
                             fmt::format("a number below {}, and below 4", of.values));
        }
        readout.prediction = static_cast<std::uint32_t>(prediction);
        readout.tied = (flags & 1) != 0;
        readout.undecided = (flags & 2) != 0;
        const std::span<const float> values = columns.take_values(of.values);
        readout.values.assign(values.begin(), values.end());
    }
}

template <class T>
T take_raw(ColumnCursor& column) {
    T value = {};
    std::memcpy(&value, column.take(sizeof value).data(), sizeof value);
    return value;
}

}  // namespace

std::vector<SampleRecord> decode_samples(const proto::TraceSamples& message,
                                         const TraceHeader& header,
                                         ColumnUnpacker& unpacker,
                                         const std::string& name) {
    const std::vector<std::uint64_t> numbers = ascending(message.numbers(), name + ".numbers");
    const std::size_t cells = header.populations.size() * level_count(header.horizon);
    SampleColumns columns(message, unpacker, name);
    std::vector<SampleRecord> records;
    for (const std::uint64_t number : numbers) {
        SampleRecord record;
        record.number = number;
        if (columns.labels().varint() != 0) {
            record.label = columns.labels().signed_varint();
        }
        take_readouts(columns, header, name, record);
        record.counts = take_counts(columns.counts(), header);
        if (header.input_digests) {
            record.input = take_raw<std::uint64_t>(columns.inputs());
        }
        if (columns.levels().left() < cells) {
            throw InputError(name + ".levels",
                             fmt::format("{} bytes left", columns.levels().left()),
                             fmt::format("{} counts", cells));
        }
        record.levels.resize(cells);
        for (std::uint64_t& events : record.levels) {
            events = columns.levels().varint();
        }
        if (!header.whole()) {
            record.digest = take_raw<Digest>(columns.digests());
        }
        records.push_back(std::move(record));
    }
    columns.end();
    return records;
}

void decode_rows(const proto::TraceSeriesRows& message,
                 const TraceHeader& header,
                 const TickRange& ticks,
                 ColumnUnpacker& unpacker,
                 const std::string& name,
                 SeriesTrace& out) {
    if (message.series() >= header.series.size()) {
        throw InputError(name + ".series",
                         fmt::format("{}", message.series()),
                         fmt::format("a number below {}", header.series.size()));
    }
    const TraceSeries& series = header.series[message.series()];
    Bytes steps, values;
    unpacker.unpack(message.steps(), name + ".steps", steps);
    unpacker.unpack(message.values(), name + ".values", values);
    const std::uint64_t rows = message.rows();
    if (rows == 0 || rows > steps.size() || values.size() % 4 != 0 ||
        values.size() / 4 / series.size != rows || values.size() / 4 % series.size != 0) {
        throw InputError(name,
                         fmt::format("{} rows in {} bytes", rows, values.size()),
                         fmt::format("rows of {} numbers", series.size));
    }
    std::vector<float> numbers;
    take_floats(values, numbers);
    const std::string step_name = name + ".steps";
    ColumnCursor step(steps, step_name);
    Tick tick = message.from_tick();
    for (std::uint64_t row = 0; row < rows; ++row) {
        const std::uint64_t by = step.varint();
        if ((row == 0) != (by == 0) || tick < 0 ||
            by >= static_cast<std::uint64_t>(std::max<Tick>(0, header.horizon - tick))) {
            throw InputError(step_name,
                             fmt::format("{} after tick {}", by, tick),
                             fmt::format("ascending ticks below {}", header.horizon));
        }
        tick += static_cast<Tick>(by);
        if (ticks.holds(tick)) {
            out.ticks.push_back(tick);
            const auto at = numbers.begin() + static_cast<std::ptrdiff_t>(row * series.size);
            out.values.insert(out.values.end(), at, at + series.size);
        }
    }
    step.end();
}

}  // namespace saltus::detail
