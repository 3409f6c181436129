// How neurons take what arrives, and the three clocks: the update rule of stepped and lazy
// populations, and the closed form of leaping ones.
#include <algorithm>
#include <cmath>

#include "tests/reference/reference.hpp"

namespace reference {

namespace {

template <class Real>
bool passes(const Population& p, std::size_t j, Real h) {
    return p.above ? h > Real(p.theta[j]) : h >= Real(p.theta[j]);
}

template <class Real>
Real reset(const Population& p, std::size_t j, Real h, Real n) {
    if (p.reset == "none") {
        return h;
    }
    return p.reset == "subtract theta" ? h - n * Real(p.theta[j]) : Real(p.v_reset[j]);
}

}  // namespace

// Adds what arrives at t to x [slot][receptor], to each in ascending (projection, source slot).
template <class Real>
void Simulation<Real>::deliver(std::size_t P,
                               Tick t,
                               std::vector<std::vector<Real>>& x,
                               std::vector<bool>& reached) const {
    for (std::size_t k = 0; k < network_.projections.size(); ++k) {
        const Projection& p = network_.projections[k];
        if (p.target != P || t < p.delay) {
            continue;
        }
        const Packet& packet = sent_[k][static_cast<std::size_t>(t - p.delay)];
        bool payloads = false;
        for (const auto& sent : packet) {
            payloads = payloads || sent.second != 1;
        }
        std::vector<std::int64_t> integer(x.size());
        std::vector<const Synapse*> any(x.size());
        for (const auto& [slot, payload] : packet) {
            for (const Synapse& y : p.rows[slot]) {
                any[y.target] = &y;
                integer[y.target] += y.q;
                if (p.int8 && !payloads) {
                    continue;
                }
                Real& sum = x[y.target][p.receptor];
                sum = sum + (payload == 1 ? Real(y.weight) : Real(y.weight) * Real(payload));
            }
        }
        for (std::size_t j = 0; j < x.size(); ++j) {
            if (any[j] == nullptr) {
                continue;
            }
            reached[j] = true;
            Real& sum = x[j][p.receptor];
            if (p.int8 && !payloads) {
                sum = sum + Real(any[j]->scale) * Real(integer[j]);
            }
        }
    }
}

template <class Real>
void Simulation<Real>::run_neurons(std::size_t P, Tick t) {
    const Population& p = network_.populations[P];
    Neurons& s = neurons_[P];
    std::vector<std::vector<Real>> x(p.size(), std::vector<Real>(p.receptors.size(), 0));
    if (p.clock != "leaps") {
        for (std::size_t j = 0; j < p.size(); ++j) {
            for (std::size_t k = 0; k < p.receptors.size(); ++k) {
                if (p.receptors[k].drive_window.contains(t)) {
                    x[j][k] = s.drive[j][k];
                }
            }
        }
    }
    std::vector<bool> reached(p.size(), false);
    deliver(P, t, x, reached);
    if (p.clock == "leaps") {
        for (std::size_t j = 0; j < p.size(); ++j) {
            leap(P, j, t, x[j], reached[j]);
        }
        return;
    }
    const std::size_t block = p.clock == "lazy" ? p.block : p.size();
    for (std::size_t first = 0; first < p.size(); first += block) {
        const std::size_t end = std::min(first + block, p.size());
        bool advance = p.clock == "stepped" || every_tick_;
        for (std::size_t j = first; j < end; ++j) {
            advance = advance || advances(P, j, t, reached[j]);
        }
        for (std::size_t j = first; advance && j < end; ++j) {
            const Tick n = p.clock == "lazy" ? t - s.last[j] : 1;
            update(P, j, t, power(Real(p.beta[j]), n), x[j]);
            s.last[j] = t;
        }
    }
}

// Whether neuron j's block is advanced at t because of j (a, b) or of the window (c).
template <class Real>
bool Simulation<Real>::advances(std::size_t P, std::size_t j, Tick t, bool reached) const {
    const Population& p = network_.populations[P];
    const Neurons& s = neurons_[P];
    if (reached) {
        return true;
    }
    if (!p.fires) {
        return false;
    }
    const bool leaves_refractory = p.refractory_ticks > 1 && s.free[j] == t;
    return s.fired[j] > 0 || leaves_refractory || t == p.firing_window.from;
}

template <class Real>
void Simulation<Real>::update(std::size_t P, std::size_t j, Tick t, Real L, std::vector<Real> x) {
    const Population& p = network_.populations[P];
    Neurons& s = neurons_[P];
    const std::size_t receptors = p.receptors.size();
    const bool held = t < s.free[j];
    if (held && p.refractory == "drop") {
        x.assign(receptors, 0);
    }

    std::vector<Real> u(receptors);
    for (std::size_t k = 0; k < receptors; ++k) {
        const Receptor& receptor = p.receptors[k];
        Real& i = s.i[j][k];
        const Real old = i;
        const auto alpha = Real(receptor.alpha[j]);
        if (receptor.second_order) {
            const SecondOrder& f = *receptor.second_order;
            i = (Real(f.a1) * i + Real(f.a2) * s.i2[j][k]) + Real(f.b) * x[k];
            s.i2[j][k] = old;
        } else {
            i = alpha == 0 ? x[k] : alpha * i + x[k];
        }
        u[k] = p.tick_before ? old : i;
    }

    const Real v = s.v[j];
    const Real r0 = p.previous_reset_counts ? (passes(p, j, v) ? Real(1) : Real(0)) : s.r[j];
    Real h = r0 > 0 && p.reset_when == "next_before_leak" ? reset(p, j, v, r0) : v;
    h = leak(L, h, Real(p.v_rest[j]));
    for (std::size_t k = 0; k < receptors; ++k) {
        const auto gain = Real(p.receptors[k].gain[j]);
        h = h + (gain == 1 ? u[k] : gain * u[k]);
    }
    if (r0 > 0 && (p.previous_reset_counts || p.reset_when == "next_after_input")) {
        h = reset(p, j, h, r0);
    }
    if (r0 > 0 && p.reset_when == "next_over_all") {
        h = Real(p.v_reset[j]);
    }
    if (p.reset_trace) {
        s.q[j] = Real(*p.reset_trace) * s.q[j] + Real(s.fired[j]);
        h = h - s.q[j];
    }
    if (held && p.refractory == "hold") {
        h = v;
    }

    const std::int64_t n = test(P, j, t, h);
    s.v[j] = h;
    s.r[j] = 0;
    if (p.previous_reset_counts) {
        s.v[j] = h - (Real(n) - r0) * Real(p.theta[j]);
    } else if (p.reset_when != "at_firing") {
        s.r[j] = Real(n);
    } else if (n > 0) {
        s.v[j] = reset(p, j, h, Real(n));
    }
    if (p.floor && s.v[j] < Real(*p.floor)) {
        s.v[j] = Real(*p.floor);
    }
    s.fired[j] = n;
    if (n > 0) {
        s.free[j] = t + p.refractory_ticks;
        packets_[P][j] = static_cast<float>(n);
    }
}

template <class Real>
std::int64_t Simulation<Real>::test(std::size_t P, std::size_t j, Tick t, Real h) const {
    const Population& p = network_.populations[P];
    if (!p.fires || !p.firing_window.contains(t) || t < neurons_[P].free[j]) {
        return 0;
    }
    if (!p.trunc) {
        return passes(p, j, h) ? 1 : 0;
    }
    return h > 0 ? static_cast<std::int64_t>(std::trunc(h / Real(p.theta[j]))) : 0;
}

// Those of n ticks follow from those of n - 1, which are kept.
template <class Real>
const typename Simulation<Real>::Leap& Simulation<Real>::leap_over(
    Tick n, const std::array<double, 4>& parameters) const {
    const auto [alpha, beta, gain, tick_before] = parameters;
    std::vector<Leap>& leaps = leaps_[parameters];
    if (leaps.empty()) {
        leaps.push_back({1, 0, 0, 0});
    }
    while (static_cast<Tick>(leaps.size()) <= n) {
        const Leap& l = leaps.back();
        const double a1 = alpha * l.a;
        const double b1 = alpha * l.b + 1;
        const double c1 = beta * l.c + gain * (tick_before != 0 ? l.a : a1);
        const double e1 = beta * l.e + gain * (tick_before != 0 ? l.b : b1);
        leaps.push_back({a1, b1, c1, e1});
    }
    return leaps[static_cast<std::size_t>(n)];
}

// From the state stored at `last` to the value after t, under a constant drive and without
// arrivals.
template <class Real>
void Simulation<Real>::move(std::size_t P,
                            std::size_t j,
                            Tick t,
                            const std::vector<Real>& drive,
                            bool held,
                            Real& v,
                            std::vector<Real>& i) const {
    const Population& p = network_.populations[P];
    const Tick n = t - neurons_[P].last[j];
    if (n == 0) {
        return;
    }
    const std::vector<Real> i0 = i;
    const Real before = v;
    v = leak(power(Real(p.beta[j]), n), v, Real(p.v_rest[j]));
    for (std::size_t k = 0; k < p.receptors.size(); ++k) {
        const Leap& leap = leap_over(n,
                                     {p.receptors[k].alpha[j],
                                      p.beta[j],
                                      p.receptors[k].gain[j],
                                      p.tick_before ? 1.0 : 0.0});
        i[k] = Real(leap.a) * i0[k] + Real(leap.b) * drive[k];
        v = v + Real(leap.c) * i0[k];
        v = v + Real(leap.e) * drive[k];
    }
    if (held && p.refractory == "hold") {
        v = before;
    }
}

template <class Real>
void Simulation<Real>::leap(
    std::size_t P, std::size_t j, Tick t, const std::vector<Real>& x, bool reached) {
    const Population& p = network_.populations[P];
    Neurons& s = neurons_[P];
    const bool held = t < s.free[j];
    const bool drop = held && p.refractory == "drop";
    std::vector<Real> drive(p.receptors.size(), 0);
    for (std::size_t k = 0; k < drive.size(); ++k) {
        if (p.receptors[k].drive_window.contains(t) && !drop) {
            drive[k] = s.drive[j][k];
        }
    }
    const bool leaves_refractory = p.refractory_ticks > 1 && s.free[j] == t;
    if (drive != s.drive_before[j] || leaves_refractory) {
        move(P, j, t - 1, s.drive_before[j], t - 1 < s.free[j], s.v[j], s.i[j]);
        s.last[j] = t - 1;
    }
    s.drive_before[j] = drive;

    Real v = s.v[j];
    std::vector<Real> i = s.i[j];
    move(P, j, t, drive, held, v, i);
    const bool arrives = reached && !drop;
    for (std::size_t k = 0; arrives && k < i.size(); ++k) {
        const auto gain = Real(p.receptors[k].gain[j]);
        i[k] = i[k] + x[k];
        if (!p.tick_before && !(held && p.refractory == "hold")) {
            v = v + (gain == 1 ? x[k] : gain * x[k]);
        }
    }
    const std::int64_t n = test(P, j, t, v);
    s.fired[j] = n;
    if (n > 0) {
        v = reset(p, j, v, Real(n));
        s.free[j] = t + p.refractory_ticks;
        packets_[P][j] = static_cast<float>(n);
    }
    if (n > 0 || arrives) {
        s.v[j] = v;
        s.i[j] = i;
        s.last[j] = t;
    }
}

template void Simulation<float>::run_neurons(std::size_t, Tick);
template void Simulation<double>::run_neurons(std::size_t, Tick);
template void Simulation<float>::move(std::size_t,
                                      std::size_t,
                                      Tick,
                                      const std::vector<float>&,
                                      bool,
                                      float&,
                                      std::vector<float>&) const;
template void Simulation<double>::move(std::size_t,
                                       std::size_t,
                                       Tick,
                                       const std::vector<double>&,
                                       bool,
                                       double&,
                                       std::vector<double>&) const;

}  // namespace reference
