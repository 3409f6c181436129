#include "models/study/study_log.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/study/study_plan.hpp"

#include "tests/models/data/scratch_folder.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

std::vector<StudyPoint> points() {
    StudyPlan plan;
    plan.axes = {{"horizon", {1, 2, 4, 8}}};
    return study_points(plan);
}

StudyIdentity identity() {
    StudyIdentity id;
    id.model_digest = "abc";
    id.scans = {"horizon=1,2,4,8"};
    id.energy = {"45nm-float32"};
    return id;
}

PointResult result(std::size_t k) {
    PointResult found;
    found.point = points().at(k);
    found.samples = found.labelled = 10;
    found.right = k;
    found.total_operations = 1.0 / 3;
    found.joules = {1e-9 / 7};
    return found;
}

}  // namespace

TEST_CASE("study log: what was added is there again, to the last digit") {
    const ScratchFolder folder;
    {
        StudyLog log(folder / "s", identity(), points());
        CHECK(log.results().empty());
        log.add(result(2));
        PointResult failed;
        failed.point = points().at(1);
        failed.error = "a \"fault\", with a comma\tand a tab";
        log.add(failed);
    }
    const StudyLog again(folder / "s", identity(), points());
    REQUIRE(again.results().size() == 2);
    CHECK(again.results().at(2).right == 2);
    CHECK(again.results().at(2).total_operations == 1.0 / 3);
    CHECK(again.results().at(2).joules == std::vector<double>{1e-9 / 7});
    CHECK(again.results().at(1).error == "a \"fault\", with a comma\tand a tab");
}

TEST_CASE("study log: cut at every byte, it has every whole line and can go on") {
    const ScratchFolder folder;
    {
        StudyLog log(folder / "s", identity(), points());
        log.add(result(0));
        log.add(result(3));
    }
    const std::string whole = read_bytes(folder / "s" / "results.jsonl");
    const std::size_t first = whole.find('\n') + 1;
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        CAPTURE(length);
        write_bytes(folder / "s" / "results.jsonl", whole.substr(0, length));
        {
            StudyLog log(folder / "s", identity(), points());
            REQUIRE(log.results().size() == (length == whole.size() ? 2U
                                             : length >= first      ? 1U
                                                                    : 0U));
            log.add(result(1));
        }
        const StudyLog again(folder / "s", identity(), points());
        CHECK(again.results().contains(1));
    }
}

TEST_CASE("study log: results in the order of points, whatever order they came in") {
    const ScratchFolder folder;
    {
        StudyLog log(folder / "a", identity(), points());
        StudyLog other(folder / "b", identity(), points());
        for (const std::size_t k : {0U, 1U, 2U, 3U}) {
            log.add(result(k));
            other.add(result(3 - k));
        }
        log.put_in_order();
        other.put_in_order();
    }
    for (const char* const name : {"results.jsonl", "results.csv"}) {
        CHECK(read_bytes(folder / "a" / name) == read_bytes(folder / "b" / name));
        CHECK(!read_bytes(folder / "a" / name).empty());
    }
}

TEST_CASE("study log: a folder of another study, or one in use, is refused") {
    const ScratchFolder folder;
    {
        StudyLog log(folder / "s", identity(), points());
        CHECK_THROWS_WITH_AS(StudyLog(folder / "s", identity(), points()),
                             doctest::Contains("another process"),
                             InputError);
    }
    StudyIdentity other = identity();
    other.model_digest = "abd";
    CHECK_THROWS_WITH_AS(
        StudyLog(folder / "s", other, points()), doctest::Contains("model_digest"), InputError);
    write_bytes(folder / "s" / "results.jsonl", "{\"point\": 99}\n");
    CHECK_THROWS_AS(StudyLog(folder / "s", identity(), points()), ModelError);
    std::filesystem::create_directory(folder / "mine");
    write_bytes(folder / "mine" / "report.md", "my own");
    CHECK_THROWS_WITH_AS(StudyLog(folder / "mine", identity(), points()),
                         doctest::Contains("other files (report.md)"),
                         InputError);
    CHECK(read_bytes(folder / "mine" / "report.md") == "my own");
    write_bytes(folder / "file", "");
    CHECK_THROWS_AS(StudyLog(folder / "file", identity(), points()), InputError);
}
