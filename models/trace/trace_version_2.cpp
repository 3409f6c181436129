// Files of version 2: independent chunks, found by the index at the end; where that is missing or
// not trusted, by looking through the file once.
#include <algorithm>
#include <array>
#include <map>
#include <saltus/trace.pb.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/trace/chunk_reader.hpp"
#include "models/trace/kept.hpp"
#include "models/trace/trace_frames.hpp"
#include "models/trace/trace_index.hpp"
#include "models/trace/trace_message.hpp"
#include "models/trace/trace_scan.hpp"
#include "models/trace/trace_source.hpp"

namespace saltus::detail {

namespace {

constexpr std::size_t k_kept_pages = 8;
constexpr std::size_t k_kept_chunks = 8;
constexpr std::uint64_t k_kept_spikes = std::uint64_t{1} << 23;  // decoded, in all kept chunks

// A chunk of spikes, and what of it has been decoded.
struct SpikeChunk {
    std::string name;
    std::unique_ptr<proto::TraceChunk> message;
    SpikeParts parts;
    std::map<PopulationId, std::vector<StreamTrace>> streams;
    std::map<PopulationId, std::vector<NeuronCounts>> counts;
    std::uint64_t spikes = 0;  // decoded

    [[nodiscard]] std::optional<std::size_t> part_of(std::uint64_t sample) const {
        const auto at = std::lower_bound(parts.samples.begin(), parts.samples.end(), sample);
        if (at == parts.samples.end() || *at != sample) {
            return std::nullopt;
        }
        return static_cast<std::size_t>(at - parts.samples.begin());
    }
};

class Version2 final : public TraceSource {
  public:
    Version2(std::unique_ptr<TraceBytes> bytes, TraceFile::Trust trust)
        : frames_(std::move(bytes)) {
        path = frames_.path();
        version = 2;
        proto::TraceChunk chunk;
        const std::uint64_t behind = frames_.read(k_trace_magic_bytes, chunk);
        if (!chunk.has_header()) {
            throw InputError(frames_.name(k_trace_magic_bytes), "another chunk", "the header");
        }
        header = from_message(chunk.header(), 2, path + ": header");
        start_ = read_provenance(behind);
        if (trust == TraceFile::Trust::nothing || !read_index()) {
            scan(trust);
        }
    }

    std::uint64_t samples() override {
        return scanned_ ? scanned_->samples.size() : index_.samples;
    }

    std::uint64_t number(std::uint64_t place) override {
        return scanned_ ? scanned_->samples.at(place).number : record(place).number;
    }

    std::optional<std::uint64_t> find(std::uint64_t number) override;
    const SampleRecord& record(std::uint64_t place) override;

    const std::vector<std::uint64_t>& levels() override { return index_.levels; }

    void visit(std::uint64_t place,
               PopulationId population,
               const TickRange& ticks,
               const std::function<void(const StreamTrace&)>& take) override;
    void counts(std::uint64_t place,
                PopulationId population,
                std::vector<std::pair<Slot, std::uint64_t>>& out) override;
    void series(std::uint64_t place,
                std::size_t series,
                const TickRange& ticks,
                SeriesTrace& out) override;

  private:
    std::uint64_t read_provenance(std::uint64_t at);
    bool read_index();
    void scan(TraceFile::Trust trust);

    const std::vector<ChunkEntry>& page(std::uint64_t k);
    std::uint64_t first_line_for(std::uint64_t number);
    template <class Take>
    void for_each_line(std::uint64_t number, Take take);
    template <class Wanted, class Take>
    void for_each_part(std::uint64_t sample, Wanted wanted, Take take);
    SpikeChunk& spike_chunk(const ChunkEntry& entry);
    const std::vector<SampleRecord>& records(std::uint64_t offset);
    void make_room();

