// Spikes and recorded numbers as a trace of Perfetto (ui.perfetto.dev opens it without a server).
#pragma once

#include <filesystem>

#include "models/interchange/export_part.hpp"

namespace saltus {

// .perfetto-trace, the protobuf TrackEvent format (proto/saltus/perfetto.proto has the part that is
// used): populations are processes; each neuron that fires has a track, NAME[i], in order of index,
// and each spike is an instant on it with its tick and, if it is not 1, its payload. Membranes,
// readouts and drives that were recorded are counters, one a neuron. A process "samples" has a
// slice a sample, with label and predictions.
//
// Samples follow one another: tick t of the k-th chosen one stands at (k x ticks chosen + t) ticks.
// Times are whole nanoseconds, rounded to the nearest; 1 tick is 1 us where the trace does not
// state it; the name of the process of samples says which.
//
// No flows: a trace says which spikes there were, not which of them drove which; an arrow from each
// spike to those of the next layer would claim it. `saltus trace why` tells them apart.
//
// Throws InputError for a damaged trace, a tick shorter than 1 ns (its times would run together)
// and times beyond 2^53 ns. Cost: one pass; some 35 bytes a spike. Memory: a few chunks and a bit a
// neuron.
void export_perfetto(const ExportPart& part, const std::filesystem::path& out);

}  // namespace saltus
