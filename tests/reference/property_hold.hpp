// Holds a property on many random networks, and shows a network that breaks it as small as it gets.
//
// SALTUS_PROPERTY_COUNT networks (default 3000) from seed SALTUS_PROPERTY_SEED (default 1) on; of
// deep and long ones, each of which takes as long as many small ones, a sixth and a hundredth.
#pragma once

#include <cstddef>
#include <functional>

#include "tests/reference/shrink.hpp"

namespace reference {

struct RandomNetworks {
    const char* name;
    Json (*make)(std::uint64_t seed);
    std::uint64_t one_in;  // of SALTUS_PROPERTY_COUNT
};

extern const RandomNetworks k_small_networks;
extern const RandomNetworks k_deep_networks;
extern const RandomNetworks k_long_networks;

// Runs `check` on the networks of which `applies` is true; says how many there were. Gives up after
// three failures. An exception is a failure.
std::size_t hold(const RandomNetworks& networks,
                 const Check& check,
                 const std::function<bool(const Json&)>& applies);

}  // namespace reference
