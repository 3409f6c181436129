#include "models/trace/trace_reader.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <saltus/trace.pb.h>
#include <string>
#include <vector>
#include <zlib.h>

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include "core/error.hpp"
#include "models/trace/trace_message.hpp"

namespace saltus {

struct TraceReader::State {
    std::ifstream file;
    std::string path;
    std::uint64_t size = 0;      // of the file
    std::uint64_t position = 0;  // read so far
    TraceHeader header;
    TraceProvenance provenance;
    std::uint64_t samples = 0;
    std::optional<std::uint64_t> last;
    bool ended = false;
    proto::TraceChunk chunk;
    std::vector<char> bytes;

    void open(const std::filesystem::path& name);
    void read(char* out, std::uint64_t count, const char* what);
    void read_chunk();
    void read_end();
};

namespace {

std::uint32_t little_endian(const char* at) {
    std::uint32_t value = 0;
    for (std::size_t k = 0; k < 4; ++k) {
        value |= std::uint32_t{static_cast<unsigned char>(at[k])} << (8 * k);
    }
    return value;
}

}  // namespace

void TraceReader::State::open(const std::filesystem::path& name) {
    path = name.string();
    std::error_code error;
    if (!std::filesystem::is_regular_file(name, error)) {
        throw InputError(path, "no such file", "a .saltrace file");
    }
    size = std::filesystem::file_size(name);
    file.open(name, std::ios::binary);
    if (!file) {
        throw InputError(path, "a file that cannot be opened", "a readable file");
    }
    std::array<char, k_trace_magic_bytes> magic = {};
    if (size < magic.size()) {
        throw InputError(
            path, fmt::format("{} bytes", size), "a .saltrace file, which starts with SALTRACE");
    }
    read(magic.data(), magic.size(), "magic number");
    if (std::string_view(magic.data(), magic.size()) != k_trace_magic) {
        throw InputError(
            path, "another magic number", "a .saltrace file, which starts with SALTRACE");
    }
}

void TraceReader::State::read(char* out, std::uint64_t count, const char* what) {
    if (count > size - position) {
        throw InputError(path,
                         fmt::format("{} bytes at {} for {}", size - position, position, what),
                         fmt::format("{} (the file was cut off)", count));
    }
    file.read(out, static_cast<std::streamsize>(count));
    if (!file) {
        throw InputError(path, "a file that cannot be read", fmt::format("{} bytes", size));
    }
    position += count;
}

void TraceReader::State::read_chunk() {
    const std::uint64_t at = position;
    if (position == size) {
        throw InputError(path,
                         fmt::format("{} samples and no end", samples),
                         "a file that was finished (it was cut off)");
    }
    std::array<char, 8> frame = {};
    read(frame.data(), frame.size(), "a chunk's length");
    const std::uint32_t length = little_endian(frame.data());
    if (length > k_trace_message_bytes || length > size - position) {
        throw InputError(
            fmt::format("{}: chunk at byte {}", path, at),
            fmt::format("a length of {}", length),
            fmt::format("at most {} (the file was cut off or damaged)",
                        std::min<std::uint64_t>(k_trace_message_bytes, size - position)));
    }
    bytes.resize(length);
    read(bytes.data(), length, "a chunk");
    const auto check = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(length)));
    if (check != little_endian(frame.data() + 4)) {
        throw InputError(
            fmt::format("{}: chunk at byte {}", path, at),
            fmt::format("checksum {:08x}", check),
            fmt::format("{:08x} (the file is damaged)", little_endian(frame.data() + 4)));
    }
    const google::protobuf::LogSilencer silence;  // a library does not print
    if (!chunk.ParseFromArray(bytes.data(), static_cast<int>(length))) {
        throw InputError(fmt::format("{}: chunk at byte {}", path, at),
                         "bytes that are no message",
                         "a TraceChunk");
    }
}

void TraceReader::State::read_end() {
    if (chunk.end().samples() != samples) {
        throw InputError(path + ": end.samples",
                         fmt::format("{}", chunk.end().samples()),
                         fmt::format("{}, the samples before it", samples));
    }
    if (position != size) {
        throw InputError(path, fmt::format("{} bytes behind the end", size - position), "none");
    }
    ended = true;
}

TraceReader::TraceReader(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
    state_->open(path);
    state_->read_chunk();
    if (!state_->chunk.has_header()) {
        throw InputError(state_->path, "another first chunk", "a header");
    }
    state_->header = from_message(state_->chunk.header(), state_->path + ": header");
}

TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader::~TraceReader() = default;

const TraceHeader& TraceReader::header() const {
    return state_->header;
}

const TraceProvenance& TraceReader::provenance() const {
    return state_->provenance;
}

bool TraceReader::next(SampleTrace& sample) {
    while (!state_->ended) {
        state_->read_chunk();
        const proto::TraceChunk& chunk = state_->chunk;
        if (chunk.has_provenance()) {
            state_->provenance = from_message(chunk.provenance());
        } else if (chunk.has_end()) {
            state_->read_end();
        } else if (chunk.has_sample()) {
            const std::string place =
                fmt::format("{}: sample {}", state_->path, chunk.sample().number());
            if (state_->last && chunk.sample().number() <= *state_->last) {
                throw InputError(
                    place, fmt::format("its place after {}", *state_->last), "ascending numbers");
            }
            from_message(chunk.sample(), state_->header, place, sample);
            state_->last = sample.number;
            ++state_->samples;
            return true;
        } else {
            throw InputError(
                state_->path, "a chunk of another kind", "a provenance, sample or end");
        }
    }
    return false;
}

}  // namespace saltus
