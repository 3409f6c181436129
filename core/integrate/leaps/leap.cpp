#include "core/integrate/leaps/leap.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

#include "core/integrate/rule/power.hpp"

namespace saltus::detail {

namespace {

constexpr Tick k_table_ticks = 1 << 16;  // longer gaps are not tabled

template <class Real>
ReceptorLeap<Real> rounded(const LeapCoefficients& at) {
    return {static_cast<Real>(at.a),
            static_cast<Real>(at.b),
            static_cast<Real>(at.c),
            static_cast<Real>(at.e)};
}

}  // namespace

template <class Real>
LeapTables<Real>::LeapTables(const CompiledNeurons<Real>& rule,
                             std::uint32_t neurons,
                             StopAsker& stop)
    : rule_(rule), stop_(stop), uniform_(rule.beta.uniform()), row_(rule.receptors.size()) {
    for (const CompiledReceptor<Real>& receptor : rule.receptors) {
        uniform_ = uniform_ && receptor.alpha.uniform() && receptor.gain.uniform();
    }
    sequences_.resize((uniform_ ? 1 : std::size_t{neurons}) * rule.receptors.size());
}

template <class Real>
LeapRates LeapTables<Real>::rates(Slot slot, std::size_t receptor) const {
    const CompiledReceptor<Real>& of = rule_.receptors[receptor];
    return {static_cast<double>(of.alpha[slot]),
            static_cast<double>(rule_.beta[slot]),
            static_cast<double>(of.gain[slot]),
            rule_.rule.current_used == CurrentUsed::tick_before,
            of.driven,
            std::is_same_v<Real, float>};
}

// Makes the table longer, rarely: from the start, since its last row is not kept in float64.
template <class Real>
void LeapTables<Real>::extend(Tick n) {
    const std::size_t receptors = rule_.receptors.size();
    const Tick rows = std::min(k_table_ticks, std::max<Tick>(2 * n, 64));
    table_.resize(static_cast<std::size_t>(rows) * receptors);
    for (std::size_t k = 0; k < receptors; ++k) {
        LeapCoefficients at;
        for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
            at = step(rates(0, k), at);
            table_[row * receptors + k] = rounded<Real>(at);
        }
    }
}

template <class Real>
const ReceptorLeap<Real>* LeapTables<Real>::at(Slot slot, Tick n) {
    const std::size_t receptors = rule_.receptors.size();
    if (uniform_ && n <= k_table_ticks) {
        if (table_.size() < static_cast<std::size_t>(n) * receptors) {
            extend(n);
        }
        return &table_[static_cast<std::size_t>(n - 1) * receptors];
    }
    if (uniform_ && n == row_n_) {
        return row_.data();
    }
    const std::size_t first = uniform_ ? 0 : slot * receptors;
    for (std::size_t k = 0; k < receptors; ++k) {
        row_[k] = rounded<Real>(sequences_[first + k].at(rates(slot, k), n, stop_));
    }
    row_n_ = n;
    return row_.data();
}

template <class Real>
void leap_to(const CompiledNeurons<Real>& rule,
             const PopulationState<Real>& state,
             LeapTables<Real>& tables,
             Slot slot,
             Tick t,
             bool held,
             LeapState<Real>& out) {
    const std::size_t receptors = rule.receptors.size();
    out.i.resize(receptors);
    out.v = state.cells.v(slot);
    for (std::size_t k = 0; k < receptors; ++k) {
        out.i[k] = state.cells.i(slot)[k];
    }
    const Tick n = t - state.cells.last(slot);
    if (n == 0) {
        return;
    }

    const bool dropped = held && rule.rule.refractory == Refractory::drop;
    const ReceptorLeap<Real>* const leaps = tables.at(slot, n);

    Real v = out.v;
    const Real rest = rule.v_rest[slot];
    const Real l = power(rule.beta[slot], n);
    v = rest == 0 ? l * v : l * (v - rest) + rest;
    for (std::size_t k = 0; k < receptors; ++k) {
        const bool driven = rule.receptors[k].driven && !dropped;
        const bool remembers = rule.receptors[k].remembers;
        if (remembers) {
            v = v + leaps[k].c * out.i[k];
        }
        if (driven) {
            v = v + leaps[k].d * state.effective[k][slot];
        }
        if (remembers) {
            out.i[k] = driven ? leaps[k].a * out.i[k] + leaps[k].b * state.effective[k][slot]
                              : leaps[k].a * out.i[k];
        }
    }
    if (!(held && rule.rule.refractory == Refractory::hold)) {
        out.v = v;
    }
}

