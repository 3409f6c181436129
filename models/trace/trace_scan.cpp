#include "models/trace/trace_scan.hpp"

#include <algorithm>
#include <array>
#include <saltus/trace.pb.h>
#include <utility>

#include "core/error.hpp"
#include "models/trace/chunk_reader.hpp"

namespace saltus::detail {

namespace {

class Scan {
  public:
    Scan(Frames& frames, std::uint64_t start, const TraceHeader& header, ColumnUnpacker& unpacker)
        : frames_(frames), start_(start), header_(header), unpacker_(unpacker) {
        out_.index.levels.resize(header.populations.size() * level_count(header.horizon));
    }

    ScannedTrace run() {
        proto::TraceChunk chunk;
        for (std::uint64_t at = start_; at < frames_.size();) {
            if (frames_.size() - at == k_footer_bytes) {
                std::array<std::byte, k_footer_bytes> bytes = {};
                frames_.bytes().read(at, bytes);
                out_.ended = footer_in(bytes).has_value();
                if (out_.ended) {
                    break;
                }
            }
            try {
                const std::uint64_t next = frames_.read(at, chunk);
                take(at, chunk);
                at = next;
            } catch (const InputError& error) {
                out_.warnings.emplace_back(error.what());
                const std::optional<FrameHead> head = frames_.head(at);
                const std::uint64_t behind = at + k_frame_bytes + (head ? head->length : 0);
                at = head && behind <= frames_.size() ? behind : frames_.next_head(at + 1);
            }
        }
        finish();
        return std::move(out_);
    }

  private:
    void take(std::uint64_t at, const proto::TraceChunk& chunk) {
        const std::string name = frames_.name(at);
        ChunkEntry entry;
        entry.offset = at - start_;
        if (chunk.has_spikes()) {
            const SpikeParts parts = parts_of(chunk.spikes(), header_, name);
            entry.kind = ChunkEntry::Kind::spikes;
            entry.first_sample = parts.samples.front();
            entry.last_sample = parts.samples.back();
            entry.from = parts.from;
            entry.until = parts.until;
            seen_.insert(seen_.end(), parts.samples.begin(), parts.samples.end());
        } else if (chunk.has_samples()) {
            const std::vector<SampleRecord> records =
                decode_samples(chunk.samples(), header_, unpacker_, name);
            entry.kind = ChunkEntry::Kind::samples;
            entry.first_sample = records.front().number;
            entry.last_sample = records.back().number;
            entry.count = records.size();
            entry.until = header_.horizon;
            for (std::size_t row = 0; row < records.size(); ++row) {
                out_.samples.push_back({records[row].number, entry.offset, row});
                for (std::size_t k = 0; k < out_.index.levels.size(); ++k) {
                    out_.index.levels[k] += records[row].levels[k];
                }
            }
        } else if (chunk.has_series()) {
            SeriesTrace rows;
            decode_rows(chunk.series(), header_, {}, unpacker_, name, rows);
            entry.kind = ChunkEntry::Kind::series;
            entry.first_sample = chunk.series().sample();
            entry.last_sample = chunk.series().sample();
            entry.from = rows.ticks.front();
            entry.until = rows.ticks.back() + 1;
            entry.series = chunk.series().series();
        } else if (chunk.has_page() || chunk.has_index()) {
            return;
        } else {
            throw InputError(
                name, "a chunk of another kind", "spikes, samples, series or an index");
        }
        if (out_.pages.empty() || out_.pages.back().size() == k_page_lines) {
            out_.pages.emplace_back();
        }
        out_.pages.back().push_back(entry);
    }

    // Samples in order, those whose record is missing among them, and the pages' heads.
    void finish() {
        for (const std::uint64_t number : seen_) {
            out_.samples.push_back({number, std::nullopt, 0});
        }
        std::sort(out_.samples.begin(),
                  out_.samples.end(),
                  [](const ScannedSample& a, const ScannedSample& b) {
                      return a.number != b.number ? a.number < b.number
                                                  : a.offset.has_value() && !b.offset.has_value();
                  });
        out_.samples.erase(std::unique(out_.samples.begin(),
                                       out_.samples.end(),
                                       [](const ScannedSample& a, const ScannedSample& b) {
                                           return a.number == b.number;
                                       }),
                           out_.samples.end());
        for (const std::vector<ChunkEntry>& lines : out_.pages) {
            out_.index.pages.push_back(
                {0, lines.front().first_sample, lines.back().last_sample, 0});
            out_.index.lines += lines.size();
        }
    }

    Frames& frames_;
    std::uint64_t start_;
    const TraceHeader& header_;
    ColumnUnpacker& unpacker_;
    std::vector<std::uint64_t> seen_;  // samples with spikes
    ScannedTrace out_;
};

}  // namespace

ScannedTrace scan_trace(Frames& frames,
                        std::uint64_t start,
                        const TraceHeader& header,
                        ColumnUnpacker& unpacker) {
    return Scan(frames, start, header, unpacker).run();
}

}  // namespace saltus::detail
