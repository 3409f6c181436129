#include "models/trace/trace_writer.hpp"

#include <array>
#include <optional>
#include <saltus/trace.pb.h>
#include <string>
#include <utility>
#include <zlib.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/trace/trace_message.hpp"

namespace saltus {

struct TraceWriter::State {
    AtomicFile file;
    std::string path;
    std::size_t populations;
    std::uint64_t samples = 0;
    std::optional<std::uint64_t> last;
    proto::TraceChunk chunk;  // kept, so that its arrays are reused
    std::string bytes;

    void write_chunk() {
        if (chunk.ByteSizeLong() > k_trace_message_bytes) {
            throw Error(fmt::format("{}: got a sample of {} bytes, need at most {}",
                                    path,
                                    chunk.ByteSizeLong(),
                                    k_trace_message_bytes));
        }
        chunk.SerializeToString(&bytes);
        const auto size = static_cast<std::uint32_t>(bytes.size());
        const auto check = static_cast<std::uint32_t>(
            crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(size)));
        std::array<char, 8> frame = {};
        for (std::size_t k = 0; k < 4; ++k) {
            frame[k] = static_cast<char>(size >> (8 * k));
            frame[4 + k] = static_cast<char>(check >> (8 * k));
        }
        file.write({frame.data(), frame.size()});
        file.write(bytes);
    }
};

TraceWriter::TraceWriter(const std::filesystem::path& path,
                         const TraceHeader& header,
                         const TraceProvenance& provenance)
    : state_(new State{AtomicFile(path), path.string(), header.populations.size(), 0, {}, {}, {}}) {
    state_->file.write({k_trace_magic, k_trace_magic_bytes});
    to_message(header, *state_->chunk.mutable_header());
    state_->write_chunk();
    to_message(provenance, *state_->chunk.mutable_provenance());
    state_->write_chunk();
}

TraceWriter::TraceWriter(TraceWriter&&) noexcept = default;
TraceWriter::~TraceWriter() = default;

void TraceWriter::add(const SampleTrace& sample) {
    if (state_->last && sample.number <= *state_->last) {
        throw InternalError(fmt::format("{}: got sample {} after {}, need ascending numbers",
                                        state_->path,
                                        sample.number,
                                        *state_->last));
    }
    if (sample.streams.size() != state_->populations) {
        throw InternalError(fmt::format("{}: got {} streams, need {}",
                                        state_->path,
                                        sample.streams.size(),
                                        state_->populations));
    }
    state_->last = sample.number;
    proto::TraceSample& message = *state_->chunk.mutable_sample();
    message.Clear();
    to_message(sample, message);
    state_->write_chunk();
    ++state_->samples;
}

void TraceWriter::finish() {
    state_->chunk.mutable_end()->set_samples(state_->samples);
    state_->write_chunk();
    state_->file.commit();
}

}  // namespace saltus
