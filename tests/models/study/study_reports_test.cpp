#include "models/study/study_reports.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include <doctest/doctest.h>

#include "models/study/study_plot.hpp"

using namespace saltus;

namespace {

StudyRow row(std::size_t point, double a, double b, double accuracy, double operations) {
    StudyRow made;
    made.point = point;
    made.settings = {{"horizon", a}, {"theta_scale", b}};
    made.runs = 1;
    made.labelled = true;
    made.accuracy = accuracy;
    made.low = accuracy - 0.01;
    made.high = accuracy + 0.01;
    made.total_operations = made.acs = operations;
    made.joules = {operations * 0.9e-12};
    made.best = true;
    return made;
}

StudySummary summary() {
    StudySummary made;
    made.rows = {row(0, 1, 1, 0.8, 100),
                 row(1, 1, 2, 0.8, 90),
                 row(2, 4, 1, 0.9, 400),
                 row(3, 4, 2, 0.9, 360)};
    made.rows[0].best = made.rows[2].best = false;
    made.rivals = {{"pruned", 0.9, 500, {500 * 4.6e-12}}, {"dense", 0.5, 10, {10 * 4.6e-12}}};
    return made;
}

StudyIdentity identity() {
    StudyIdentity made;
    made.model_file = "a_model.saltus";
    made.data = "--data mnist";
    made.samples = "0-99";
    made.energy = {"45nm-float32"};
    return made;
}

std::vector<EnergyModel> energy() {
    return {load_energy_model("45nm-float32")};
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("reports: what accuracy depends on is told by axis") {
    const std::vector<AxisEffect> effects = axis_effects(summary().rows);
    REQUIRE(effects.size() == 2);
    CHECK(effects[0].path == "horizon");
    CHECK(effects[0].share == doctest::Approx(1));
    CHECK(effects[1].share == doctest::Approx(0));
}

TEST_CASE("reports: the page's data are the rows, and the command makes a row again") {
    const std::string page = study_page(identity(), energy(), summary());
    const std::string begin = "<script type=\"application/json\" id=\"study\">";
    const std::size_t at = page.find(begin) + begin.size();
    const nlohmann::json data =
        nlohmann::json::parse(page.substr(at, page.find("</script>", at) - at));
    REQUIRE(data["rows"].size() == 4);
    CHECK(data["rows"][3]["accuracy"] == 0.9);
    CHECK(data["rows"][3]["command"] ==
          "saltus study a_model.saltus --data mnist --samples 0-99 --set horizon=4 --set "
          "theta_scale=2 "
          "--energy 45nm-float32 --seed 0 -o point-3");
    CHECK(data["rivals"].size() == 2);
    CHECK(!contains(page, "http://"));
    CHECK(!contains(page, "https://"));
}

TEST_CASE("reports: names from files are text in the page, not markup") {
    StudyIdentity hostile = identity();
    hostile.name = "<script>alert(1)</script>";
    hostile.model_file = "</script><b>";
    const std::string page = study_page(hostile, energy(), summary());
    CHECK(!contains(page, "<script>alert"));
    CHECK(!contains(page, "</script><b>"));
}

TEST_CASE("reports: the verdict compares what is as accurate, and says who loses") {
    const std::string text = study_markdown(identity(), energy(), summary());
    CHECK(contains(text, "the cheapest (horizon=4, theta_scale=2) costs 324 pJ"));
    CHECK(contains(text,
                   "the cheapest rival (pruned, 90.00 %) costs 2.3 nJ: spiking wins by 7.1 times"));
    StudySummary dear = summary();
    dear.rivals[0].joules[0] = 1e-12;
    CHECK(contains(study_markdown(identity(), energy(), dear), "spiking loses by 324 times"));
    StudySummary none = summary();
    none.rivals.clear();
    CHECK(contains(study_markdown(identity(), energy(), none), "carries no artificial networks"));
}

TEST_CASE(
    "reports: LaTeX has the table, the energy statement and its citations, special characters "
    "escaped") {
    const std::string text = study_latex(identity(), energy(), summary());
    CHECK(contains(text, "a\\_model.saltus"));
    CHECK(contains(text, "theta\\_scale=2"));
    CHECK(contains(text, "\\cite{horowitz2014}"));
    CHECK(contains(text, "computed, not measured"));
}

TEST_CASE(
    "reports: the plot has a mark for each row and rival, and says so where there is nothing") {
    const auto boxes = [](const Picture& picture) {
        std::size_t count = 0;
        for (const Picture::Shape& shape : picture.shapes) {
            const auto* box = std::get_if<Picture::Box>(&shape);
            count += box != nullptr && !box->title.empty() ? 1 : 0;
        }
        return count;
    };
    CHECK(boxes(study_plot(summary(), std::nullopt, "operations")) == 5);  // the dense rival lies far below
    CHECK(boxes(study_plot(summary(), 0, "joules")) == 5);  // the dense rival lies far below
    const Picture empty = study_plot(StudySummary{}, std::nullopt, "operations");
    CHECK(boxes(empty) == 0);
    CHECK(!empty.shapes.empty());
}
