#include "models/study/study_summary.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "models/run/run_statistics.hpp"

#include "tests/models/study/small_study.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

PointResult point(std::size_t number,
                  double setting,
                  std::uint64_t seed,
                  std::uint64_t right,
                  double operations) {
    PointResult result;
    result.point = {number, {{"theta_scale", setting}}, seed};
    result.samples = result.labelled = 100;
    result.right = right;
    result.total_operations = result.acs = operations;
    return result;
}

}  // namespace

TEST_CASE("summary: repeats of a setting are one row, with Student's interval") {
    const SmallStudy small;
    std::map<std::size_t, PointResult> results;
    const std::uint64_t right[] = {90, 92, 97};
    for (std::size_t k = 0; k < 3; ++k) {
        results[k] = point(k, 1, k, right[k], 10 * (static_cast<double>(k) + 1));
    }
    const StudySummary summary = summarise_study(small.job(), results);
    REQUIRE(summary.rows.size() == 1);
    const StudyRow& row = summary.rows[0];
    CHECK(row.runs == 3);
    CHECK(row.accuracy == doctest::Approx(0.93));
    CHECK(row.total_operations == doctest::Approx(20));
    // deviations -3, -1, 4: variance 13, standard error sqrt(13 / 3) points, times 4.303
    CHECK(row.high - row.accuracy == doctest::Approx(0.01 * 4.303 * std::sqrt(13.0 / 3)));
    CHECK(row.accuracy - row.low == doctest::Approx(row.high - row.accuracy));
}

TEST_CASE("summary: one run has Wilson's interval over its samples") {
    const SmallStudy small;
    const StudySummary summary = summarise_study(small.job(), {{0, point(0, 1, 0, 90, 5)}});
    const Proportion wanted = wilson(90, 100);
    CHECK(summary.rows[0].low == wanted.low);
    CHECK(summary.rows[0].high == wanted.high);
}

TEST_CASE("summary: best are those that no other row beats at their cost") {
    const SmallStudy small;
    std::map<std::size_t, PointResult> results;
    const double costs[] = {10, 20, 20, 30, 40};
    const std::uint64_t right[] = {50, 70, 60, 65, 90};
    for (std::size_t k = 0; k < 5; ++k) {
        results[k] = point(k, static_cast<double>(k), 0, right[k], costs[k]);
    }
    const StudySummary summary = summarise_study(small.job(), results);
    const bool best[] = {true, true, false, false, true};
    for (std::size_t k = 0; k < 5; ++k) {
        CHECK(summary.rows[k].best == best[k]);
    }
}

TEST_CASE("summary: a point that failed is named, and counts for nothing") {
    const SmallStudy small;
    PointResult failed;
    failed.point = {0, {{"theta_scale", 1}}, 0};
    failed.error = "out of memory";
    const StudySummary summary =
        summarise_study(small.job(), {{0, failed}, {1, point(1, 1, 1, 80, 5)}});
    REQUIRE(summary.rows.size() == 1);
    CHECK(summary.failed == 1);
    CHECK(summary.rows[0].runs == 1);
    CHECK(summary.rows[0].accuracy == doctest::Approx(0.8));
    CHECK(summary.rows[0].error == "out of memory");
}

TEST_CASE("summary: Student's quantiles fall to the normal one") {
    CHECK(student_quantile(2) == 12.706);
    CHECK(student_quantile(30) == 2.045);
    CHECK(student_quantile(31) == doctest::Approx(2.042).epsilon(0.003));
    CHECK(student_quantile(100000) == doctest::Approx(1.960).epsilon(0.001));
}
