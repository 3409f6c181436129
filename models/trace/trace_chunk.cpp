#include "models/trace/trace_chunk.hpp"

#include <algorithm>
#include <cstring>
#include <saltus/trace.pb.h>

namespace saltus {

std::uint64_t TracePart::spikes() const {
    std::uint64_t sum = 0;
    for (const SpikeBlocks& blocks : populations) {
        sum += blocks.spikes;
    }
    return sum;
}

bool TracePart::empty() const {
    return spikes() == 0 && std::all_of(counts.begin(), counts.end(), [](const auto& population) {
               return population.empty();
           });
}

struct ChunkPacker::State {
    ColumnPacker packer;
    proto::TraceChunk chunk;  // kept, so that its strings are reused
    SpikeColumns columns;
    LastMasks last;
    std::vector<float> payloads;
    Bytes first, second, third;

    void pack_spikes(std::span<const TracePart> parts, std::size_t p, proto::TraceSpikes& out);
    void pack_counts(std::span<const TracePart> parts, std::size_t p, proto::TraceSpikes& out);
    void pack_column(const Bytes& bytes, proto::TraceColumn& out) { packer.pack(bytes, out); }
};

ChunkPacker::ChunkPacker() : state_(std::make_unique<State>()) {}

ChunkPacker::ChunkPacker(ChunkPacker&&) noexcept = default;
ChunkPacker::~ChunkPacker() = default;

void ChunkPacker::State::pack_spikes(std::span<const TracePart> parts,
                                     std::size_t p,
                                     proto::TraceSpikes& out) {
    std::uint64_t spikes = 0;
    for (const TracePart& part : parts) {
        spikes += part.populations[p].spikes;
    }
    if (spikes == 0) {
        return;
    }
    columns.clear();
    payloads.clear();
    for (const TracePart& part : parts) {
        const SpikeBlocks& blocks = part.populations[p];
        put_blocks(blocks, part.from, last, columns);
        payloads.insert(payloads.end(), blocks.payloads.begin(), blocks.payloads.end());
    }
    put_floats(columns.payloads, payloads);
    proto::TraceSpikeColumns& message = *out.add_populations();
    message.set_population(static_cast<std::uint32_t>(p));
    message.set_spikes(spikes);
    pack_column(columns.blocks, *message.mutable_blocks());
    pack_column(columns.steps, *message.mutable_steps());
    pack_column(columns.counts, *message.mutable_counts());
    pack_column(columns.gaps, *message.mutable_gaps());
    for (const Bytes& masks : columns.masks) {
        pack_column(masks, *message.add_masks());
    }
    if (!columns.rests.empty()) {
        pack_column(columns.rests, *message.mutable_rests());
    }
    if (!columns.payloads.empty()) {
        pack_column(columns.payloads, *message.mutable_payloads());
    }
}

void ChunkPacker::State::pack_counts(std::span<const TracePart> parts,
                                     std::size_t p,
                                     proto::TraceSpikes& out) {
    first.clear();
    second.clear();
    third.clear();
    for (const TracePart& part : parts) {
        put_varint(first, part.counts[p].size());
        Slot next = 0;
        for (const auto& [slot, spikes] : part.counts[p]) {
            put_varint(second, slot - next);
            put_varint(third, spikes);
            next = slot + 1;
        }
    }
    if (third.empty()) {
        return;
    }
    proto::TraceCountColumns& message = *out.add_counts();
    message.set_population(static_cast<std::uint32_t>(p));
    pack_column(first, *message.mutable_neurons());
    pack_column(second, *message.mutable_gaps());
    pack_column(third, *message.mutable_spikes());
}

PackedChunk ChunkPacker::pack(std::span<const TracePart> parts) {
    PackedChunk packed;
    packed.entry.kind = ChunkEntry::Kind::spikes;
    packed.entry.first_sample = parts.front().sample;
    packed.entry.last_sample = parts.back().sample;
    packed.entry.from = parts.front().from;
    packed.entry.until = parts.front().until;
    proto::TraceSpikes& message = *state_->chunk.mutable_spikes();
    message.Clear();
    std::uint64_t before = 0;
    for (const TracePart& part : parts) {
        message.add_samples(part.sample - before);
        before = part.sample;
        packed.entry.count += part.spikes();
    }
    message.set_from_tick(packed.entry.from);
    message.set_until_tick(packed.entry.until);
    for (std::size_t p = 0; p < parts.front().populations.size(); ++p) {
        state_->pack_spikes(parts, p, message);
        state_->pack_counts(parts, p, message);
    }
    state_->chunk.SerializeToString(&packed.bytes);
    return packed;
}

namespace {

void put_readouts(const SampleRecord& record, Bytes& out, std::vector<float>& values) {
    for (const ReadoutTrace& readout : record.readouts) {
        put_varint(out, readout.prediction);
        out.push_back(
            static_cast<std::uint8_t>((readout.tied ? 1 : 0) | (readout.undecided ? 2 : 0)));
        values.insert(values.end(), readout.values.begin(), readout.values.end());
    }
}

void put_counts(const SampleCounts& counts, Bytes& out) {
    for (const PopulationCounts& population : counts.populations) {
        put_varint(out, population.spikes);
        put_varint(out, population.graded_events);
    }
    for (const ProjectionCounts& projection : counts.projections) {
        put_varint(out, projection.acs);
        put_varint(out, projection.graded_macs);
        put_varint(out, projection.held_macs);
        put_varint(out, projection.pool_operations);
    }
}

template <class T>
void put_raw(Bytes& out, const T& value) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&value);
    out.insert(out.end(), bytes, bytes + sizeof value);
}

}  // namespace

