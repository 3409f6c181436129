#include "models/trace/trace_index.hpp"

#include <saltus/trace.pb.h>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {

bool IndexBuilder::add(const ChunkEntry& entry) {
    lines_.push_back(entry);
    return lines_.size() == k_page_lines;
}

void IndexBuilder::add(const SampleRecord& record) {
    ++data_.samples;
    data_.levels.resize(record.levels.size());
    for (std::size_t k = 0; k < record.levels.size(); ++k) {
        data_.levels[k] += record.levels[k];
    }
}

void IndexBuilder::take_page(std::uint64_t offset, proto::TraceIndexPage& page) {
    data_.pages.push_back(
        {offset, lines_.front().first_sample, lines_.back().last_sample, written_samples_});
    data_.lines += lines_.size();
    for (const ChunkEntry& line : lines_) {
        page.add_kinds(static_cast<std::uint32_t>(line.kind));
        page.add_offsets(line.offset);
        page.add_first_samples(line.first_sample);
        page.add_last_samples(line.last_sample);
        page.add_counts(line.count);
        page.add_from_ticks(line.from);
        page.add_until_ticks(line.until);
        page.add_series(line.series);
        if (line.kind == ChunkEntry::Kind::samples) {
            written_samples_ += line.count;
        }
    }
    lines_.clear();
}

void IndexBuilder::finish(proto::TraceIndex& index) const {
    index.set_samples(data_.samples);
    index.set_entries(data_.lines);
    for (const IndexPage& page : data_.pages) {
        index.add_page_offsets(page.offset);
        index.add_first_samples(page.first_sample);
        index.add_last_samples(page.last_sample);
        index.add_samples_before(page.samples_before);
    }
    for (const std::uint64_t events : data_.levels) {
        index.add_levels(events);
    }
}

namespace {

[[noreturn]] void refuse(const std::string& path, const char* found, const char* needed) {
    throw InputError(path, found, needed);
}

bool comes_behind(const IndexPage& page, const IndexPage& before) {
    return page.first_sample >= before.first_sample && page.last_sample >= before.last_sample &&
           page.samples_before >= before.samples_before && page.offset > before.offset;
}

}  // namespace

TraceIndexData from_message(const proto::TraceIndex& message,
                            const TraceHeader& header,
                            const std::string& path) {
    TraceIndexData data;
    data.samples = message.samples();
    data.lines = message.entries();
    const int pages = message.page_offsets_size();
    if (message.first_samples_size() != pages || message.last_samples_size() != pages ||
        message.samples_before_size() != pages) {
        refuse(path, "columns of different lengths", "one entry a page in each");
    }
    const std::uint64_t full = data.lines / k_page_lines + (data.lines % k_page_lines != 0 ? 1 : 0);
    if (full != static_cast<std::uint64_t>(pages)) {
        throw InputError(path, fmt::format("{} pages", pages), fmt::format("{}", full));
    }
    for (int k = 0; k < pages; ++k) {
        data.pages.push_back({message.page_offsets(k),
                              message.first_samples(k),
                              message.last_samples(k),
                              message.samples_before(k)});
        const IndexPage& page = data.pages.back();
        if (page.first_sample > page.last_sample || page.samples_before > data.samples ||
            (k > 0 && !comes_behind(page, data.pages[data.pages.size() - 2]))) {
            refuse(path, "pages out of order", "ascending samples");
        }
    }
    const std::size_t bins = level_count(header.horizon);
    const std::size_t cells = header.populations.size() * bins;
    if (message.levels_size() != 0 && static_cast<std::size_t>(message.levels_size()) != cells) {
        throw InputError(path + ".levels",
                         fmt::format("{} counts", message.levels_size()),
                         fmt::format("{}", cells));
    }
    data.levels.assign(message.levels().begin(), message.levels().end());
    data.levels.resize(cells);
    data.spikes.resize(header.populations.size());
    for (std::size_t k = 0; k < cells; ++k) {
        data.spikes[k / bins] += data.levels[k];
    }
    return data;
}

std::vector<ChunkEntry> from_message(const proto::TraceIndexPage& message,
                                     const TraceHeader& header,
                                     const std::string& path) {
    const int lines = message.kinds_size();
    for (const int size : {message.offsets_size(),
                           message.first_samples_size(),
                           message.last_samples_size(),
                           message.counts_size(),
                           message.from_ticks_size(),
                           message.until_ticks_size(),
                           message.series_size()}) {
        if (size != lines) {
            refuse(path, "columns of different lengths", "one entry a chunk in each");
        }
    }
    std::vector<ChunkEntry> entries;
    for (int k = 0; k < lines; ++k) {
        const ChunkEntry entry{static_cast<ChunkEntry::Kind>(message.kinds(k)),
                               message.offsets(k),
                               message.first_samples(k),
                               message.last_samples(k),
                               message.counts(k),
                               message.from_ticks(k),
                               message.until_ticks(k),
                               message.series(k)};
        if (entry.kind < ChunkEntry::Kind::spikes || entry.kind > ChunkEntry::Kind::series) {
            refuse(path, "a chunk of another kind", "spikes, samples or series");
        }
        if (entry.from < 0 || entry.from >= entry.until || entry.until > header.horizon ||
            entry.first_sample > entry.last_sample ||
            (k > 0 && (entry.first_sample < entries.back().first_sample ||
                       entry.last_sample < entries.back().last_sample))) {
            refuse(path, "chunks out of order", "ascending samples and ticks");
        }
        entries.push_back(entry);
    }
    return entries;
}

}  // namespace saltus
