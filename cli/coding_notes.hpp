// What a coding does that is allowed (what a model states stays), but seldom meant: a span of its own
// that the ticks run have no room for (a latency T or a phase period beyond the horizon), or lasting
// currents of a latency code that flow on while neurons fire.
#pragma once

#include <string>
#include <vector>

#include "models/model.hpp"

namespace saltus::cli {

// One line each, without an end.
std::vector<std::string> coding_notes(const LoadedModel& model, Tick horizon);

}  // namespace saltus::cli
