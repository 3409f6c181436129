// Writes a trace as version 1 has it (docs/trace-format.md), put together byte by byte.
#pragma once

#include <saltus/trace.pb.h>
#include <span>
#include <string>
#include <zlib.h>

#include "models/trace/trace.hpp"

#include "tests/models/data/scratch_folder.hpp"

namespace saltus::tests {

inline std::string version_1_chunk(const proto::TraceChunk& message) {
    const std::string bytes = message.SerializeAsString();
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const auto check = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(size)));
    std::string out;
    for (const std::uint32_t word : {size, check}) {
        for (int shift = 0; shift < 32; shift += 8) {
            out += static_cast<char>(word >> shift);
        }
    }
    return out + bytes;
}

inline void write_version_1(const std::filesystem::path& path,
                            const TraceHeader& header,
                            std::span<const SampleTrace> samples) {
    proto::TraceChunk head;
    proto::TraceHeader& out = *head.mutable_header();
    out.set_format_version(1);
    out.set_model(header.model);
    out.set_horizon(header.horizon);
    out.set_tick_seconds(header.tick_seconds);
    for (const TracePopulation& from : header.populations) {
        proto::TracePopulation& to = *out.add_populations();
        to.set_name(from.name);
        for (const std::uint32_t d : from.shape.dims) {
            to.add_shape(d);
        }
        to.set_kind(static_cast<proto::TracePopulation::Kind>(static_cast<int>(from.kind) + 1));
        to.set_holds_values(from.holds_values);
        to.set_fires(from.fires);
        to.set_clock(from.clock ? static_cast<proto::TracePopulation::Clock>(
                                      static_cast<int>(*from.clock) + 1)
                                : proto::TracePopulation::NO_CLOCK);
    }
    const char* const kinds[] = {"spike_count", "first_spike", "membrane", "mean_membrane"};
    for (const TraceReadout& from : header.readouts) {
        proto::TraceReadout& to = *out.add_readouts();
        to.set_name(from.name);
        to.set_population(from.population);
        to.set_kind(kinds[static_cast<std::size_t>(from.kind)]);
        to.set_values(from.values);
        to.set_logit(from.logit);
    }
    std::string file = "SALTRACE" + version_1_chunk(head);
    for (const SampleTrace& from : samples) {
        proto::TraceChunk chunk;
        proto::TraceSample& to = *chunk.mutable_sample();
        to.set_number(from.number);
        if (from.label) {
            to.set_label(*from.label);
        }
        for (const StreamTrace& stream : from.streams) {
            proto::TraceStream& lines = *to.add_streams();
            Tick before = 0;
            std::size_t at = 0;
            for (std::size_t k = 0; k < stream.packets(); ++k) {
                lines.add_tick_steps(static_cast<std::uint64_t>(stream.ticks[k] - before));
                before = stream.ticks[k];
                lines.add_spikes(stream.spikes[k]);
                Slot last = 0;
                for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
                    lines.add_slot_steps(stream.slots[at] - last);
                    last = stream.slots[at];
                }
            }
            for (const float payload : stream.payloads) {
                lines.add_payloads(payload);
            }
        }
        for (const ReadoutTrace& readout : from.readouts) {
            proto::TraceReadoutResult& result = *to.add_readouts();
            result.set_prediction(readout.prediction);
            for (const float value : readout.values) {
                result.add_values(value);
            }
            result.set_tied(readout.tied);
            result.set_undecided(readout.undecided);
        }
        file += version_1_chunk(chunk);
    }
    proto::TraceChunk end;
    end.mutable_end()->set_samples(samples.size());
    write_bytes(path, file + version_1_chunk(end));
}

}  // namespace saltus::tests
