// A picture of one sample: who fired when.
#pragma once

#include <string>

#include "models/trace/trace.hpp"

namespace saltus {

// An SVG document: one band a population in file order, time to the right, neurons by index
// downwards; every spike is drawn. Silent populations say so, small ones that are read show their
// readout's values. Spikes carry their address NAME[i]@t as a tooltip where there are few enough
// for it. Colours are Okabe and Ito's (safe for colour-blind readers, distinct in grey).
std::string raster_svg(const TraceHeader& header, const SampleTrace& sample);

}  // namespace saltus
