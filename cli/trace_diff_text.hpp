// What `trace diff` found, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "models/explain/difference_cause.hpp"
#include "models/pipeline.hpp"
#include "models/trace/trace_diff.hpp"

namespace saltus::cli {

struct ToldDifference {
    const TraceHeader& header;  // of the first trace
    const TraceDifference& difference;
    const std::optional<DifferenceCause>& cause;
    const Pipeline* pipeline;  // of the first model; null if there is no cause
};

std::string trace_diff_text(const ToldDifference& told);
nlohmann::ordered_json trace_diff_json(const ToldDifference& told);

}  // namespace saltus::cli
