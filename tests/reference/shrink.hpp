// Makes a failing case as small as it gets while it still fails, so that a person can follow it.
#pragma once

#include <functional>
#include <string>

#include "tests/reference/reference_network.hpp"

namespace reference {

// Empty if the case holds; else what is wrong with it. Must not throw.
using Check = std::function<std::string(const Json&)>;

// Drops samples, readouts, populations, projections, ticks, neurons, events and fields, again and
// again, and keeps every step after which `check` still finds something (not always the same
// thing). Gives up after a minute.
Json shrink(Json json, const Check& check);

}  // namespace reference
