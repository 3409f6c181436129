#include "cli/progress.hpp"

#include <doctest/doctest.h>

namespace saltus::cli {

TEST_CASE("progress: the line says share, count, rate and time left") {
    CHECK(progress_line("samples", 250, 1000, 5, 0) == " 25 %  250/1000 samples  50/s  15 s left");
    CHECK(progress_line("samples", 1000, 1000, 5, 0) == "100 %  1000/1000 samples  200/s");
    CHECK(progress_line("samples", 1, 10000, 2, 0) ==
          "  0 %  1/10000 samples  0.5/s  5 h 33 min left");
    CHECK(progress_line("samples", 60, 120, 60, 0) ==
          " 50 %  60/120 samples  1/s  1 min 00 s left");
}

TEST_CASE("progress: the bar is filled by share, and nothing is divided by nothing") {
    CHECK(progress_line("x", 5, 10, 0, 4) == "[##..]  50 %  5/10 x");
    CHECK(progress_line("x", 0, 10, 3, 4) == "[....]   0 %  0/10 x");
    CHECK(progress_line("x", 0, 0, 0, 4) == "[####] 100 %  0/0 x");
}

}  // namespace saltus::cli
