// A .saltrace file, read lazily and in any order: what was recorded of any (sample, population,
// ticks), trusting nothing in the file. Versions 1 and 2 read alike.
//
//   TraceFile file("run.saltrace");
//   for (std::uint64_t place = 0; place < file.samples(); ++place) {
//       const SampleRecord& record = file.record(place);              // label, readouts, counts
//       file.visit(place, population, {0, 100}, [&](const StreamTrace& packets) { ... });
//   }
//
// Cost of version 2: opening reads header and index (40 bytes for each 512 chunks); a window of one
// sample and population reads the chunks that hold it, some 50 KB each, and counts by level read no
// spikes. A file without its index (a killed writer's) is looked through once when opened, as one of
// version 1 is. Memory: a few chunks; in version 1, the largest sample.
//
// Not thread safe: one a thread. Throws InputError, naming file and chunk, for what is damaged; a
// chunk that is damaged leaves the others readable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/trace/trace.hpp"

namespace saltus {

namespace detail {
class TraceSource;
}

// Ticks [from, until).
struct TickRange {
    Tick from = 0;
    Tick until = std::numeric_limits<Tick>::max();

    [[nodiscard]] bool holds(Tick tick) const { return tick >= from && tick < until; }
};

// Rows of a series, as TraceHeader::series says.
struct SeriesTrace {
    std::vector<Tick> ticks;    // ascending, one a row
    std::vector<float> values;  // [row, neuron]

    void clear() {
        ticks.clear();
        values.clear();
    }
};

class TraceFile {
  public:
    enum class Trust {
        index,    // chunks are found by the index, and checked when read
        nothing,  // every chunk is read when the file is opened; damaged ones are left out, with a
                  // warning each
    };

    // Throws InputError if the file cannot be read or its header is damaged.
    explicit TraceFile(const std::filesystem::path& path, Trust trust = Trust::index);
    TraceFile(TraceFile&&) noexcept;
    TraceFile& operator=(TraceFile&&) noexcept;
    ~TraceFile();

    [[nodiscard]] const std::string& path() const;
    [[nodiscard]] unsigned version() const;
    [[nodiscard]] const TraceHeader& header() const;
    [[nodiscard]] const TraceProvenance& provenance() const;
    // What is missing, one plain line each: the file was cut off, or a chunk is damaged. Empty: all
    // that was looked at is whole.
    [[nodiscard]] const std::vector<std::string>& warnings() const;

    // Samples stand at places 0 to samples() - 1, in ascending number.
    [[nodiscard]] std::uint64_t samples() const;
    [[nodiscard]] std::uint64_t number(std::uint64_t place) const;
    [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t number) const;
    // The record of a sample; of one whose record was cut off, its number and nothing else. Valid
    // until the next call.
    [[nodiscard]] const SampleRecord& record(std::uint64_t place) const;

    // Events over all samples, [population, bin of level_ticks(horizon)]: no spike is read. Version
    // 1 has to read all.
    [[nodiscard]] const std::vector<std::uint64_t>& levels() const;

    // Calls `take` with the packets of one (sample, population) within `ticks`, in ascending ticks,
    // in pieces of up to a chunk each; pieces may be empty. Throws InputError for a population whose
    // spikes were not recorded.
    void visit(std::uint64_t place,
               PopulationId population,
               const TickRange& ticks,
               const std::function<void(const StreamTrace&)>& take) const;
    // The same in one piece.
    [[nodiscard]] StreamTrace spikes(std::uint64_t place,
                                     PopulationId population,
                                     const TickRange& ticks = {}) const;
    // How many times each neuron fired: (slot, spikes), ascending, silent ones left out.
    [[nodiscard]] std::vector<std::pair<Slot, std::uint64_t>> neuron_counts(
        std::uint64_t place, PopulationId population) const;
    // Rows of header().series[series] within `ticks`.
    [[nodiscard]] SeriesTrace series(std::uint64_t place,
                                     std::size_t series,
                                     const TickRange& ticks = {}) const;

    // A whole sample in memory; streams of populations whose spikes were not recorded are empty.
    [[nodiscard]] SampleTrace sample(std::uint64_t place) const;

    // The digest (docs/semantics.md#digests): the stored one where not every spike was recorded. Throws
    // InputError where neither is known.
    [[nodiscard]] Digest digest(std::uint64_t place) const;

  private:
    std::unique_ptr<detail::TraceSource> source_;
};

}  // namespace saltus
