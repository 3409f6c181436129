// What frameworks' own neurons fired (tests/interchange/README.md), and our runs of the same input.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/network.hpp"

namespace saltus::test {

// One case. Arrays are [tick][neuron], flattened.
struct FrameworkCase {
    std::string name;
    std::string neuron;         // the dialect it is, or nothing
    nlohmann::json parameters;  // of the dialect
    bool exact = false;         // membranes come out bit for bit
    Tick delay = 0;             // of the projections that bring the input
    Tick ticks = 0;
    std::uint32_t neurons = 0;
    std::vector<std::vector<float>> x;  // one input a receptor
    std::vector<float> spikes;
    std::vector<float> v;  // after each tick
};

// Every case of every file in tests/interchange.
std::vector<FrameworkCase> framework_cases();

// Runs the case's input through a network whose populations are one encoder a receptor, in order,
// and then the neurons. Returns how its spikes and membranes differ from the framework's, in one
// line; nothing if they do not.
std::string difference_from(const FrameworkCase& expected, const Network& network);

}  // namespace saltus::test
