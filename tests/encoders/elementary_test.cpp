// Our exp, log and cos against the C library's in long double.
#include "encoders/elementary.hpp"

#include <cmath>
#include <limits>
#include <random>

#include <doctest/doctest.h>

namespace saltus {
namespace {

// Distance from the exact value in units of its last place.
double ulps(double y, long double exact) {
    const double size = std::fabs(static_cast<double>(exact));
    const double ulp = std::nextafter(size, std::numeric_limits<double>::infinity()) - size;
    return static_cast<double>(
        std::fabs((static_cast<long double>(y) - exact) / static_cast<long double>(ulp)));
}

template <class Ours, class Exact>
double worst(Ours ours, Exact exact, double from, double to) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> within(from, to);
    double most = 0;
    for (int k = 0; k < 100000; ++k) {
        const double x = within(random);
        most = std::fmax(most, ulps(ours(x), exact(static_cast<long double>(x))));
    }
    return most;
}

}  // namespace

TEST_CASE("elementary: exp is within one unit in the last place") {
    const auto exact = [](long double x) { return std::exp(x); };
    for (const double range : {0.01, 1.0, 20.0, 700.0}) {
        CHECK(worst(portable_exp, exact, -range, range) < 1.0);
    }
    CHECK(portable_exp(0.0) == 1.0);
    CHECK(portable_exp(-1000.0) == 0.0);
    CHECK(portable_exp(1000.0) == std::numeric_limits<double>::infinity());
    CHECK(portable_exp(-745.0) == std::numeric_limits<double>::denorm_min());
}

TEST_CASE("elementary: log is within one unit in the last place") {
    const auto exact = [](long double x) { return std::log(x); };
    CHECK(worst(portable_log, exact, 0x1p-32, 1.0) < 1.0);
    CHECK(worst(portable_log, exact, 0.99, 1.01) < 1.0);
    CHECK(worst(portable_log, exact, 0x1p-40, 0x1p-30) < 1.0);
    CHECK(worst(portable_log, exact, 1.0, 1e300) < 1.0);
    CHECK(portable_log(1.0) == 0.0);
    CHECK(ulps(portable_log(0x1p-1070), std::log(0x1p-1070L)) < 1.0);
}

TEST_CASE("elementary: cos is within one unit in the last place") {
    const auto exact = [](long double x) { return std::cos(x); };
    CHECK(worst(portable_cos, exact, 0.0, 6.2831853) < 1.0);
    CHECK(worst(portable_cos, exact, 1.57, 1.5708) < 1.0);
    CHECK(worst(portable_cos, exact, -100000.0, 100000.0) < 1.0);
    CHECK(portable_cos(0.0) == 1.0);
}

}  // namespace saltus
