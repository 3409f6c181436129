#include "encoders/elementary.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace saltus {
namespace {

// ln 2 and pi / 2 in parts. The high parts have few enough bits that their products with the
// integers met here are exact.
constexpr double k_ln2_high = 0x1.62e42fee00000p-1;
constexpr double k_ln2_low = 0x1.a39ef35793c76p-33;
constexpr double k_one_over_ln2 = 0x1.71547652b82fep+0;
constexpr double k_half_pi_high = 0x1.921fb54400000p+0;
constexpr double k_half_pi_middle = 0x1.0b4611a600000p-34;
constexpr double k_half_pi_low = 0x1.3198a2e037073p-69;
constexpr double k_two_over_pi = 0x1.45f306dc9c883p-1;

// 2^k for a normal result.
double two_to(int k) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52);
}

// x + y as a rounded sum and what the rounding lost; |x| >= |y|.
struct Pair {
    double high;
    double low;
};

Pair exact_sum(double x, double y) {
    const double high = x + y;
    return {high, y - (high - x)};
}

// cos(r + low) on [-pi/4, pi/4].
double cosine_near_zero(double r, double low) {
    const double z = r * r;
    double p = 1.0 / 20922789888000.0;  // 1 / 16!
    p = p * z - 1.0 / 87178291200.0;
    p = p * z + 1.0 / 479001600.0;
    p = p * z - 1.0 / 3628800.0;
    p = p * z + 1.0 / 40320.0;
    p = p * z - 1.0 / 720.0;
    p = p * z + 1.0 / 24.0;
    const double half = 0.5 * z;
    const Pair head = exact_sum(1.0, -half);
    return head.high + (head.low + (z * z * p - r * low));
}

// sin(r + low) on [-pi/4, pi/4].
double sine_near_zero(double r, double low) {
    const double z = r * r;
    double p = 1.0 / 355687428096000.0;  // 1 / 17!
    p = p * z - 1.0 / 1307674368000.0;
    p = p * z + 1.0 / 6227020800.0;
    p = p * z - 1.0 / 39916800.0;
    p = p * z + 1.0 / 362880.0;
    p = p * z - 1.0 / 5040.0;
    p = p * z + 1.0 / 120.0;
    p = p * z - 1.0 / 6.0;
    return r + (r * z * p + low * (1.0 - 0.5 * z));
}

}  // namespace

double portable_exp(double x) {
    if (x < -745.2) {
        return 0.0;
    }
    if (x > 709.8) {
        return std::numeric_limits<double>::infinity();
    }
    // x = k ln 2 + r + low, |r| <= ln 2 / 2; e^r by its Taylor series, 1 + r added last
    const double k = std::floor(x * k_one_over_ln2 + 0.5);
    const Pair r = exact_sum(x - k * k_ln2_high, -(k * k_ln2_low));
    double p = 1.0 / 6227020800.0;  // 1 / 13!
    p = p * r.high + 1.0 / 479001600.0;
    p = p * r.high + 1.0 / 39916800.0;
    p = p * r.high + 1.0 / 3628800.0;
    p = p * r.high + 1.0 / 362880.0;
    p = p * r.high + 1.0 / 40320.0;
    p = p * r.high + 1.0 / 5040.0;
    p = p * r.high + 1.0 / 720.0;
    p = p * r.high + 1.0 / 120.0;
    p = p * r.high + 1.0 / 24.0;
    p = p * r.high + 1.0 / 6.0;
    p = p * r.high + 0.5;
    const Pair head = exact_sum(1.0, r.high);
    const double y = head.high + (head.low + (r.high * r.high * p + r.low * head.high));
    // in two steps where 2^k alone would not be normal
    const int n = static_cast<int>(k);
    const int half = n / 2;
    return y * two_to(half) * two_to(n - half);
}

double portable_log(double x) {
    constexpr std::uint64_t k_mantissa = (std::uint64_t{1} << 52) - 1;
    int k = 0;
    if (x < 0x1p-1022) {
        x = x * 0x1p54;
        k = -54;
    }
    // x = 2^k m with sqrt(1/2) <= m < sqrt(2), so that nothing cancels near x = 1
    const auto bits = std::bit_cast<std::uint64_t>(x);
    k += static_cast<int>(bits >> 52) - 1023;
    double m = std::bit_cast<double>((bits & k_mantissa) | (std::uint64_t{1023} << 52));
    if (m >= 0x1.6a09e667f3bcdp+0) {
        m = 0.5 * m;
        k += 1;
    }
    // log m = 2 atanh(s) = f - (h - s (h + R)), f = m - 1, h = f^2 / 2, s = f / (2 + f), R = 2
    // atanh(s) / s - 2
    const double f = m - 1.0;
    const double s = f / (2.0 + f);
    const double z = s * s;
    double r = 2.0 / 23.0;
    for (double n = 21.0; n >= 3.0; n -= 2.0) {
        r = r * z + 2.0 / n;
    }
    r = r * z;
    const double h = 0.5 * f * f;
    const double n = k;
    return n * k_ln2_high - ((h - (s * (h + r) + n * k_ln2_low)) - f);
}

double portable_cos(double x) {
    // x = k pi / 2 + r + low
    const double k = std::floor(x * k_two_over_pi + 0.5);
    const double first = x - k * k_half_pi_high;
    const double middle = k * k_half_pi_middle;
    const double second = first - middle;
    const double lost = (first - second) - middle;
    const double tail = k * k_half_pi_low - lost;
    const double r = second - tail;
    const double low = (second - r) - tail;
    const int quadrant = static_cast<int>(k - 4.0 * std::floor(0.25 * k));
    switch (quadrant) {
        case 0:
            return cosine_near_zero(r, low);
        case 1:
            return -sine_near_zero(r, low);
        case 2:
            return -cosine_near_zero(r, low);
        default:
            return sine_near_zero(r, low);
    }
}

}  // namespace saltus