    Frames frames_;
    std::uint64_t start_ = 0;              // of the data
    TraceIndexData index_;                 // a file that was looked through: of what was found
    std::optional<ScannedTrace> scanned_;  // its index is moved to index_
    SampleRecord number_only_;
    Kept<std::vector<ChunkEntry>> pages_{k_kept_pages};
    Kept<std::vector<SampleRecord>> records_{k_kept_pages};
    Kept<SpikeChunk> chunks_{k_kept_chunks};
    ColumnUnpacker unpacker_;
};

// Returns where the data start. A damaged provenance is no reason to give up the spikes.
std::uint64_t Version2::read_provenance(std::uint64_t at) {
    proto::TraceChunk chunk;
    try {
        const std::uint64_t behind = frames_.read(at, chunk);
        if (!chunk.has_provenance()) {
            warnings.push_back(frames_.name(at) + ": got another chunk, need the provenance");
            return at;
        }
        provenance = from_message(chunk.provenance());
        return behind;
    } catch (const InputError& error) {
        warnings.emplace_back(error.what());
        const std::optional<FrameHead> head = frames_.head(at);
        const std::uint64_t behind = at + k_frame_bytes + (head ? head->length : 0);
        return head && behind <= frames_.size() ? behind : frames_.next_head(at);
    }
}

// False if the file does not end as a whole one does.
bool Version2::read_index() {
    std::array<std::byte, k_footer_bytes> bytes = {};
    if (frames_.size() < bytes.size()) {
        return false;
    }
    frames_.bytes().read(frames_.size() - bytes.size(), bytes);
    const std::optional<TraceFooter> footer = footer_in(bytes);
    const std::uint64_t end = frames_.size() - bytes.size();
    if (!footer || footer->length > end || footer->index > end - footer->length) {
        return false;
    }
    const std::uint64_t at = end - footer->length;
    start_ = at - footer->index;
    try {
        proto::TraceChunk chunk;
        if (frames_.read(at, chunk) != end || !chunk.has_index()) {
            return false;
        }
        index_ = from_message(chunk.index(), header, path + ": index");
    } catch (const InputError& error) {
        warnings.emplace_back(error.what());
        return false;
    }
    return true;
}

// Looks at every chunk, and keeps what can be read.
void Version2::scan(TraceFile::Trust trust) {
    scanned_ = scan_trace(frames_, start_, header, unpacker_);
    index_ = std::move(scanned_->index);
    warnings.insert(warnings.end(), scanned_->warnings.begin(), scanned_->warnings.end());
    if (!scanned_->ended) {
        warnings.push_back(path +
                           ": no index at its end: the file was cut off; what is complete of it "
                           "can be read, and the last sample may lack spikes");
    } else if (trust == TraceFile::Trust::index && warnings.empty()) {
        warnings.push_back(path + ": its index cannot be used");
    }
}

const std::vector<ChunkEntry>& Version2::page(std::uint64_t k) {
    if (scanned_) {
        return scanned_->pages.at(k);
    }
    if (const auto* const kept = pages_.find(k)) {
        return *kept;
    }
    const std::uint64_t at = start_ + index_.pages.at(k).offset;
    proto::TraceChunk chunk;
    frames_.read(at, chunk);
    if (!chunk.has_page()) {
        throw InputError(frames_.name(at), "another chunk", "a page of the index");
    }
    std::vector<ChunkEntry> lines = from_message(chunk.page(), header, frames_.name(at));
    const std::uint64_t needed =
        std::min<std::uint64_t>(k_page_lines, index_.lines - k * k_page_lines);
    if (lines.size() != needed) {
        throw InputError(
            frames_.name(at), fmt::format("{} lines", lines.size()), fmt::format("{}", needed));
    }
    return pages_.put(k, std::move(lines));
}

// Number of the first line whose samples do not all come before `number`.
std::uint64_t Version2::first_line_for(std::uint64_t number) {
    const auto at =
        std::partition_point(index_.pages.begin(), index_.pages.end(), [&](const IndexPage& page) {
            return page.last_sample < number;
        });
    if (at == index_.pages.end()) {
        return index_.lines;
    }
    const auto k = static_cast<std::uint64_t>(at - index_.pages.begin());
    const std::vector<ChunkEntry>& lines = page(k);
    const auto line = std::partition_point(
        lines.begin(), lines.end(), [&](const ChunkEntry& e) { return e.last_sample < number; });
    return k * k_page_lines + static_cast<std::uint64_t>(line - lines.begin());
}

// Calls take(entry) for the chunks that may hold this sample, until it returns false.
template <class Take>
void Version2::for_each_line(std::uint64_t number, Take take) {
    for (std::uint64_t k = first_line_for(number); k < index_.lines; ++k) {
        const ChunkEntry entry = page(k / k_page_lines).at(k % k_page_lines);
        if (entry.first_sample > number || !take(entry)) {
            return;
        }
    }
}

const std::vector<SampleRecord>& Version2::records(std::uint64_t offset) {
    if (const auto* const kept = records_.find(offset)) {
        return *kept;
    }
    proto::TraceChunk chunk;
    frames_.read(start_ + offset, chunk);
    const std::string name = frames_.name(start_ + offset);
    if (!chunk.has_samples()) {
        throw InputError(name, "another chunk", "samples");
    }
    return records_.put(offset, decode_samples(chunk.samples(), header, unpacker_, name));
}

std::optional<std::uint64_t> Version2::find(std::uint64_t number) {
    if (scanned_) {
        const std::vector<ScannedSample>& all = scanned_->samples;
        const auto at = std::partition_point(
            all.begin(), all.end(), [&](const ScannedSample& s) { return s.number < number; });
        if (at == all.end() || at->number != number) {
            return std::nullopt;
        }
        return static_cast<std::uint64_t>(at - all.begin());
    }
    // The places before this line's page, and before the line in it.
    std::uint64_t line = first_line_for(number);
    if (line == index_.lines) {
        return std::nullopt;
    }
    std::uint64_t before = index_.pages[line / k_page_lines].samples_before;
    const std::vector<ChunkEntry>& lines = page(line / k_page_lines);
    for (std::size_t k = 0; k < line % k_page_lines; ++k) {
        before += lines[k].kind == ChunkEntry::Kind::samples ? lines[k].count : 0;
    }
    std::optional<std::uint64_t> place;
    for_each_line(number, [&](const ChunkEntry& entry) {
        if (entry.kind != ChunkEntry::Kind::samples) {
            return true;
        }
        const std::vector<SampleRecord>& all = records(entry.offset);
        const auto at = std::partition_point(
            all.begin(), all.end(), [&](const SampleRecord& r) { return r.number < number; });
        if (at != all.end() && at->number == number) {
            place = before + static_cast<std::uint64_t>(at - all.begin());
        }
        return false;
    });
    return place;
}

const SampleRecord& Version2::record(std::uint64_t place) {
    if (place >= samples()) {
        throw InternalError(
            fmt::format("{}: got sample place {}, need one below {}", path, place, samples()));
    }
    if (scanned_) {
        const ScannedSample& sample = scanned_->samples[place];
        if (sample.offset) {
            return records(*sample.offset).at(sample.row);
        }
        number_only_ = {};
        number_only_.number = sample.number;
        number_only_.levels.assign(index_.levels.size(), 0);
        return number_only_;
    }
    auto page_at =
        std::partition_point(index_.pages.begin(), index_.pages.end(), [&](const IndexPage& page) {
            return page.samples_before <= place;
        });
    --page_at;
    const auto k = static_cast<std::uint64_t>(page_at - index_.pages.begin());
    std::uint64_t before = page_at->samples_before;
    for (const ChunkEntry& entry : page(k)) {
        if (entry.kind != ChunkEntry::Kind::samples) {
            continue;
        }
        if (place - before < entry.count) {
            const std::vector<SampleRecord>& all = records(entry.offset);
            if (all.size() != entry.count) {
                break;
            }
            return all[place - before];
        }
        before += entry.count;
    }
    throw InputError(path + ": index",
                     fmt::format("no record of the sample at place {}", place),
                     "one for each of its samples");
}

// Keeps the spikes that are decoded within bounds.
void Version2::make_room() {
    std::uint64_t spikes = 0;
    for (const auto& kept : chunks_.all()) {
        spikes += kept.second.spikes;
    }
    while (spikes > k_kept_spikes && chunks_.all().size() > 1) {
        spikes -= chunks_.all().back().second.spikes;
        chunks_.drop_oldest();
    }
}

SpikeChunk& Version2::spike_chunk(const ChunkEntry& entry) {
    if (SpikeChunk* const kept = chunks_.find(entry.offset)) {
        return *kept;
    }
    SpikeChunk chunk;
    chunk.name = frames_.name(start_ + entry.offset);
    chunk.message = std::make_unique<proto::TraceChunk>();
    frames_.read(start_ + entry.offset, *chunk.message);
    if (!chunk.message->has_spikes()) {
        throw InputError(chunk.name, "another chunk", "spikes");
    }
    chunk.parts = parts_of(chunk.message->spikes(), header, chunk.name);
    return chunks_.put(entry.offset, std::move(chunk));
}

// Calls take(chunk, part) for the parts of this sample in the wanted chunks of spikes.
template <class Wanted, class Take>
void Version2::for_each_part(std::uint64_t sample, Wanted wanted, Take take) {
    for_each_line(sample, [&](const ChunkEntry& entry) {
        if (entry.kind == ChunkEntry::Kind::spikes && wanted(entry)) {
            SpikeChunk& chunk = spike_chunk(entry);
            if (const std::optional<std::size_t> part = chunk.part_of(sample)) {
                take(chunk, *part);
            }
        }
        return true;
    });
}

void Version2::visit(std::uint64_t place,
                     PopulationId population,
                     const TickRange& ticks,
                     const std::function<void(const StreamTrace&)>& take) {
    Tick before = 0;  // what has been given ends here
    const auto within = [&](const ChunkEntry& entry) {
        return entry.until > ticks.from && entry.from < ticks.until;
    };
    for_each_part(number(place), within, [&](SpikeChunk& chunk, std::size_t part) {
        if (chunk.parts.from < before) {
            throw InputError(chunk.name,
                             fmt::format("ticks from {}", chunk.parts.from),
                             fmt::format("ticks from {} on", before));
        }
        before = chunk.parts.until;
        auto streams = chunk.streams.find(population);
        if (streams == chunk.streams.end()) {
            streams = chunk.streams
                          .emplace(population,
                                   decode_spikes(chunk.message->spikes(),
                                                 chunk.parts,
                                                 population,
                                                 header,
                                                 unpacker_,
                                                 chunk.name))
                          .first;
            for (const StreamTrace& stream : streams->second) {
                chunk.spikes += stream.slots.size();
            }
            make_room();
        }
        take(streams->second[part]);
    });
}

void Version2::counts(std::uint64_t place,
                      PopulationId population,
                      std::vector<std::pair<Slot, std::uint64_t>>& out) {
    out.clear();
    const auto last = [&](const ChunkEntry& entry) {  // they are with a sample's last spikes
        return entry.until == header.horizon;
    };
    for_each_part(number(place), last, [&](SpikeChunk& chunk, std::size_t part) {
        auto counts = chunk.counts.find(population);
        if (counts == chunk.counts.end()) {
            counts = chunk.counts
                         .emplace(population,
                                  decode_counts(chunk.message->spikes(),
                                                chunk.parts,
                                                population,
                                                header,
                                                unpacker_,
                                                chunk.name))
                         .first;
        }
        if (!counts->second[part].empty()) {
            out = counts->second[part];
        }
    });
}

void Version2::series(std::uint64_t place,
                      std::size_t series,
                      const TickRange& ticks,
                      SeriesTrace& out) {
    const std::uint64_t sample = number(place);
    for_each_line(sample, [&](const ChunkEntry& entry) {
        if (entry.kind != ChunkEntry::Kind::series || entry.series != series ||
            entry.until <= ticks.from || entry.from >= ticks.until) {
            return true;
        }
        proto::TraceChunk chunk;
        frames_.read(start_ + entry.offset, chunk);
        const std::string name = frames_.name(start_ + entry.offset);
        if (!chunk.has_series() || chunk.series().series() != series ||
            chunk.series().sample() != sample ||
            (!out.ticks.empty() && chunk.series().from_tick() <= out.ticks.back())) {
            throw InputError(name, "another chunk", "the next rows of the series");
        }
        decode_rows(chunk.series(), header, ticks, unpacker_, name, out);
        return true;
    });
}

}  // namespace

std::unique_ptr<TraceSource> open_version_2(std::unique_ptr<TraceBytes> bytes,
                                            TraceFile::Trust trust) {
    return std::make_unique<Version2>(std::move(bytes), trust);
}

}  // namespace saltus::detail
