#include "models/trace/trace_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/trace/trace_message.hpp"
#include "models/trace/trace_source.hpp"

namespace saltus {

namespace detail {

TraceBytes::TraceBytes(const std::filesystem::path& path) : path_(path.string()) {
    // Not to wait for a writer where a fifo stands.
    descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) {
        throw InputError(
            path_, std::string("\"") + std::strerror(errno) + "\"", "a .saltrace file");
    }
    struct stat status = {};
    if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(descriptor_);
        throw InputError(path_, "no regular file", "a .saltrace file");
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
}

TraceBytes::~TraceBytes() {
    close(descriptor_);
}

void TraceBytes::read(std::uint64_t at, std::span<std::byte> out) const {
    while (!out.empty()) {
        const ssize_t got = pread(descriptor_, out.data(), out.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            throw InputError(path_,
                             got == 0 ? fmt::format("its end at byte {}", at)
                                      : std::string("\"") + std::strerror(errno) + "\"",
                             fmt::format("{} bytes more", out.size()));
        }
        at += static_cast<std::uint64_t>(got);
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace detail

namespace {

std::unique_ptr<detail::TraceSource> open_trace(const std::filesystem::path& path,
                                                TraceFile::Trust trust) {
    auto bytes = std::make_unique<detail::TraceBytes>(path);
    std::array<std::byte, k_trace_magic_bytes> magic = {};
    if (bytes->size() < magic.size()) {
        throw InputError(bytes->path(),
                         fmt::format("{} bytes", bytes->size()),
                         "a .saltrace file, which starts with SALTRAC2 or SALTRACE");
    }
    bytes->read(0, magic);
    const std::string_view found(reinterpret_cast<const char*>(magic.data()), magic.size());
    if (found == k_trace_magic_2) {
        return detail::open_version_2(std::move(bytes), trust);
    }
    if (found == k_trace_magic) {
        return detail::open_version_1(std::move(bytes));
    }
    throw InputError(bytes->path(),
                     "another magic number",
                     "a .saltrace file, which starts with SALTRAC2 or SALTRACE");
}

// The packets of `stream` within `ticks`.
void append_within(const StreamTrace& stream, const TickRange& ticks, StreamTrace& out) {
    const auto first = std::lower_bound(stream.ticks.begin(), stream.ticks.end(), ticks.from);
    const auto last = std::lower_bound(first, stream.ticks.end(), ticks.until);
    const auto from = first - stream.ticks.begin();
    const auto until = last - stream.ticks.begin();
    std::ptrdiff_t slot = 0;
    for (std::ptrdiff_t k = 0; k < from; ++k) {
        slot += stream.spikes[static_cast<std::size_t>(k)];
    }
    std::ptrdiff_t end = slot;
    for (std::ptrdiff_t k = from; k < until; ++k) {
        end += stream.spikes[static_cast<std::size_t>(k)];
    }
    if (!stream.payloads.empty()) {
        out.payloads.resize(out.slots.size(), 1.0F);
        out.payloads.insert(
            out.payloads.end(), stream.payloads.begin() + slot, stream.payloads.begin() + end);
    }
    out.ticks.insert(out.ticks.end(), first, last);
    out.spikes.insert(
        out.spikes.end(), stream.spikes.begin() + from, stream.spikes.begin() + until);
    out.slots.insert(out.slots.end(), stream.slots.begin() + slot, stream.slots.begin() + end);
    if (!out.payloads.empty()) {
        out.payloads.resize(out.slots.size(), 1.0F);
    }
}

}  // namespace

TraceFile::TraceFile(const std::filesystem::path& path, Trust trust)
    : source_(open_trace(path, trust)) {}

TraceFile::TraceFile(TraceFile&&) noexcept = default;
TraceFile& TraceFile::operator=(TraceFile&&) noexcept = default;
TraceFile::~TraceFile() = default;

const std::string& TraceFile::path() const {
    return source_->path;
}

unsigned TraceFile::version() const {
    return source_->version;
}

const TraceHeader& TraceFile::header() const {
    return source_->header;
}

const TraceProvenance& TraceFile::provenance() const {
    return source_->provenance;
}

const std::vector<std::string>& TraceFile::warnings() const {
    return source_->warnings;
}

std::uint64_t TraceFile::samples() const {
    return source_->samples();
}

std::uint64_t TraceFile::number(std::uint64_t place) const {
    return source_->number(place);
}

std::optional<std::uint64_t> TraceFile::find(std::uint64_t number) const {
    return source_->find(number);
}

const SampleRecord& TraceFile::record(std::uint64_t place) const {
    return source_->record(place);
}

const std::vector<std::uint64_t>& TraceFile::levels() const {
    return source_->levels();
}

void TraceFile::visit(std::uint64_t place,
                      PopulationId population,
                      const TickRange& ticks,
                      const std::function<void(const StreamTrace&)>& take) const {
    const TracePopulation& of = source_->header.populations.at(population);
    if (of.recorded != TracePopulation::Recorded::every_spike) {
        throw InputError(fmt::format("{}: population \"{}\"", source_->path, of.name),
                         of.recorded == TracePopulation::Recorded::counts
                             ? "counts of spikes alone"
                             : "nothing recorded",
                         fmt::format("a trace with its spikes (saltus run --record {})", of.name));
    }
    StreamTrace some;
    source_->visit(place, population, ticks, [&](const StreamTrace& stream) {
        if (stream.ticks.empty() ||
            (stream.ticks.front() >= ticks.from && stream.ticks.back() < ticks.until)) {
            take(stream);
            return;
        }
        some.clear();
        append_within(stream, ticks, some);
        take(some);
    });
}

StreamTrace TraceFile::spikes(std::uint64_t place,
                              PopulationId population,
                              const TickRange& ticks) const {
    StreamTrace all;
    visit(place, population, ticks, [&](const StreamTrace& stream) {
        append_within(stream, {}, all);
    });
    return all;
}

std::vector<std::pair<Slot, std::uint64_t>> TraceFile::neuron_counts(
    std::uint64_t place, PopulationId population) const {
    std::vector<std::pair<Slot, std::uint64_t>> counts;
    if (source_->header.populations.at(population).recorded ==
        TracePopulation::Recorded::counts) {
        source_->counts(place, population, counts);
        return counts;
    }
    std::vector<Slot> slots;
    const auto fold = [&] {  // what has been gathered, into the counts
        std::sort(slots.begin(), slots.end());
        std::vector<std::pair<Slot, std::uint64_t>> more;
        for (const Slot slot : slots) {
            if (more.empty() || more.back().first != slot) {
                more.emplace_back(slot, 0);
            }
            ++more.back().second;
        }
        slots.clear();
        std::vector<std::pair<Slot, std::uint64_t>> both;
        both.reserve(counts.size() + more.size());
        auto a = counts.begin();
        for (const auto& [slot, spikes] : more) {
            for (; a != counts.end() && a->first < slot; ++a) {
                both.push_back(*a);
            }
            both.emplace_back(slot, spikes);
            if (a != counts.end() && a->first == slot) {
                both.back().second += a->second;
                ++a;
            }
        }
        both.insert(both.end(), a, counts.end());
        counts.swap(both);
    };
    visit(place, population, {}, [&](const StreamTrace& stream) {
        slots.insert(slots.end(), stream.slots.begin(), stream.slots.end());
        if (slots.size() >= (std::size_t{1} << 22)) {
            fold();
        }
    });
    fold();
    return counts;
}

SeriesTrace TraceFile::series(std::uint64_t place,
                              std::size_t series,
                              const TickRange& ticks) const {
    (void)source_->header.series.at(series);
    SeriesTrace out;
    source_->series(place, series, ticks, out);
    return out;
}

SampleTrace TraceFile::sample(std::uint64_t place) const {
    SampleTrace sample;
    const SampleRecord& record = source_->record(place);
    sample.number = record.number;
    sample.label = record.label;
    sample.readouts = record.readouts;
    for (PopulationId p = 0; p < source_->header.populations.size(); ++p) {
        const bool there = source_->header.populations[p].recorded ==
                           TracePopulation::Recorded::every_spike;
        sample.streams.push_back(there ? spikes(place, p) : StreamTrace());
    }
    return sample;
}

Digest TraceFile::digest(std::uint64_t place) const {
    if (!source_->header.whole()) {
        const SampleRecord& record = source_->record(place);
        if (!record.digest) {
            throw InputError(
                fmt::format("{}: sample {}", source_->path, record.number),
                "no digest, and not every spike",
                "a trace of every spike (saltus run --record all), or one that is not cut off");
        }
        return *record.digest;
    }
    std::vector<Digest> streams;
    StreamDigest digest;
    for (PopulationId p = 0; p < source_->header.populations.size(); ++p) {
        digest.reset();
        visit(place, p, {}, [&](const StreamTrace& stream) { stream.add_to(digest); });
        streams.push_back(digest.value());
    }
    const SampleRecord& record = source_->record(place);
    std::vector<ReadoutDigestInput> readouts;
    for (const ReadoutTrace& readout : record.readouts) {
        readouts.push_back({readout.prediction, readout.values});
    }
    return sample_digest(streams, readouts);
}

}  // namespace saltus
