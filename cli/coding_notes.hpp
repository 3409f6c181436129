// Encoders whose coding states a span of its own that the ticks run have no room for: a latency T
// or a phase period beyond the horizon. Allowed (what a model states stays), but seldom meant.
#pragma once

#include <string>
#include <vector>

#include "models/model.hpp"

namespace saltus::cli {

// One line an encoder, without an end.
std::vector<std::string> coding_notes(const LoadedModel& model, Tick horizon);

}  // namespace saltus::cli
