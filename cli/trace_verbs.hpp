// The sub-verbs of `saltus trace` that have a file of their own.
#pragma once

#include "cli/verbs.hpp"

namespace saltus::cli {

void add_trace_diff(CLI::App& trace, Chosen& chosen);
void add_trace_import(CLI::App& trace, Chosen& chosen);
void add_trace_raster(CLI::App& trace, Chosen& chosen);
void add_trace_summary(CLI::App& trace, Chosen& chosen);
void add_trace_why(CLI::App& trace, Chosen& chosen);
void add_trace_without(CLI::App& trace, Chosen& chosen);

}  // namespace saltus::cli