// The sum of a geometric series of ratio r over at most T ticks.
template <class Real>
double series(Real ratio, Tick horizon) {
    const auto r = static_cast<double>(ratio);
    const auto ticks = static_cast<double>(horizon);
    return r < 1 ? std::min(1 / (1 - r), ticks) : ticks;
}

// Bounds on a receptor's coefficients over all gaps: c and d are between 0 and these.
template <class Real>
struct Reach {
    double c;
    double d;

    Reach(const CompiledNeurons<Real>& rule, std::size_t k, Slot slot, Tick horizon) {
        const CompiledReceptor<Real>& receptor = rule.receptors[k];
        const double leak = series(rule.beta[slot], horizon);
        const double current = series(receptor.alpha[slot], horizon);
        const auto gain = static_cast<double>(receptor.gain[slot]);
        c = gain * std::min(current, leak);
        d = gain * current * leak;
    }
};

template <class Real>
bool may_cross(const CompiledNeurons<Real>& rule,
               const PopulationState<Real>& state,
               Slot slot,
               const LeapState<Real>& now,
               Tick horizon) {
    const auto rest = static_cast<double>(rule.v_rest[slot]);
    const auto theta = static_cast<double>(rule.theta[slot]);
    const auto v = static_cast<double>(now.v);
    double highest = rest + std::max(0.0, v - rest);
    double scale = std::abs(rest) + std::abs(v) + std::abs(theta) +
                   std::abs(static_cast<double>(state.cells.v(slot)));
    for (std::size_t k = 0; k < rule.receptors.size(); ++k) {
        const Reach<Real> reach(rule, k, slot, horizon);
        const double from_current = reach.c * static_cast<double>(now.i[k]);
        highest += std::max(0.0, from_current);
        scale += std::abs(from_current) +
                 std::abs(reach.c * static_cast<double>(state.cells.i(slot)[k]));
        if (rule.receptors[k].driven) {
            const double from_drive = reach.d * static_cast<double>(state.effective[k][slot]);
            highest += std::max(0.0, from_drive);
            scale += std::abs(from_drive);
        }
    }
    // Rounding of the closed form is far below this share of the terms; "not below" keeps NaN
    // alive.
    return !(highest + 1e-4 * scale < theta);
}

LeapPlan::LeapPlan(const CompiledNeurons<float>& rule,
                   LeapTables<float>& tables,
                   Tick reach,
                   Tick horizon)
    : rule_(rule), tables_(tables), receptors_(static_cast<std::uint32_t>(rule.receptors.size())) {
    for (const CompiledReceptor<float>& receptor : rule.receptors) {
        driven_ = driven_ || receptor.driven;
    }
    row_stride_ = (1 + (driven_ ? 4 : 2) * receptors_ + 3) / 4 * 4;
    extend(reach);
    find_bounds(reach, horizon);
    prepare();
}

bool LeapPlan::extend(Tick n) {
    if (n > k_table_ticks) {
        return false;
    }
    const Tick from = row_count_;
    row_count_ = std::max(row_count_, std::min(k_table_ticks, std::max(n, 2 * row_count_)));
    rows_.resize(static_cast<std::size_t>(row_count_) * row_stride_);
    tables_.at(0, row_count_);
    for (Tick row = from; row < row_count_; ++row) {
        float* const to = &rows_[static_cast<std::size_t>(row) * row_stride_];
        const ReceptorLeap<float>* const leaps = tables_.at(0, row + 1);
        to[0] = power(rule_.beta.one, row + 1);
        for (std::uint32_t k = 0; k < receptors_; ++k) {
            to[1 + 2 * k] = leaps[k].a;
            to[2 + 2 * k] = leaps[k].c;
            if (driven_) {
                to[1 + 2 * receptors_ + 2 * k] = leaps[k].b;
                to[2 + 2 * receptors_ + 2 * k] = leaps[k].d;
            }
        }
    }
    run_.rows = rows_.data();
    run_.row_stride = row_stride_;
    run_.row_count = row_count_;
    return true;
}

