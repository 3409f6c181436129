// Spikes of other programs as a trace, so that they can be compared and looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/trace/trace.hpp"

namespace saltus {

struct ImportChoice {
    double tick_seconds = 0;  // 0: as the file says
    Tick horizon = 0;         // 0: as the file says, else the tick behind the last spike
    std::string unit;         // of times whose unit the file does not say: "ms", "s", "us", "ticks"
    std::string population = "spikes";                   // the name where the file has none
    std::vector<std::pair<std::string, Shape>> neurons;  // these populations come first, in order
};

// By extension.
// .h5: SONATA, /spikes/<population>/{timestamps, node_ids}, or its old form /spikes/{timestamps,
// gids}; in any order, whatever `sorting` says; units ms where it has none. What export_trace()
// wrote has its samples, shapes, payloads, horizon and tick again.
// .csv: a header line that names the columns, among them neuron and either tick or time; sample,
// population and payload if there. Times need a unit: time_ms, time_s, or choice.unit.
//
// A time becomes the tick nearest to it. Spikes of one neuron at one tick become one, of the
// payloads' sum. A population has as many neurons as choice.neurons says, or the file, or its
// largest number and one.
//
// Returns what was taken for granted, one plain line each. Memory: 40 bytes a spike of the file.
// Throws InputError for a time that is negative, not finite or beyond the horizon, a neuron that is
// not there, a unit that is unknown, times without a tick's length.
std::vector<std::string> import_trace(const std::filesystem::path& in,
                                      const std::filesystem::path& out,
                                      const ImportChoice& choice,
                                      const TraceProvenance& provenance,
                                      const std::function<void()>& poll = {});

}  // namespace saltus
