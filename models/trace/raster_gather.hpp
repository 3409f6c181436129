// What a raster shows of one sample, gathered from a trace in bounded memory: single spikes while
// there is room for them, else counts in cells of several neurons and ticks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/trace/trace.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus {

// What there is room for. A cell takes as few neurons and ticks as the room allows.
struct RasterRoom {
    std::size_t columns = 400;        // of a band
    std::size_t rows = 200;           // of a band
    std::uint64_t neurons_a_row = 8;  // up to so many neurons a row and ticks a column, single
    std::uint64_t ticks_a_column =
        4;  // spikes are kept, if they would not hide each other: at most one
            // a cell on average where cells take several. 0: never
    std::uint64_t marks = 20'000;            // single spikes of all bands
    std::uint64_t spikes_read = 30'000'000;  // of the trace, for all bands
    std::uint64_t cells = 200'000;           // of all bands
    std::size_t bands = 60;
};

struct RasterBand {
    enum class Form {
        silent,  // no spikes
        marks,   // single spikes
        cells,   // counts of cells
        levels,  // too many spikes to read: counts over all neurons, from the trace's index
        unknown  // the trace does not hold the spikes
    };

    struct Mark {
        Tick tick = 0;
        NeuronIndex neuron = 0;
        float payload = 1;

        friend bool operator==(const Mark&, const Mark&) = default;
    };

    PopulationId population = 0;
    Form form = Form::silent;
    std::uint64_t spikes = 0;  // within the ticks; of levels: within their bins
    std::vector<Mark> marks;   // by tick, then slot
    // Cells [row, column]: row r holds neurons [r, r + 1) * neurons_a_cell, column c ticks from
    // origin + c * ticks_a_cell on. Gathered for marks too.
    std::uint64_t neurons_a_cell = 1;
    std::uint64_t ticks_a_cell = 1;
    Tick origin = 0;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<std::uint64_t> counts;
};

struct RasterData {
    SampleRecord record;             // without its counts and levels
    TickRange ticks;                 // within the horizon
    std::vector<RasterBand> bands;   // in file order
    std::uint64_t spikes = 0;        // of all bands
    std::vector<std::string> notes;  // what was left out or made coarser, and why; one line each
};

// Packets of a population within ticks, in ascending ticks.
using RasterSource = std::function<void(
    PopulationId, const TickRange&, const std::function<void(const StreamTrace&)>&)>;

// `populations`: in file order; empty: all. Cost: a pass over at most room.spikes_read spikes,
// where the record has levels. Memory: the cells.
RasterData gather_raster(const TraceHeader& header,
                         const SampleRecord& record,
                         const RasterSource& source,
                         const std::vector<PopulationId>& populations,
                         const TickRange& ticks,
                         const RasterRoom& room);
RasterData gather_raster(const TraceFile& file,
                         std::uint64_t place,
                         const std::vector<PopulationId>& populations,
                         const TickRange& ticks,
                         const RasterRoom& room);
// Of a sample in memory.
RasterData gather_raster(const TraceHeader& header,
                         const SampleTrace& sample,
                         const std::vector<PopulationId>& populations,
                         const TickRange& ticks,
                         const RasterRoom& room);

}  // namespace saltus
