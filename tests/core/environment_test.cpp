// What the environment may ask of the library: an instruction set, a schedule.
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/kernels/runnable_kernels.hpp"
#include "core/schedule/forced_ticks.hpp"

using namespace saltus;
using namespace saltus::detail;

TEST_CASE("environment: an instruction set is taken by its name, and no other name is") {
    const auto tables = runnable_kernels();
    for (const Kernels* table : tables) {
        CHECK(&kernels_for(table->name) == table);
    }
    CHECK(&kernels_for(nullptr) == tables.back());
    CHECK(&kernels_for("") == tables.back());
    for (const char* lacking : {"avx2", "avx512", "vnni"}) {
        CHECK_NOTHROW(kernels_for(lacking));
    }
    for (const char* wrong : {"avx", "AVX2", "avx512 ", "best"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(kernels_for(wrong), InputError);
    }
    CHECK_THROWS_WITH(
        kernels_for("avx3"),
        "SALTUS_KERNELS: got \"avx3\", need baseline, avx2, avx512, vnni, or nothing");
}

TEST_CASE("environment: a schedule is taken by its name, and no other name is") {
    CHECK(forces_ticks("ticks"));
    CHECK_FALSE(forces_ticks(""));
    CHECK_FALSE(forces_ticks(nullptr));
    CHECK_THROWS_AS(forces_ticks("Ticks"), InputError);
    CHECK_THROWS_WITH(forces_ticks("tick"),
                      "SALTUS_SCHEDULE: got \"tick\", need ticks, or nothing");
}
