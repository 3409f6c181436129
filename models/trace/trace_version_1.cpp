// Files of version 1: framed messages, a sample each, one after the other. All of it is looked
// through when it is opened, and a file that is cut off or damaged is refused.
#include <algorithm>
#include <array>
#include <saltus/trace.pb.h>
#include <zlib.h>

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include "core/error.hpp"
#include "models/trace/trace_message.hpp"
#include "models/trace/trace_source.hpp"

namespace saltus::detail {

namespace {

std::uint32_t little_endian(const std::byte* at) {
    std::uint32_t value = 0;
    for (std::size_t k = 0; k < 4; ++k) {
        value |= std::uint32_t{static_cast<unsigned char>(at[k])} << (8 * k);
    }
    return value;
}

class Version1 final : public TraceSource {
  public:
    explicit Version1(std::unique_ptr<TraceBytes> bytes) : bytes_(std::move(bytes)) {
        path = bytes_->path();
        version = 1;
        std::uint64_t at = k_trace_magic_bytes;
        at = read_chunk(at);
        if (!chunk_.has_header()) {
            throw InputError(path, "another first chunk", "a header");
        }
        header = from_message(chunk_.header(), 1, path + ": header");
        while (!ended_) {
            const std::uint64_t next = read_chunk(at);
            take_chunk(at, next);
            at = next;
        }
    }

    std::uint64_t samples() override { return places_.size(); }

    std::uint64_t number(std::uint64_t place) override { return places_.at(place).number; }

    std::optional<std::uint64_t> find(std::uint64_t number) override {
        const auto at = std::lower_bound(
            places_.begin(), places_.end(), number, [](const Place& place, std::uint64_t wanted) {
                return place.number < wanted;
            });
        if (at == places_.end() || at->number != number) {
            return std::nullopt;
        }
        return static_cast<std::uint64_t>(at - places_.begin());
    }

    const SampleRecord& record(std::uint64_t place) override {
        load(place);
        return record_;
    }

    const std::vector<std::uint64_t>& levels() override {
        if (levels_.empty()) {
            levels_.resize(header.populations.size() * level_count(header.horizon));
            for (std::uint64_t place = 0; place < places_.size(); ++place) {
                load(place);
                for (std::size_t k = 0; k < levels_.size(); ++k) {
                    levels_[k] += record_.levels[k];
                }
            }
        }
        return levels_;
    }

    void visit(std::uint64_t place,
               PopulationId population,
               const TickRange& /*ticks*/,
               const std::function<void(const StreamTrace&)>& take) override {
        load(place);
        take(sample_.streams[population]);
    }

    void counts(std::uint64_t /*place*/,
                PopulationId /*population*/,
                std::vector<std::pair<Slot, std::uint64_t>>& out) override {
        out.clear();  // every spike is there in version 1
    }

    void series(std::uint64_t /*place*/,
                std::size_t /*series*/,
                const TickRange& /*ticks*/,
                SeriesTrace& out) override {
        out.clear();  // there are none in version 1
    }

  private:
    struct Place {
        std::uint64_t number;
        std::uint64_t offset;
    };

    // Returns where the next one starts.
    std::uint64_t read_chunk(std::uint64_t at) {
        std::array<std::byte, 8> frame = {};
        const std::uint64_t left = bytes_->size() - at;
        if (left < frame.size()) {
            throw InputError(path,
                             left == 0 ? "no end" : fmt::format("{} bytes at {}", left, at),
                             "a chunk (the file was cut off)");
        }
        bytes_->read(at, frame);
        const std::uint32_t length = little_endian(frame.data());
        if (length > k_trace_message_bytes || length > left - frame.size()) {
            throw InputError(fmt::format("{}: chunk at byte {}", path, at),
                             fmt::format("a length of {}", length),
                             fmt::format("at most {} (the file was cut off)",
                                         std::min<std::uint64_t>(k_trace_message_bytes,
                                                                 left - frame.size())));
        }
        buffer_.resize(length);
        bytes_->read(at + frame.size(), buffer_);
        const auto check = static_cast<std::uint32_t>(crc32(
            0, reinterpret_cast<const Bytef*>(buffer_.data()), static_cast<uInt>(length)));
        if (check != little_endian(frame.data() + 4)) {
            throw InputError(
                fmt::format("{}: chunk at byte {}", path, at),
                fmt::format("checksum {:08x}", check),
                fmt::format("{:08x} (the file is damaged)", little_endian(frame.data() + 4)));
        }
        const google::protobuf::LogSilencer silence;  // a library does not print
        if (!chunk_.ParseFromArray(buffer_.data(), static_cast<int>(length))) {
            throw InputError(fmt::format("{}: chunk at byte {}", path, at),
                             "bytes that are no message",
                             "a TraceChunk");
        }
        return at + frame.size() + length;
    }

    void take_chunk(std::uint64_t at, std::uint64_t next) {
        if (chunk_.has_provenance()) {
            provenance = from_message(chunk_.provenance());
        } else if (chunk_.has_sample()) {
            const std::uint64_t number = chunk_.sample().number();
            if (!places_.empty() && number <= places_.back().number) {
                throw InputError(fmt::format("{}: sample {}", path, number),
                                 fmt::format("its place after {}", places_.back().number),
                                 "ascending numbers");
            }
            places_.push_back({number, at});
            decode();
        } else if (chunk_.has_end()) {
            if (chunk_.end().samples() != places_.size()) {
                throw InputError(path + ": end.samples",
                                 fmt::format("{}", chunk_.end().samples()),
                                 fmt::format("{}, the samples before it", places_.size()));
            }
            if (next != bytes_->size()) {
                throw InputError(
                    path, fmt::format("{} bytes behind the end", bytes_->size() - next), "none");
            }
            ended_ = true;
        } else {
            throw InputError(path, "a chunk of another kind", "a provenance, sample or end");
        }
    }

    void decode() {
        loaded_.reset();
        from_message(chunk_.sample(),
                     header,
                     fmt::format("{}: sample {}", path, chunk_.sample().number()),
                     sample_);
    }

    void load(std::uint64_t place) {
        if (loaded_ == place) {
            return;
        }
        read_chunk(places_.at(place).offset);
        if (!chunk_.has_sample()) {
            throw InputError(path, "another chunk than before", "a file that is not written to");
        }
        decode();
        record_ = {};
        record_.number = sample_.number;
        record_.label = sample_.label;
        record_.readouts = sample_.readouts;
        const std::size_t bins = level_count(header.horizon);
        record_.levels.assign(header.populations.size() * bins, 0);
        for (std::size_t p = 0; p < sample_.streams.size(); ++p) {
            const StreamTrace& stream = sample_.streams[p];
            for (std::size_t k = 0; k < stream.packets(); ++k) {
                const Tick bin = stream.ticks[k] / level_ticks(header.horizon);
                record_.levels[p * bins + static_cast<std::size_t>(bin)] += stream.spikes[k];
            }
        }
        loaded_ = place;
    }

    std::unique_ptr<TraceBytes> bytes_;
    std::vector<std::byte> buffer_;
    proto::TraceChunk chunk_;
    bool ended_ = false;
    std::vector<Place> places_;
    std::optional<std::uint64_t> loaded_;
    SampleTrace sample_;
    SampleRecord record_;
    std::vector<std::uint64_t> levels_;
};

}  // namespace

std::unique_ptr<TraceSource> open_version_1(std::unique_ptr<TraceBytes> bytes) {
    return std::make_unique<Version1>(std::move(bytes));
}

}  // namespace saltus::detail
