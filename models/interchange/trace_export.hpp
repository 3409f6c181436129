// The spikes of a trace for other programs.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "models/trace/trace_choice.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus {

struct ExportOptions {
    TraceChoice choice;          // all of the trace
    std::function<void()> poll;  // called between samples and pieces; what it throws ends the work
    bool grid = false;           // of .nirdata alone: [sample, tick, neuron] instead of events
};

// By the end of the name:
// .csv: a header line, then sample,population,neuron,tick,payload, one line a spike; population by
// name (csv_field.hpp), neuron by index; in the trace's order (sample, population, tick, slot).
// .npz: models/interchange/npz_export.hpp.
// .h5: SONATA, with times instead of ticks (models/interchange/sonata_export.hpp).
// .nirdata: NIRData (models/interchange/nir_data_export.hpp).
// .perfetto-trace: Perfetto (models/interchange/perfetto_export.hpp).
// .aer.txt, .aedat: address events of one population (models/interchange/aer_export.hpp).
//
// Cost: one or two passes over the spikes. Memory: some chunks and a number a sample, whatever the
// spikes. Throws InputError for another name, a part that the trace does not have, a damaged trace,
// and what the format cannot hold; nothing is written then. Populations whose spikes were not
// recorded are left out.
void export_trace(const TraceFile& trace,
                  const std::filesystem::path& out,
                  const ExportOptions& options = {});

// What export_trace() writes, for messages: ".csv, .npz ... or .aedat".
std::string export_extensions();

}  // namespace saltus
