// A whole model, front and all, in Graphviz's dot language.
#pragma once

#include <string>

#include "cli/model_summary.hpp"

namespace saltus::cli {

std::string model_dot(const LoadedModel& model, const ModelSummary& summary);

}  // namespace saltus::cli
