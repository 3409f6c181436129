#include "models/study/settings.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace saltus;

TEST_CASE("settings: a path and a decimal number") {
    CHECK(parse_setting("hidden.theta=0.8", "--set") == Setting{"hidden.theta", 0.8});
    CHECK(parse_setting("horizon=012", "--set").value == 12);
    for (const char* const wrong :
         {"hidden.theta", "=1", "a=", "a=1x", "a=0x10", "a=inf", "a=nan", "a=1,2", "a= 1"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(parse_setting(wrong, "--set"), InputError);
    }
}

TEST_CASE("settings: a scan is a list, equal distances or equal ratios, ends included") {
    CHECK(parse_axis("horizon=1,2,8", "--scan").values == std::vector<double>{1, 2, 8});
    CHECK(parse_axis("p=1:3:5", "--scan").values == std::vector<double>{1, 1.5, 2, 2.5, 3});
    CHECK(parse_axis("p=3:1:3", "--scan").values == std::vector<double>{3, 2, 1});
    const std::vector<double> ratios = parse_axis("p=0.5:2:log:3", "--scan").values;
    REQUIRE(ratios.size() == 3);
    CHECK(ratios[0] == 0.5);
    CHECK(ratios[1] == doctest::Approx(1));
    CHECK(ratios[2] == 2);
}

TEST_CASE("settings: what is no scan is refused") {
    for (const char* const wrong : {"p",
                                    "p=",
                                    "p=1,1",
                                    "p=1:2",
                                    "p=1:2:1",
                                    "p=1:2:2.5",
                                    "p=0:2:log:3",
                                    "p=-1:2:log:3",
                                    "p=1:2:lin:3",
                                    "p=1:2:200000",
                                    "p=1,,2"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(parse_axis(wrong, "--scan"), InputError);
    }
}

TEST_CASE("settings: values are written so that they read back the same") {
    for (const double value : {0.1, 1.0 / 3, 1e-20, 12.0, 1e300}) {
        CHECK(parse_setting("p=" + value_text(value), "--set").value == value);
    }
    CHECK(value_text(4) == "4");
}
