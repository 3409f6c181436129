// Which part of a trace is looked at: samples, populations and ticks, as --sample, --population and
// --ticks name them, with the same meaning and the same messages whatever asks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/trace/trace_file.hpp"

namespace saltus {

struct TraceChoice {
    std::optional<std::string> samples;          // "0-9,12", numbers in the data set; none: all
    std::vector<std::string> populations;        // by name; empty: all
    std::optional<std::pair<Tick, Tick>> ticks;  // first and last, both looked at; none: all
};

// All functions throw InputError whose path is the option, naming what there is, for what the trace
// does not have.

// Places in `file` of the samples that the text names, ascending; none: all of the trace.
// Memory: a number a sample of the trace.
std::vector<std::uint64_t> chosen_places(const TraceFile& file,
                                         const std::optional<std::string>& samples);

// The same among `numbers`, which ascend; `whose`: what has them, for messages ("the trace").
std::vector<std::uint64_t> chosen_places(std::span<const std::uint64_t> numbers,
                                         const std::string& samples,
                                         const std::string& whose = "the trace");

// The place of the one sample that the text names; none: of the first.
std::uint64_t chosen_place(const TraceFile& file, const std::optional<std::string>& sample);

// In file order, each once.
std::vector<PopulationId> chosen_populations(const TraceHeader& header,
                                             const std::vector<std::string>& names);

// All ticks of the trace if none are named.
TickRange chosen_ticks(const TraceHeader& header,
                       const std::optional<std::pair<Tick, Tick>>& ticks);

// First and last of "5-9", or "5" for that tick alone. Throws InputError for other text; whether
// the ticks are there is for chosen_ticks to check.
std::pair<Tick, Tick> parse_ticks(const std::string& text);

}  // namespace saltus
