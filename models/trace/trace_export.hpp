// The spikes of a trace for other programs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "models/trace/trace_file.hpp"

namespace saltus {

// By extension:
// .csv: a header line, then sample,population,neuron,tick,payload, one line a spike; population by
// name, neuron by index; in the trace's order (sample, population, tick, slot).
// .npz: arrays sample (int64), population (int32, a place in population_names), neuron (int64, by
// index), tick (int64), payload (float32) and population_names (text).
// .h5: SONATA, with times instead of ticks (models/interchange/sonata_export.hpp).
//
// Cost: one pass over the spikes (.npz: two). Throws InputError for another extension or a damaged
// trace. `poll`: called between samples; what it throws ends the work, and nothing is written.
// Populations whose spikes were not recorded are left out. `places`: which samples, ascending, each
// once; nothing: all.
void export_trace(const TraceFile& trace,
                  const std::filesystem::path& out,
                  const std::function<void()>& poll = {},
                  const std::optional<std::vector<std::uint64_t>>& places = {});

// What export_trace() writes, for messages: ".csv, .npz or .h5".
inline constexpr char k_export_extensions[] = ".csv, .npz or .h5";

}  // namespace saltus
