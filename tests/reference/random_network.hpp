// Random small networks with random samples, in the format of the semantics cases: every field of
// the dialect, every clock, connection, pool, weight type and encoder, in combinations that the
// contract allows. The same seed gives the same network everywhere.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "tests/reference/random_draw.hpp"
#include "tests/reference/reference_network.hpp"

namespace reference {

// {"network", "samples": two of them, "carry": whether the second goes on from the first's state,
//  "dyadic": whether all sums are meant to be exact, "style": "mixed", or "currents" of those}
Json random_case(std::uint64_t seed);

// What a case exercises, as "field:value" words.
std::set<std::string> features(const Json& json);

// What random_case draws with.
struct Style {
    int T = 1;
    bool dyadic = false;  // multiples of 1/4 and factors 0, 1/2, 1
    bool phased = false;
    bool trunc = false;     // allows trunc(v / theta), and then no recurrence: counts could explode
    bool denormal = false;  // weights near the smallest float32
    bool currents = false;  // mostly the populations that take a stretch of ticks chunk by chunk
    int least_delay = 1;    // of what leads back
    double scale = 1;       // of weights
};

// A float32 in [low, high], as the double that a case holds.
double real(Draw& draw, const Style& style, double low, double high);

// A population of kind neurons without name and shape. `layer`: from 1, for phased windows.
Json random_neurons(Draw& draw, const Style& style, std::size_t size, int layer);

// A weight tensor of `count` elements; int8 scales for `targets` targets.
Json random_weight(Draw& draw, const Style& style, std::size_t count, std::size_t targets);

// What an encoder of this coding sends in a sample.
Json random_input(Draw& draw, const Style& style, const std::string& coding, std::size_t size);

}  // namespace reference