PackedChunk ChunkPacker::pack(std::span<const SampleRecord> records, const TraceHeader& header) {
    PackedChunk packed;
    packed.entry.kind = ChunkEntry::Kind::samples;
    packed.entry.first_sample = records.front().number;
    packed.entry.last_sample = records.back().number;
    packed.entry.count = records.size();
    packed.entry.until = header.horizon;
    Bytes labels, readouts, values, counts, inputs, levels, digests;
    std::vector<float> numbers;
    proto::TraceSamples& message = *state_->chunk.mutable_samples();
    message.Clear();
    std::uint64_t before = 0;
    for (const SampleRecord& record : records) {
        message.add_numbers(record.number - before);
        before = record.number;
        labels.push_back(record.label ? 1 : 0);
        if (record.label) {
            put_signed(labels, *record.label);
        }
        put_readouts(record, readouts, numbers);
        counts.push_back(record.counts.populations.empty() ? 0 : 1);
        put_counts(record.counts, counts);
        if (header.input_digests) {
            put_raw(inputs, record.input.value_or(0));
        }
        for (const std::uint64_t events : record.levels) {
            put_varint(levels, events);
        }
        if (record.digest) {
            put_raw(digests, *record.digest);
        }
    }
    put_floats(values, numbers);
    state_->pack_column(labels, *message.mutable_labels());
    state_->pack_column(readouts, *message.mutable_readouts());
    state_->pack_column(values, *message.mutable_values());
    state_->pack_column(counts, *message.mutable_counts());
    state_->pack_column(inputs, *message.mutable_inputs());
    state_->pack_column(levels, *message.mutable_levels());
    state_->pack_column(digests, *message.mutable_digests());
    state_->chunk.SerializeToString(&packed.bytes);
    return packed;
}

PackedChunk ChunkPacker::pack(const SeriesRows& rows) {
    PackedChunk packed;
    packed.entry.kind = ChunkEntry::Kind::series;
    packed.entry.first_sample = rows.sample;
    packed.entry.last_sample = rows.sample;
    packed.entry.count = rows.ticks.size();
    packed.entry.from = rows.ticks.front();
    packed.entry.until = rows.ticks.back() + 1;
    packed.entry.series = rows.series;
    proto::TraceSeriesRows& message = *state_->chunk.mutable_series();
    message.Clear();
    message.set_sample(rows.sample);
    message.set_series(rows.series);
    message.set_from_tick(packed.entry.from);
    message.set_until_tick(packed.entry.until);
    message.set_rows(rows.ticks.size());
    Bytes steps, values;
    Tick before = rows.ticks.front();
    for (const Tick tick : rows.ticks) {
        put_varint(steps, static_cast<std::uint64_t>(tick - before));
        before = tick;
    }
    put_floats(values, rows.values);
    state_->pack_column(steps, *message.mutable_steps());
    state_->pack_column(values, *message.mutable_values());
    state_->chunk.SerializeToString(&packed.bytes);
    return packed;
}

}  // namespace saltus
