// --ticks a-b, the same in every verb.
#pragma once

#include <string>
#include <utility>

#include "core/tick.hpp"

namespace saltus::cli {

// First and last of "5-9", or "5" for that tick alone. Throws InputError; whether the ticks are
// there is for the caller to check.
std::pair<Tick, Tick> parse_ticks(const std::string& text);

}  // namespace saltus::cli
