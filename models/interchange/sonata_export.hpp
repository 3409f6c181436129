// Spikes as a SONATA file (github.com/AllenInstitute/sonata, "Spike file"), which NEST's, BMTK's
// and the Blue Brain's tools read.
#pragma once

#include <filesystem>

#include "models/interchange/export_part.hpp"

namespace saltus {

// /spikes/<population>/{timestamps, node_ids}: float64 [spikes], ascending, with units
// "milliseconds", time = tick x the tick's length rounded once; or with units "ticks", if the trace
// does not state a tick's length. uint64 [spikes], neurons by index. Attribute `sorting` is
// by_time. One group a population whose spikes were recorded, in the trace's order.
//
// SONATA has no samples: of one sample, groups have the population's name; of several, there is a
// group for each, NAME@SAMPLE. '/' and '%' of a name, and a name ".", are written %2F, %25, %2E.
//
// What SONATA does not know and import_trace() reads again: of a group, attributes `population`,
// `sample`, `shape`, and a dataset `payloads`, float32 [spikes], where one is not 1; of /spikes,
// attributes `horizon` and `tick_ms`.
//
// Cost: one pass over the spikes, and the file is written
// twice: HDF5 needs one to seek in, which loses its name at once and lies beside `out`. Memory: a
// few chunks. Throws InputError for a damaged trace, for a tick beyond 2^50, and if `out` cannot be
// written; Error if the disk is full.
void export_sonata(const ExportPart& part, const std::filesystem::path& out);

}  // namespace saltus
