#include "models/study/study_plan.hpp"

#include <set>

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace saltus;

namespace {

StudyPlan grid() {
    StudyPlan plan;
    plan.axes = {{"a", {1, 2, 3}}, {"b", {10, 20}}};
    return plan;
}

}  // namespace

TEST_CASE("plan: a grid's points come with the last axis fastest, then seeds") {
    StudyPlan plan = grid();
    plan.first_seed = 5;
    plan.repeats = 2;
    const std::vector<StudyPoint> points = study_points(plan);
    REQUIRE(points.size() == 12);
    for (std::size_t k = 0; k < points.size(); ++k) {
        CHECK(points[k].number == k);
        CHECK(points[k].seed == 5 + k % 2);
        CHECK(points[k].settings[0].value == static_cast<double>(1 + k / 4));
        CHECK(points[k].settings[1].value == static_cast<double>(10 * (1 + k / 2 % 2)));
    }
}

TEST_CASE("plan: without axes there is one point, as the model is") {
    CHECK(study_points(StudyPlan{}).size() == 1);
}

TEST_CASE("plan: a random part has distinct combinations of the grid, the same for the same seed") {
    StudyPlan plan;
    std::vector<double> values;
    for (int k = 0; k < 40; ++k) {
        values.push_back(k);
    }
    plan.axes = {{"a", values}, {"b", values}};
    plan.random = 100;
    const std::vector<StudyPoint> points = study_points(plan);
    REQUIRE(points.size() == 100);
    std::set<std::pair<double, double>> apart;
    for (const StudyPoint& point : points) {
        apart.insert({point.settings[0].value, point.settings[1].value});
    }
    CHECK(apart.size() == 100);
    CHECK(study_points(plan)[57].settings == points[57].settings);
    plan.first_seed = 1;
    bool others = false;
    for (std::size_t k = 0; k < 100; ++k) {
        others = others || study_points(plan)[k].settings != points[k].settings;
    }
    CHECK(others);
    plan.random = 1600;  // all of it
    CHECK(study_points(plan).size() == 1600);
    plan.random = 1601;
    CHECK_THROWS_AS(study_points(plan), InputError);
}

TEST_CASE("plan: a path stands once") {
    StudyPlan twice = grid();
    twice.axes.push_back({"a", {4}});
    CHECK_THROWS_AS(study_points(twice), InputError);
    StudyPlan also = grid();
    also.fixed = {{"b", 1}};
    CHECK_THROWS_AS(study_points(also), InputError);
    StudyPlan large = grid();
    large.repeats = 200000;
    CHECK_THROWS_AS(study_points(large), InputError);
}
