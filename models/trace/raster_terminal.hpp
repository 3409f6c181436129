// The raster of a sample in a terminal: bands in braille, two dots wide and four high a letter.
#pragma once

#include <cstddef>
#include <string>

#include "models/trace/raster_gather.hpp"

namespace saltus {

// What a terminal of so many columns (20 or more) has room for: cells, a dot each.
RasterRoom terminal_room(std::size_t columns);

// Lines of UTF-8, none longer than `columns` letters: a headline, each band with its name, spikes
// and what a dot stands for, the time axis. A dot is set where a neuron of it fires at a tick of
// it; where there are few ticks, a spike is several dots wide. Where that would set more than half
// of the dots of a band whose dots stand for several neurons or ticks, dots are as dense as the
// spikes
// ("dithered"). Bands from the index are bars of spikes.
// `data`: gathered with terminal_room(columns).
std::string terminal_raster(const TraceHeader& header, const RasterData& data, std::size_t columns);

}  // namespace saltus
