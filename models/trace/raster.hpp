// A picture of one sample: which neurons fired when.
#pragma once

#include <string>
#include <vector>

#include "models/picture/picture.hpp"
#include "models/trace/raster_gather.hpp"
#include "models/trace/trace.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus {

enum class RasterStyle {
    paper,  // two columns of a journal wide (174 mm), 7 point letters
    slides  // as wide as a slide (254 mm), 12 point letters
};

struct RasterOptions {
    RasterStyle style = RasterStyle::paper;
    std::vector<PopulationId> populations;  // in file order; empty: all
    TickRange ticks;
};

// What a picture of this style has room for: single spikes up to 8 neurons a row and 4 ticks a
// column of 1.4 points, and 20,000 of them in all.
RasterRoom raster_room(RasterStyle style);

// Dots of a PNG, so that it is sharp in print or on a screen.
double raster_dots_per_inch(RasterStyle style);

// One band a population in file order, time to the right, neurons by index downwards: a mark a
// spike, or density. Bands without spikes are thin and say why; small populations that are read
// show their readouts' values. Marks have their address NAME[i]@t as a tooltip where there are few
// enough for it. Colours are Okabe and Ito's (safe for colour-blind readers, distinct in grey). The
// file is at most 5 MB, whatever the trace.
Picture raster_picture(const TraceHeader& header, const RasterData& data, RasterStyle style);

// "sample 3: label 5, predicted 6 (wrong)"
std::string raster_headline(const TraceHeader& header, const SampleRecord& record);

// Of a sample in memory, as SVG.
std::string raster_svg(const TraceHeader& header,
                       const SampleTrace& sample,
                       const RasterOptions& options = {});

}  // namespace saltus
