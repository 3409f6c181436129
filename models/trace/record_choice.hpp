// What the record options of `saltus run` ask for, put into a trace's header. Text in, values out:
// names and ranges are checked against the header, and unknown ones are refused with the valid ones
// listed.
#pragma once

#include <string>
#include <vector>

#include "models/trace/trace.hpp"

namespace saltus {

struct RecordChoice {
    // "all", "counts" (how many times each neuron fired) or names of populations, with commas; the
    // others' spikes are left out.
    std::string spikes = "all";
    std::vector<std::string> membranes;  // "NAME", "NAME[i]" or "NAME[i-j]", neurons by index
    bool readouts = false;               // every readout's values after every tick
    bool drives = false;                 // what encoders hold
    bool changes = false;                // rows of membranes and readouts only where they change
};

// Throws InputError whose path is the option at fault.
void choose_recording(const RecordChoice& choice, TraceHeader& header);

// Ticks of a sample of which rows can be recorded: it is run tick by tick.
inline constexpr Tick k_most_series_ticks = Tick{1} << 24;

}  // namespace saltus
