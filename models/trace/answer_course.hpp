// The answer of a readout after every tick of a sample, as far as a trace tells it.
#pragma once

#include <cstdint>
#include <functional>

#include "models/trace/trace_file.hpp"

namespace saltus {

// series: the readout's values after every tick were recorded. spikes: they follow from the output
// spikes (spike count and first spike, values that are no logits). unknown: neither.
enum class AnswerSource { series, spikes, unknown };

AnswerSource answer_source(const TraceHeader& header, std::size_t readout);

// From `tick` on, until the next step. The answer is that of the largest value, or of the earliest
// first spike; of several alike, the lowest index.
struct AnswerStep {
    Tick tick = 0;
    NeuronIndex answer = 0;
    bool decided = true;  // false: a spike readout without any output spike yet (of logits: true)
    // False: the model's answer may be another of several alike, as membranes settle its ties, or a
    // rule that the trace does not name.
    bool settled = true;
};

// Calls `take` with the steps in ascending ticks; of several of one tick the last holds. Nothing is
// called if the file lacks the sample's series (it was cut off) or the source is unknown.
// Cost: one pass over the readout's spikes or rows. Memory: a number for each of its values, and
// 256 KB of rows.
void visit_answers(const TraceFile& file,
                   std::uint64_t place,
                   std::size_t readout,
                   const std::function<void(const AnswerStep&)>& take);

}  // namespace saltus
