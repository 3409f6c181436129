// Spikes as NIRData, which nir.read_data() of nir 1.0.8 (Neuromorphic Intermediate Representation)
// reads: an HDF5 file of one NIRGraphData, a NIRNodeData a population with the observable "spikes".
#pragma once

#include <filesystem>

#include "models/interchange/export_part.hpp"

namespace saltus {

// Nodes have the populations' names; '/' and '%' of a name, and a name ".", are written %2F, %25,
// %2E. Samples are those that were chosen, in ascending number.
//
// Events: EventData, idx int64 and time float64 [samples, events of the busiest sample], sorted by
// time, -1 and inf behind each sample's last; ValuedEventData, with value float32, where a payload
// is not 1. Attributes n_neurons; t_max, the end of the last tick that was chosen. A time is tick x
// dt in float64, and the smallest number from there on that floor(time / dt), with which NIR makes
// ticks of times, leads back to the tick.
void export_nir_events(const ExportPart& part, const std::filesystem::path& out);

// Grid: TimeGriddedData, data [samples, ticks, neurons], bool, or float32 payloads where one is not
// 1 (0: no spike); attribute dt. The first tick is the first that was chosen. Throws InputError for
// more than 2^34 elements of a population.
void export_nir_grid(const ExportPart& part, const std::filesystem::path& out);

// Both: neurons by index (channel, row, column); dt is the tick's length in seconds, or 1 where it
// is not stated. What NIR does not know: attributes dims, shape and dt of an observable; horizon,
// first_tick and time_unit ("s", "ticks") of the file, and its data sets sample_numbers uint64
// [samples] and, where every sample has one, labels int64 [samples].
//
// Cost: two passes over the spikes, and the file is written twice (HDF5 needs one to seek in).
// Memory: a few chunks. Throws InputError for a damaged trace and for a tick beyond 2^50.

}  // namespace saltus
