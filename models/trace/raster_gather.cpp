#include "models/trace/raster_gather.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "models/picture/picture_text.hpp"

namespace saltus {

namespace {

std::uint64_t parts(std::uint64_t whole, std::uint64_t part) {
    return whole / part + (whole % part == 0 ? 0 : 1);
}

class Gatherer {
  public:
    Gatherer(const TraceHeader& header,
             const SampleRecord& record,
             const RasterSource& source,
             const TickRange& ticks,
             const RasterRoom& room)
        : header_(header), record_(record), source_(source), room_(room) {
        data_.record.number = record.number;
        data_.record.label = record.label;
        data_.record.readouts = record.readouts;
        const Tick until = std::max<Tick>(1, std::min(ticks.until, header.horizon));
        data_.ticks = {std::clamp<Tick>(ticks.from, 0, until - 1), until};
    }

    RasterData gather(std::vector<PopulationId> populations) {
        if (populations.empty()) {
            populations.resize(header_.populations.size());
            std::iota(populations.begin(), populations.end(), PopulationId{0});
        }
        choose(populations);
        const auto cells = static_cast<double>(room_.rows * room_.columns * populations.size());
        scale_ = std::min(1.0, std::sqrt(static_cast<double>(room_.cells) / cells));
        const std::uint64_t most = most_read(populations);
        for (const PopulationId population : populations) {
            data_.bands.push_back(band(population, expected(population) > most));
        }
        limit_marks();
        for (const RasterBand& band : data_.bands) {
            data_.spikes += band.spikes;
        }
        return std::move(data_);
    }

  private:
    [[nodiscard]] bool recorded(PopulationId p) const {
        return header_.populations[p].recorded == TracePopulation::Recorded::every_spike;
    }

    [[nodiscard]] std::size_t first_bin() const {
        return static_cast<std::size_t>(data_.ticks.from / level_ticks(header_.horizon));
    }

    [[nodiscard]] std::size_t end_bin() const {
        return static_cast<std::size_t>((data_.ticks.until - 1) / level_ticks(header_.horizon)) + 1;
    }

    // Spikes of the bins that the ticks touch, without reading any; 0 where nothing is known.
    [[nodiscard]] std::uint64_t expected(PopulationId p) const {
        const std::size_t bins = level_count(header_.horizon);
        if (record_.levels.size() != header_.populations.size() * bins) {
            return 0;
        }
        const auto first = record_.levels.begin() + static_cast<std::ptrdiff_t>(p * bins);
        return std::accumulate(first + static_cast<std::ptrdiff_t>(first_bin()),
                               first + static_cast<std::ptrdiff_t>(end_bin()),
                               std::uint64_t{0});
    }

    // Bands that show something first, then the others, as far as there is room.
    void choose(std::vector<PopulationId>& populations) {
        if (populations.size() <= room_.bands) {
            return;
        }
        const std::size_t all = populations.size();
        const auto shows = [&](PopulationId p) {
            return expected(p) > 0 || std::any_of(header_.readouts.begin(),
                                                  header_.readouts.end(),
                                                  [&](const TraceReadout& readout) {
                                                      return readout.population == p;
                                                  });
        };
        std::stable_partition(populations.begin(), populations.end(), shows);
        populations.resize(room_.bands);
        std::sort(populations.begin(), populations.end());
        data_.notes.push_back(
            fmt::format("{} of {} populations are drawn, silent ones left out first; --population "
                        "chooses others",
                        room_.bands,
                        all));
    }

    // Populations of more spikes than this are drawn from the index, so that what is read of the
    // others is within the room.
    [[nodiscard]] std::uint64_t most_read(const std::vector<PopulationId>& populations) const {
        std::vector<std::uint64_t> sizes;
        for (const PopulationId p : populations) {
            if (recorded(p)) {
                sizes.push_back(expected(p));
            }
        }
        std::sort(sizes.begin(), sizes.end());
        std::uint64_t sum = 0;
        for (std::size_t k = 0; k < sizes.size(); ++k) {
            if (sizes[k] > room_.spikes_read - sum) {
                return k == 0 ? 0 : sizes[k] - 1;
            }
            sum += sizes[k];
        }
        return room_.spikes_read;
    }

    [[nodiscard]] std::uint64_t scaled(std::size_t most) const {
        return std::max<std::uint64_t>(
            1, static_cast<std::uint64_t>(scale_ * static_cast<double>(most)));
    }

