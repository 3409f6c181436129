// The spikes of a trace for other programs.
#pragma once

#include <filesystem>
#include <functional>

#include "models/trace/trace_file.hpp"

namespace saltus {

// By extension. .csv: a header line, then sample,population,neuron,tick,payload, one line a spike;
// population by name, neuron by index; in the trace's order (sample, population, tick, slot). .npz:
// arrays sample (int64), population (int32, a place in population_names), neuron (int64, by index),
// tick (int64), payload (float32) and population_names (text). Cost: one pass over the trace (.npz:
// two). Throws InputError for another extension or a damaged trace. `poll`: called between samples;
// what it throws ends the work, and nothing is written. Populations whose spikes were not recorded
// are left out.
void export_trace(const TraceFile& trace,
                  const std::filesystem::path& out,
                  const std::function<void()>& poll = {});

}  // namespace saltus
