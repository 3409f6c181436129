// FILE, --sample, --population, --ticks and --skip-damaged: which trace, and which part of it, the
// same in every verb of `saltus trace`. Each verb adds those that mean something to it.
#pragma once

#include <string>

#include "models/trace/trace_choice.hpp"
#include "models/trace/trace_file.hpp"

namespace CLI {
class App;
}

namespace saltus::cli {

struct TraceFileOptions {
    std::string trace;
    TraceChoice choice;
    bool skip_damaged = false;
};

// The options keep references to `options`, which must live until the command has been parsed.
void add_trace_file(CLI::App& verb, TraceFileOptions& options);
// --sample or --samples. `by_default`: what is looked at without it ("all").
void add_samples_choice(CLI::App& verb, TraceChoice& choice, const std::string& by_default = "all");
// The same for a verb that looks at one sample (chosen_place): the first of the trace by default.
void add_sample_choice(CLI::App& verb, TraceChoice& choice);
// `what`: what is of these populations ("Spikes").
void add_population_choice(CLI::App& verb, TraceChoice& choice, const std::string& what = "Spikes");
void add_ticks_choice(CLI::App& verb, TraceChoice& choice, const std::string& what = "Spikes");
void add_skip_damaged(CLI::App& verb, TraceFileOptions& options);

// Says on standard error what is missing of the trace; what is there is used.
TraceFile open_trace(const TraceFileOptions& options);

// Says on standard error which populations' spikes the trace does not hold.
void note_not_recorded(const TraceFile& file);

}  // namespace saltus::cli
