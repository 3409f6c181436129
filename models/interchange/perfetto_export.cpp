#include "models/interchange/perfetto_export.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/interchange/perfetto_file.hpp"
#include "models/picture/picture_text.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;
using detail::PerfettoFile;

constexpr double k_last_time = 9007199254740992;                  // 2^53
constexpr std::uint64_t k_most_numbers = std::uint64_t{1} << 20;  // of a series read at once

// Unlike tracks have unlike numbers: what it is, whose, and which neuron (shapes are below 2^28).
enum class Kind : std::uint64_t { population = 1, neuron, counter, samples };

std::uint64_t uuid(Kind kind, std::uint64_t of = 0, std::uint64_t neuron = 0) {
    return static_cast<std::uint64_t>(kind) << 60 | of << 32 | neuron;
}

class Exporter {
  public:
    Exporter(const ExportPart& part, const fs::path& out) : part_(part), file_(out) {
        if (part.header().tick_seconds > 0) {
            tick_ns_ = part.header().tick_seconds * 1e9;
        }
        if (tick_ns_ < 1) {
            throw InputError(part.trace.path(),
                             fmt::format("a tick of {} ns", tick_ns_),
                             "1 ns or longer: Perfetto's times are whole ns");
        }
        described_.resize(part.header().series.size());
        for (const TracePopulation& population : part.header().populations) {
            tracks_.emplace_back();  // of neurons: none yet
            names_.push_back(printable(population.name));
        }
    }

    void write() {
        describe_processes();
        for (std::size_t k = 0; k < part_.places.size(); ++k) {
            part_.poll();
            write_sample(k);
        }
        file_.commit();
    }

  private:
    void describe_processes() {
        const bool stated = part_.header().tick_seconds > 0;
        file_.process(uuid(Kind::samples),
                      1,
                      fmt::format("samples of {} ({})",
                                  printable(part_.header().model),
                                  stated ? fmt::format("1 tick is {} ns", tick_ns_)
                                         : "the tick's length is not stated: 1 tick shown as 1 us"),
                      "Samples follow one another; there are no flows: saltus trace why says what "
                      "drove a spike");
        file_.track(uuid(Kind::samples, 1), uuid(Kind::samples), "samples", 0);
        std::vector<bool> wanted(names_.size(), false);
        for (const PopulationId id : part_.chosen) {
            file_.process(
                uuid(Kind::population, id), static_cast<std::int32_t>(id) + 2, names_[id]);
            wanted[id] = true;
        }
        const std::vector<TraceSeries>& all = part_.header().series;
        for (std::size_t s = 0; s < all.size(); ++s) {
            if (wanted[all[s].population]) {
                series_.push_back(s);
            }
        }
    }

    void describe_counters(std::size_t s) {
        const TraceSeries& series = part_.header().series[s];
        const std::string what =
            series.kind == TraceSeries::Kind::membrane ? "membrane of " + names_[series.population]
            : series.kind == TraceSeries::Kind::drive
                ? "drive of " + names_[series.population]
                : "readout " + printable(part_.header().readouts[series.readout].name);
        for (std::uint32_t k = 0; k < series.size; ++k) {
            file_.counter(uuid(Kind::counter, s, k),
                          uuid(Kind::population, series.population),
                          fmt::format("{}[{}]", what, series.first + k));
        }
    }

    void write_sample(std::size_t k) {
        const std::uint64_t place = part_.places[k];
        first_ = static_cast<double>(k) *
                 (static_cast<double>(part_.ticks.until) - static_cast<double>(part_.ticks.from));
        const SampleRecord record = part_.trace.record(place);
        std::vector<std::pair<std::string, std::int64_t>> facts;
        if (record.label) {
            facts.emplace_back("label", *record.label);
        }
        for (std::size_t r = 0; r < record.readouts.size(); ++r) {
            facts.emplace_back("prediction of " + printable(part_.header().readouts[r].name),
                               record.readouts[r].prediction);
        }
        const std::uint64_t track = uuid(Kind::samples, 1);
        file_.begin(
            track, time_of(part_.ticks.from), fmt::format("sample {}", record.number), facts);
        for (const PopulationId id : part_.populations) {
            part_.visit(place, id, [&](const StreamTrace& stream) { write_spikes(id, stream); });
        }
        for (const std::size_t s : series_) {
            write_series(place, s);
        }
        file_.end(track, time_of(part_.ticks.until));
    }

    void write_spikes(PopulationId id, const StreamTrace& stream) {
        for_each_spike(stream, part_.population(id).shape, [&](const ExportedSpike& spike) {
            const std::uint64_t track = uuid(Kind::neuron, id, spike.neuron);
            std::vector<bool>& described = tracks_[id];
            described.resize(std::max<std::size_t>(described.size(), spike.neuron + 1));
            if (!described[spike.neuron]) {
                file_.track(track,
                            uuid(Kind::population, id),
                            fmt::format("{}[{}]", names_[id], spike.neuron),
                            static_cast<std::int32_t>(spike.neuron));
                described[spike.neuron] = true;
            }
            file_.spike(track, time_of(spike.tick), spike.tick, spike.payload);
        });
    }

    // In windows of ticks, so that a long sample's numbers do not all have to be in memory.
    void write_series(std::uint64_t place, std::size_t s) {
        const std::uint32_t size = part_.header().series[s].size;
        const Tick span = part_.ticks.until - part_.ticks.from;
        const Tick window = std::max<Tick>(
            span / 1024 + 1, static_cast<Tick>(k_most_numbers / std::max<std::uint32_t>(size, 1)));
        for (Tick from = part_.ticks.from; from < part_.ticks.until;) {
            part_.poll();
            const Tick until =
                part_.ticks.until - from > window ? from + window : part_.ticks.until;
            const SeriesTrace rows = part_.trace.series(place, s, {from, until});
            if (!rows.ticks.empty() && !described_[s]) {
                describe_counters(s);
                described_[s] = true;
            }
            for (std::size_t row = 0; row < rows.ticks.size(); ++row) {
                for (std::uint32_t k = 0; k < size; ++k) {
                    file_.value(uuid(Kind::counter, s, k),
                                time_of(rows.ticks[row]),
                                rows.values[row * size + k]);
                }
            }
            from = until;
        }
    }

    [[nodiscard]] std::uint64_t time_of(Tick tick) const {
        const double time = (first_ + static_cast<double>(tick)) * tick_ns_;
        if (time > k_last_time) {
            throw InputError(part_.trace.path(),
                             fmt::format("a time of {} s", time / 1e9),
                             "times up to 2^53 ns: fewer --samples or --ticks");
        }
        return static_cast<std::uint64_t>(std::llround(time));
    }

    const ExportPart& part_;
    PerfettoFile file_;
    double tick_ns_ = 1000;
    double first_ = 0;  // ticks before this sample
    std::vector<std::string> names_;
    std::vector<std::vector<bool>> tracks_;  // of populations: whether the neuron has a track
    std::vector<std::size_t> series_;
    std::vector<bool>
        described_;  // of series: a header alone, which may claim any size, makes none
};

}  // namespace

void export_perfetto(const ExportPart& part, const fs::path& out) {
    Exporter(part, out).write();
}

}  // namespace saltus
