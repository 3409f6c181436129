// The engine against the slow reference on one case, run in every way that must not matter.
#pragma once

#include <string>

#include "tests/reference/path_shares.hpp"
#include "tests/reference/reference_network.hpp"

namespace reference {

// Whether a case's sample goes on from the one before.
bool carries(const Json& json, std::size_t sample);

// "what: difference", or nothing if there is none.
std::string labelled(const std::string& what, const std::string& difference);

// Each returns the first thing that differs, in one line, or nothing; adds the paths taken.

// A small case: tick by tick, in one go, by both layouts, in float64, and stopped by a hook.
std::string check_small(const Json& json, TakenPaths& taken);

// A deep one: tick by tick, in one go, by both layouts, in pieces, and with nobody watching.
std::string check_deep(const Json& json, TakenPaths& taken);

// A long one: in one go, and in pieces.
std::string check_long(const Json& json, TakenPaths& taken);

}  // namespace reference