    RasterBand band(PopulationId p, bool too_many) {
        RasterBand band;
        band.population = p;
        if (!recorded(p)) {
            band.form = RasterBand::Form::unknown;
            return band;
        }
        if (too_many) {
            from_levels(band);
            return band;
        }
        const std::uint64_t neurons = header_.populations[p].shape.size();
        const auto ticks = static_cast<std::uint64_t>(data_.ticks.until - data_.ticks.from);
        band.origin = data_.ticks.from;
        band.neurons_a_cell = std::max<std::uint64_t>(1, parts(neurons, scaled(room_.rows)));
        band.ticks_a_cell = std::max<std::uint64_t>(1, parts(ticks, scaled(room_.columns)));
        band.rows = parts(neurons, band.neurons_a_cell);
        band.columns = parts(ticks, band.ticks_a_cell);
        band.counts.resize(band.rows * band.columns);
        bool single =
            band.neurons_a_cell <= room_.neurons_a_row && band.ticks_a_cell <= room_.ticks_a_column;
        source_(p, data_.ticks, [&](const StreamTrace& stream) { add(stream, band, single); });
        const bool shared = band.neurons_a_cell > 1 || band.ticks_a_cell > 1;
        if (shared && band.spikes > band.counts.size()) {
            single = false;
            band.marks = {};
        }
        band.form = band.spikes == 0 ? RasterBand::Form::silent
                    : single         ? RasterBand::Form::marks
                                     : RasterBand::Form::cells;
        return band;
    }

    void add(const StreamTrace& stream, RasterBand& band, bool& single) {
        const Shape& shape = header_.populations[band.population].shape;
        std::size_t at = 0;
        for (std::size_t k = 0; k < stream.packets(); ++k) {
            const Tick tick = stream.ticks[k];
            const std::size_t end = at + stream.spikes[k];
            if (!data_.ticks.holds(tick)) {
                at = end;
                continue;
            }
            const std::uint64_t column =
                static_cast<std::uint64_t>(tick - band.origin) / band.ticks_a_cell;
            band.spikes += stream.spikes[k];
            if (single && band.spikes > room_.marks) {
                single = false;
                band.marks = {};
                note_marks(band.population);
            }
            for (; at < end; ++at) {
                const NeuronIndex neuron = shape.index_of(stream.slots[at]);
                ++band.counts[neuron / band.neurons_a_cell * band.columns + column];
                if (single) {
                    band.marks.push_back({tick, neuron, stream.payload(at)});
                }
            }
        }
    }

    void note_marks(PopulationId p) {
        data_.notes.push_back(
            fmt::format("{} has more spikes than a picture shows one by one ({}): drawn as density",
                        printable(header_.populations[p].name),
                        room_.marks));
    }

    // The largest bands give way until the others' marks fit.
    void limit_marks() {
        while (true) {
            std::uint64_t sum = 0;
            RasterBand* largest = nullptr;
            for (RasterBand& band : data_.bands) {
                sum += band.marks.size();
                if (largest == nullptr || band.marks.size() > largest->marks.size()) {
                    largest = &band;
                }
            }
            if (sum <= room_.marks) {
                return;
            }
            largest->marks = {};
            largest->form = RasterBand::Form::cells;
            note_marks(largest->population);
        }
    }

    void from_levels(RasterBand& band) {
        const Tick bin = level_ticks(header_.horizon);
        band.form = RasterBand::Form::levels;
        band.neurons_a_cell = header_.populations[band.population].shape.size();
        band.ticks_a_cell = static_cast<std::uint64_t>(bin);
        band.origin = static_cast<Tick>(first_bin()) * bin;
        band.rows = 1;
        band.columns = end_bin() - first_bin();
        const std::size_t start = band.population * level_count(header_.horizon);
        for (std::size_t k = first_bin(); k < end_bin(); ++k) {
            band.counts.push_back(record_.levels[start + k]);
            band.spikes += band.counts.back();
        }
        data_.notes.push_back(fmt::format(
            "{} has {} spikes in these ticks: drawn from the trace's index, {} ticks a column and "
            "all neurons in one row; --ticks a-b shows less of it in full",
            printable(header_.populations[band.population].name),
            band.spikes,
            bin));
    }

    const TraceHeader& header_;
    const SampleRecord& record_;
    const RasterSource& source_;
    const RasterRoom& room_;
    double scale_ = 1;  // of rows and columns, so that all cells are within the room
    RasterData data_;
};

}  // namespace

RasterData gather_raster(const TraceHeader& header,
                         const SampleRecord& record,
                         const RasterSource& source,
                         const std::vector<PopulationId>& populations,
                         const TickRange& ticks,
                         const RasterRoom& room) {
    return Gatherer(header, record, source, ticks, room).gather(populations);
}

RasterData gather_raster(const TraceFile& file,
                         std::uint64_t place,
                         const std::vector<PopulationId>& populations,
                         const TickRange& ticks,
                         const RasterRoom& room) {
    const SampleRecord record = file.record(place);
    return gather_raster(
        file.header(),
        record,
        [&](PopulationId p, const TickRange& window, const auto& take) {
            file.visit(place, p, window, take);
        },
        populations,
        ticks,
        room);
}

RasterData gather_raster(const TraceHeader& header,
                         const SampleTrace& sample,
                         const std::vector<PopulationId>& populations,
                         const TickRange& ticks,
                         const RasterRoom& room) {
    SampleRecord record;
    record.number = sample.number;
    record.label = sample.label;
    record.readouts = sample.readouts;
    return gather_raster(
        header,
        record,
        [&](PopulationId p, const TickRange&, const auto& take) { take(sample.streams[p]); },
        populations,
        ticks,
        room);
}

}  // namespace saltus
