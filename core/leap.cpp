#include "core/leap.hpp"

#include <algorithm>
#include <cmath>

#include "core/power.hpp"

namespace saltus::detail {

namespace {

constexpr Tick k_table_ticks = 1 << 16;  // gaps longer than this are stepped along, not tabled

}  // namespace

template <class Real>
LeapTables<Real>::LeapTables(const CompiledNeurons<Real>& rule, std::uint32_t neurons)
    : rule_(rule), uniform_(rule.beta.uniform()) {
    for (const CompiledReceptor<Real>& receptor : rule.receptors) {
        uniform_ = uniform_ && receptor.alpha.uniform() && receptor.gain.uniform();
    }
    cached_.resize(uniform_ ? 1 : neurons);
    for (Cached& cached : cached_) {
        cached.receptors.resize(rule.receptors.size());
    }
}

// a' = alpha a, b' = alpha b + 1, c' = beta c + gain a', e' = beta e + gain b' (a, b instead of a',
// b' for the current of the tick before).
template <class Real>
void LeapTables<Real>::step(Slot slot, Cached& cached) const {
    const bool before = rule_.rule.current_used == CurrentUsed::tick_before;
    const auto beta = static_cast<double>(rule_.beta[slot]);
    ++cached.n;
    for (std::size_t k = 0; k < cached.receptors.size(); ++k) {
        Accumulator& at = cached.receptors[k];
        if (at.settled) {
            continue;
        }
        const auto alpha = static_cast<double>(rule_.receptors[k].alpha[slot]);
        const auto gain = static_cast<double>(rule_.receptors[k].gain[slot]);
        const double a = alpha * at.a;
        const double b = alpha * at.b + 1.0;
        const double c = beta * at.c + gain * (before ? at.a : a);
        const double e = beta * at.e + gain * (before ? at.b : b);
        at.settled = a == at.a && b == at.b && c == at.c && e == at.e;
        at = {a, b, c, e, at.settled};
    }
}

template <class Real>
void LeapTables<Real>::write(const Cached& cached, ReceptorLeap<Real>* out) const {
    for (const Accumulator& at : cached.receptors) {
        *out++ = {static_cast<Real>(at.a),
                  static_cast<Real>(at.b),
                  static_cast<Real>(at.c),
                  static_cast<Real>(at.e)};
    }
}

template <class Real>
const ReceptorLeap<Real>* LeapTables<Real>::at(Slot slot, Tick n) {
    const std::size_t receptors = rule_.receptors.size();
    Cached& cached = cached_[uniform_ ? 0 : slot];
    if (uniform_ && n <= k_table_ticks) {
        if (table_.size() < static_cast<std::size_t>(n) * receptors) {
            Cached grown;  // the table's last row, in float64, is not kept: step from the start,
                           // rarely
            grown.receptors.resize(receptors);
            const Tick rows = std::min(k_table_ticks, std::max<Tick>(2 * n, 64));
            table_.resize(static_cast<std::size_t>(rows) * receptors);
            for (Tick row = 0; row < rows; ++row) {
                step(slot, grown);
                write(grown, &table_[static_cast<std::size_t>(row) * receptors]);
            }
        }
        return &table_[static_cast<std::size_t>(n - 1) * receptors];
    }
    if (cached.n > n) {
        cached = Cached{};
        cached.receptors.resize(receptors);
    }
    while (cached.n < n) {
        const bool settled = std::all_of(cached.receptors.begin(),
                                         cached.receptors.end(),
                                         [](const Accumulator& at) { return at.settled; });
        if (settled) {
            cached.n = n;
        } else {
            step(slot, cached);
        }
    }
    row_.resize(receptors);
    write(cached, row_.data());
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
    out.v = state.v[slot];
    for (std::size_t k = 0; k < receptors; ++k) {
        out.i[k] = rule.receptors[k].remembers ? state.i[k][slot] : Real(0);
    }
    const Tick n = t - state.last[slot];
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

template <class Real>
bool may_cross(const CompiledNeurons<Real>& rule,
               const PopulationState<Real>& state,
               Slot slot,
               const LeapState<Real>& now,
               Tick horizon) {
    // The sum of a geometric series of ratio r over at most T ticks.
    const auto series = [&](double r) {
        const auto ticks = static_cast<double>(horizon);
        return r < 1 ? std::min(1 / (1 - r), ticks) : ticks;
    };
    const auto rest = static_cast<double>(rule.v_rest[slot]);
    const auto theta = static_cast<double>(rule.theta[slot]);
    const auto v = static_cast<double>(now.v);
    const double leak = series(static_cast<double>(rule.beta[slot]));
    double highest = rest + std::max(0.0, v - rest);
    double scale = std::abs(rest) + std::abs(v) + std::abs(theta);
    for (std::size_t k = 0; k < rule.receptors.size(); ++k) {
        const double current = series(static_cast<double>(rule.receptors[k].alpha[slot]));
        const auto gain = static_cast<double>(rule.receptors[k].gain[slot]);
        const double from_current = gain * static_cast<double>(now.i[k]) * std::min(current, leak);
        highest += std::max(0.0, from_current);
        scale += std::abs(from_current);
        if (rule.receptors[k].driven) {
            const double from_drive =
                gain * static_cast<double>(state.effective[k][slot]) * current * leak;
            highest += std::max(0.0, from_drive);
            scale += std::abs(from_drive);
        }
    }
    // Rounding of the closed form is far below this share of the terms; "not below" keeps NaN
    // alive.
    return !(highest + 1e-4 * scale < theta);
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
