#include "models/trace/trace_writer.hpp"

#include <algorithm>
#include <optional>
#include <saltus/trace.pb.h>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/trace/trace_chunk.hpp"
#include "models/trace/trace_frame.hpp"
#include "models/trace/trace_index.hpp"
#include "models/trace/trace_message.hpp"

namespace saltus {

namespace {

// Samples that share a chunk, at most.
constexpr std::size_t k_most_parts = 1024;
// Counts by level that samples of one chunk have, at most (or those of one sample).
constexpr std::size_t k_most_levels = std::size_t{1} << 18;

}  // namespace

struct TraceWriter::State {
    State(const std::filesystem::path& name, const TraceHeader& of)
        : file(name), path(name.string()), header(of) {}

    AtomicFile file;
    std::string path;
    TraceHeader header;
    std::uint64_t start = 0;  // of the data: behind the provenance
    std::optional<std::uint64_t> last;
    std::vector<TracePart> parts;  // of samples in `records`, not yet written
    std::uint64_t part_spikes = 0;
    std::vector<SampleRecord> records;
    ChunkPacker packer;
    IndexBuilder index;
    std::optional<SampleRecorder> recorder;  // for samples in memory
    std::string bytes;

    void write_frame(std::string_view chunk) {
        if (chunk.size() > k_most_chunk_bytes) {
            throw Error(fmt::format("{}: got a chunk of {} bytes, need at most {}",
                                    path,
                                    chunk.size(),
                                    k_most_chunk_bytes));
        }
        const auto payload = std::as_bytes(std::span(chunk));
        file.write(frame_of(payload));
        file.write(payload);
    }

    void write_message(const proto::TraceChunk& chunk) {
        chunk.SerializeToString(&bytes);
        write_frame(bytes);
    }

    void write(PackedChunk&& chunk) {
        chunk.entry.offset = file.position() - start;
        write_frame(chunk.bytes);
        if (index.add(chunk.entry)) {
            write_page();
        }
    }

    void write_page() {
        proto::TraceChunk chunk;
        index.take_page(file.position() - start, *chunk.mutable_page());
        write_message(chunk);
    }

    // What has been gathered of small samples.
    void flush() {
        if (part_spikes > 0 ||
            std::any_of(parts.begin(), parts.end(), [](const auto& p) { return !p.empty(); })) {
            write(packer.pack(parts));
        }
        parts.clear();
        part_spikes = 0;
        if (!records.empty()) {
            write(packer.pack(records, header));
            records.clear();
        }
    }

    void add_record(SampleRecord&& record) {
        index.add(record);
        records.push_back(std::move(record));
    }
};

TraceWriter::TraceWriter(const std::filesystem::path& path,
                         const TraceHeader& header,
                         const TraceProvenance& provenance)
    : state_(std::make_unique<State>(path, header)) {
    State& state = *state_;
    state.file.write({k_trace_magic_2, k_trace_magic_bytes});
    proto::TraceChunk chunk;
    to_message(header, *chunk.mutable_header());
    state.write_message(chunk);
    to_message(provenance, *chunk.mutable_provenance());
    state.write_message(chunk);
    state.start = state.file.position();
}

TraceWriter::TraceWriter(TraceWriter&&) noexcept = default;
TraceWriter::~TraceWriter() = default;

const TraceHeader& TraceWriter::header() const {
    return state_->header;
}

void TraceWriter::add_chunks(std::vector<PackedChunk>& chunks) {
    if (!chunks.empty()) {
        state_->flush();
    }
    for (PackedChunk& chunk : chunks) {
        state_->write(std::move(chunk));
    }
    chunks.clear();
}

void TraceWriter::add(RecordedSample&& sample) {
    State& state = *state_;
    if (state.last && sample.record.number <= *state.last) {
        throw InternalError(fmt::format("{}: got sample {} after {}, need ascending numbers",
                                        state.path,
                                        sample.record.number,
                                        *state.last));
    }
    state.last = sample.record.number;
    if (sample.alone) {
        add_chunks(sample.chunks);
        if (!sample.rest.empty()) {
            state.write(state.packer.pack({&sample.rest, 1}));
        }
        state.add_record(std::move(sample.record));
        state.flush();
        return;
    }
    const std::size_t levels = sample.record.levels.size();
    state.part_spikes += sample.rest.spikes();
    state.parts.push_back(std::move(sample.rest));
    state.add_record(std::move(sample.record));
    if (state.part_spikes >= k_chunk_spikes || state.parts.size() >= k_most_parts ||
        state.parts.size() * levels >= k_most_levels) {
        state.flush();
    }
}

void TraceWriter::add(const SampleTrace& sample) {
    if (!state_->recorder) {
        state_->recorder.emplace(state_->header);
    }
    add(state_->recorder->take_from(sample));
}

void TraceWriter::finish() {
    State& state = *state_;
    state.flush();
    if (state.index.pending()) {
        state.write_page();
    }
    const std::uint64_t offset = state.file.position();
    proto::TraceChunk chunk;
    state.index.finish(*chunk.mutable_index());
    state.write_message(chunk);
    const auto footer =
        footer_of({offset - state.start, state.file.position() - offset});
    state.file.write(footer);
    state.file.commit();
}

}  // namespace saltus