// Segments of one tick each at first, then about three quarters as long as they are far away.
void LeapPlan::find_bounds(Tick reach, Tick horizon) {
    std::uint32_t at = 1;
    std::uint32_t segments = 0;
    for (; segments < k_segments; ++segments) {
        const std::uint32_t next = at + std::max(1U, at * 3 / 4);
        if (next >= reach) {
            break;
        }
        bounds_.start[segments] = at;
        at = next;
    }
    std::fill(bounds_.start + segments, std::end(bounds_.start), at);
    const auto find = [&](LeapBounds::Range& range, std::uint32_t column) {
        for (std::uint32_t s = 0; s < segments; ++s) {
            range.least[s] = range.greatest[s] =
                rows_[(bounds_.start[s] - 1) * row_stride_ + column];
            for (std::uint32_t n = bounds_.start[s]; n < bounds_.start[s + 1]; ++n) {
                const float factor = rows_[(n - 1) * row_stride_ + column];
                range.least[s] = std::min(range.least[s], factor);
                range.greatest[s] = std::max(range.greatest[s], factor);
                range.magnitude = std::max(range.magnitude, std::abs(factor));
            }
        }
        std::fill(range.least + segments, std::end(range.least), range.least[segments - 1]);
        std::fill(
            range.greatest + segments, std::end(range.greatest), range.greatest[segments - 1]);
    };
    const auto set_ever = [](LeapBounds::Range& range, double most) {
        // rounded outwards, and some
        range.least_ever = static_cast<float>(std::min(0.0, most * 1.000001));
        range.greatest_ever = static_cast<float>(std::max(0.0, most * 1.000001));
        range.magnitude =
            std::max({range.magnitude, range.greatest_ever, std::abs(range.least_ever)});
    };
    find(bounds_.leak, 0);
    for (std::uint32_t k = 0; k < receptors_; ++k) {
        const Reach<float> ever(rule_, k, 0, horizon);
        find(bounds_.c[k], 2 + 2 * k);
        set_ever(bounds_.c[k], ever.c);
        if (driven_) {
            find(bounds_.d[k], 2 + 2 * receptors_ + 2 * k);
            set_ever(bounds_.d[k], ever.d);
        }
    }
}

void LeapPlan::prepare() {
    run_.receptors = receptors_;
    run_.bounds = &bounds_;
    for (std::uint32_t k = 0; k < receptors_; ++k) {
        run_.remembers[k] = rule_.receptors[k].remembers;
        run_.gain[k] = rule_.receptors[k].gain.one;
    }
    run_.v_rest = rule_.v_rest.one;
    run_.theta = rule_.theta.one;
    run_.v_reset = rule_.v_reset.one;
    run_.current_before = rule_.rule.current_used == CurrentUsed::tick_before;
    run_.above = rule_.rule.comparison == Comparison::above;
    run_.subtracts = rule_.rule.reset == Reset::subtract;
    run_.has_refractory = rule_.has_refractory;
    run_.keeps_held = rule_.rule.refractory == Refractory::hold;
    run_.drops_held = rule_.rule.refractory == Refractory::drop;
}

#define SALTUS_INSTANTIATE(Real)                                \
    template class LeapTables<Real>;                            \
    template void leap_to<Real>(const CompiledNeurons<Real>&,   \
                                const PopulationState<Real>&,   \
                                LeapTables<Real>&,              \
                                Slot,                           \
                                Tick,                           \
                                bool,                           \
                                LeapState<Real>&);              \
    template bool may_cross<Real>(const CompiledNeurons<Real>&, \
                                  const PopulationState<Real>&, \
                                  Slot,                         \
                                  const LeapState<Real>&,       \
                                  Tick);

SALTUS_INSTANTIATE(float)
SALTUS_INSTANTIATE(double)

}  // namespace saltus::detail
