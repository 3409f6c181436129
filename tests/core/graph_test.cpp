#include "core/graph.hpp"

#include <array>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "tests/core/small_network.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

constexpr std::array<float, 1> k_weight = {1};

// in -> a -> b -> c, and in -> c
NetworkSpec chain() {
    NetworkSpec spec;
    spec.horizon = 4;
    spec.populations = {
        encoder("in", {1}), neurons("a", {1}), neurons("b", {1}), neurons("c", {1})};
    spec.projections = {
        dense(0, 1, k_weight), dense(1, 2, k_weight), dense(2, 3, k_weight), dense(0, 3, k_weight)};
    return spec;
}

}  // namespace

TEST_CASE("graph: a level is the longest zero-delay path") {
    NetworkSpec spec = chain();
    CHECK(levels_of(spec) == std::vector<Level>{0, 1, 2, 3});
    spec.projections[1].delay = 1;
    CHECK(levels_of(spec) == std::vector<Level>{0, 1, 0, 1});
}

TEST_CASE("graph: a zero-delay cycle is refused by name, one with a delay is not") {
    NetworkSpec spec = chain();
    spec.projections.push_back(dense(3, 2, k_weight));
    bool refused = false;
    try {
        levels_of(spec);
    } catch (const ModelError& error) {
        refused = true;
        const std::string text = error.what();
        CHECK((text.find("b -> c -> b") != std::string::npos ||
               text.find("c -> b -> c") != std::string::npos));
    }
    CHECK(refused);
    spec.projections.back().delay = 1;
    CHECK_NOTHROW(levels_of(spec));
}

TEST_CASE("graph: sources come before targets, and the populations of a cycle together") {
    using Order = std::vector<std::vector<PopulationId>>;
    NetworkSpec spec = chain();
    CHECK(cycles_in_order(spec) == Order{{0}, {1}, {2}, {3}});
    spec.projections.push_back(dense(3, 1, k_weight));
    spec.projections.back().delay = 1;
    CHECK(cycles_in_order(spec) == Order{{0}, {1, 2, 3}});
}

TEST_CASE("graph: a projection onto itself needs a delay") {
    NetworkSpec spec = chain();
    spec.projections.push_back(dense(1, 1, k_weight));
    CHECK_THROWS_AS(levels_of(spec), ModelError);
    spec.projections.back().delay = 3;
    CHECK_NOTHROW(levels_of(spec));
}

TEST_CASE("graph: populations that nothing reaches are found, those with a bias are not") {
    NetworkSpec spec = chain();
    spec.populations.push_back(neurons("lost", {1}));
    spec.populations.push_back(neurons("behind the lost", {1}));
    spec.projections.push_back(dense(4, 5, k_weight));
    CHECK(unreachable_populations(spec) == std::vector<PopulationId>{4, 5});
    std::get<NeuronSpec>(spec.populations[4].kind).receptors[0].bias = {0.5};
    CHECK(unreachable_populations(spec).empty());
}
