#include "core/integrate/leaps/leap_sequence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace saltus::detail {

namespace {

constexpr Tick k_between_marks = 1 << 16;
constexpr std::size_t k_most_marks = 1 << 16;
constexpr std::uint32_t k_ask_now = 64;  // steps of StopAsker

// The distance from a number's magnitude to the next one.
double unit_of(double magnitude) {
    const int exponent =
        std::max(std::ilogb(magnitude), std::numeric_limits<double>::min_exponent - 1);
    return std::ldexp(1.0, exponent - (std::numeric_limits<double>::digits - 1));
}

// Whether `next`, which follows `at`, begins what goes on for ever. a falls, so that it adds
// nothing to c any more once it has added nothing, and rounds to 0 once it has.
bool is_regular(const LeapRates& rates, const LeapCoefficients& at, const LeapCoefficients& next) {
    const bool b_stays = next.b == at.b || !rates.driven;
    const bool e_stays = next.e == at.e || !rates.driven;
    if (next.a == at.a && next.c == at.c && b_stays && e_stays) {
        return true;
    }
    const bool a_is_gone = rates.narrow && static_cast<float>(at.a) == 0 && next.c == at.c;
    return rates.beta == 1 && b_stays && (next.a == at.a || a_is_gone);
}

// Takes regular coefficients further.
void leap(const LeapRates& rates, LeapCoefficients& at, Tick ticks) {
    if (rates.beta != 1) {
        return;
    }
    const LeapCoefficients next = step(rates, at);
    if (next.a == at.a) {
        at.c = add_repeatedly(at.c, rates.gain * at.a, ticks);
    }
    if (rates.driven) {
        at.e = add_repeatedly(at.e, rates.gain * at.b, ticks);
    }
}

}  // namespace

LeapCoefficients step(const LeapRates& rates, const LeapCoefficients& at) {
    LeapCoefficients next;
    next.a = rates.alpha * at.a;
    next.b = rates.alpha * at.b + 1.0;
    next.c = rates.beta * at.c + rates.gain * (rates.before ? at.a : next.a);
    next.e = rates.beta * at.e + rates.gain * (rates.before ? at.b : next.b);
    return next;
}

// Between two powers of two all numbers are whole multiples of one unit, so that an addition rounds
// g to one: always to the same, but for a g halfway between two, which rounds to the one that makes
// the sum even. A sum that was rounded so is even, and then g always rounds to an even number of
// units. So once two additions have gone by without passing a power of two, all further ones up to
// the next are the same whole number of units, and many of them are one exact product. (A sum of
// another sign than g goes towards 0 step by step; coefficients have one sign.)
double add_repeatedly(double x, double g, Tick n) {
    constexpr double k_units = 9007199254740992.0;  // 2^53: units up to the next power of two
    while (n > 0) {
        const double y = x + g;
        if (y == x || !std::isfinite(y)) {
            return y;
        }
        const double z = y + g;
        const double w = z + g;
        const double unit = unit_of(y);
        const bool grows = (y > 0) == (g > 0) && w != z;
        if (n < 3 || !grows || unit_of(z) != unit || unit_of(w) != unit) {
            x = y;
            --n;
            continue;
        }
        const double by = std::abs(w - z) / unit;
        const double room = k_units - 1 - std::abs(w) / unit;
        const auto fits = static_cast<Tick>(std::floor(room / by));
        const Tick many = std::clamp<Tick>(fits, 0, n - 3);
        x = w + static_cast<double>(many) * (w - z);
        n -= 3 + many;
    }
    return x;
}

LeapSequence::Mark LeapSequence::walk(const LeapRates& rates, Mark from, Tick to, StopAsker& stop) {
    while (from.n < to && !from.regular) {
        if (from.n % k_between_marks == k_between_marks - 1) {
            stop.pass(k_ask_now);
        }
        const LeapCoefficients next = step(rates, from.at);
        from.regular = is_regular(rates, from.at, next);
        if (!from.regular) {
            from.at = next;
            ++from.n;
        }
    }
    return from;
}

LeapSequence::Mark LeapSequence::nearest(const LeapRates& rates, Tick n, StopAsker& stop) {
    while ((marks_.empty() || (!marks_.back().regular && marks_.back().n + k_between_marks <= n)) &&
           marks_.size() < k_most_marks) {
        const Mark last = marks_.empty() ? Mark{} : marks_.back();
        marks_.push_back(walk(rates, last, last.n + k_between_marks, stop));
    }
    const auto behind = std::upper_bound(
        marks_.begin(), marks_.end(), n, [](Tick tick, const Mark& mark) { return tick < mark.n; });
    return behind == marks_.begin() ? Mark{} : *std::prev(behind);
}

LeapCoefficients LeapSequence::at(const LeapRates& rates, Tick n, StopAsker& stop) {
    Mark from = recent_.n <= n ? recent_ : Mark{};
    if (n >= k_between_marks && !from.regular) {
        const Mark mark = nearest(rates, n, stop);
        from = mark.regular || mark.n > from.n ? mark : from;
    }
    from = walk(rates, from, n, stop);
    recent_ = from;
    leap(rates, from.at, n - from.n);
    return from.at;
}

}  // namespace saltus::detail
