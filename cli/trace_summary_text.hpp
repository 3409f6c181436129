// A trace's summary for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "models/trace/trace_summary.hpp"

namespace saltus::cli {

// Lines of at most 100 columns, names shortened to fit: what is hunted by hand first, then tables.
std::string trace_summary_text(const TraceSummary& summary);

// Its part on one readout: how right its answers were, and when they came about.
std::string answers_text(const ReadoutSummary& readout);

// Everything in full; null where the trace does not tell.
nlohmann::ordered_json trace_summary_json(const TraceSummary& summary);

}  // namespace saltus::cli
