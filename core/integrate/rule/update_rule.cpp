// The update rule in its plain form, step by step as docs/semantics.md has it, chunk of neurons by
// chunk.
#include "core/integrate/rule/update_rule.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "core/integrate/rule/kernel_updates.hpp"
#include "core/integrate/rule/power.hpp"

namespace saltus::detail {

namespace {

// Neurons a chunk: their arrays stay in the first-level cache from one step of the rule to the
// next.
constexpr std::uint32_t k_chunk = 512;

template <class Real>
bool same_bits(Real a, Real b) {
    using Bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
    return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

// Writes `next` over `state` and says whether any bit differed.
template <class Real>
bool store(Real* state, const Real* next, std::uint32_t n, bool ask_changed) {
    bool changed = false;
    if (ask_changed) {
        for (std::uint32_t j = 0; j < n; ++j) {
            changed |= !same_bits(state[j], next[j]);
        }
    }
    std::copy(next, next + n, state);
    return changed;
}

// One chunk of neurons on its way through the rule. Pointers are those of the chunk's first neuron.
template <class Real>
class Chunk {
  public:
    Chunk(const CompiledNeurons<Real>& rule,
          PopulationState<Real>& state,
          std::uint32_t begin,
          std::uint32_t size,
          Tick t,
          Tick gap,
          bool ask_changed,
          Packet& out,
          UpdateOutcome& outcome)
        : rule_(rule),
          state_(state),
          begin_(begin),
          size_(size),
          t_(t),
          gap_(gap),
          ask_changed_(ask_changed),
          v_(&state.v[begin]),
          out_(out),
          outcome_(outcome),
          any_held_(state.held.any()) {}

    void run() {
        if (any_held_ && rule_.rule.refractory == Refractory::drop) {
            drop_input();
        }
        leak();
        for (std::size_t k = 0; k < rule_.receptors.size(); ++k) {
            add_current(k);
        }
        late_resets();
        if (any_held_ && rule_.rule.refractory == Refractory::hold) {
            for (std::uint32_t j = 0; j < size_; ++j) {
                if (held(j)) {
                    h_[j] = v_[j];
                }
            }
        }
        check_finite();
        if constexpr (std::is_same_v<Real, float>) {
            if (outcome_.tested != nullptr) {
                std::copy(h_, h_ + size_, outcome_.tested);
            }
        }
        fire();
    }

  private:
    [[nodiscard]] bool held(std::uint32_t j) const {
        return any_held_ && state_.held.holds(begin_ + j);
    }

    void drop_input() {
        for (auto& x : state_.x) {
            for (std::uint32_t j = 0; j < size_; ++j) {
                if (held(j)) {
                    x[begin_ + j] = Real(0);
                }
            }
        }
    }

    // The resets owed from the tick before, as counts: r0 of the rule.
    [[nodiscard]] Real owed(std::uint32_t j) const {
        if (rule_.rule.previous_reset_counts) {
            return passes(rule_.rule.comparison, v_[j], rule_.theta[begin_ + j]) ? Real(1)
                                                                                 : Real(0);
        }
        return rule_.owes_reset ? static_cast<Real>(state_.owed[begin_ + j]) : Real(0);
    }

    [[nodiscard]] Real reset_by(std::uint32_t j, Real h, Real n) const {
        return reset(rule_.rule.reset, h, n, rule_.theta[begin_ + j], rule_.v_reset[begin_ + j]);
    }

    // h = L * (m - v_rest) + v_rest; a v_rest of 0 is a missing term.
    void leak() {
        const Real* m = v_;
        if (rule_.owes_reset && rule_.rule.reset_when == ResetWhen::next_before_leak) {
            for (std::uint32_t j = 0; j < size_; ++j) {
                const Real r = owed(j);
                m_[j] = r > 0 ? reset_by(j, v_[j], r) : v_[j];
            }
            m = m_;
        }
        if (rule_.beta.uniform() && rule_.v_rest.uniform()) {
            const Real l = gap_ == 1 ? rule_.beta.one : power(rule_.beta.one, gap_);
            const Real rest = rule_.v_rest.one;
            if (rest == 0) {
                for (std::uint32_t j = 0; j < size_; ++j) {
                    h_[j] = l * m[j];
                }
            } else {
                for (std::uint32_t j = 0; j < size_; ++j) {
                    h_[j] = l * (m[j] - rest) + rest;
                }
            }
            return;
        }
        for (std::uint32_t j = 0; j < size_; ++j) {
            const Real beta = rule_.beta[begin_ + j];
            const Real l = gap_ == 1 ? beta : power(beta, gap_);
            const Real rest = rule_.v_rest[begin_ + j];
            h_[j] = rest == 0 ? l * m[j] : l * (m[j] - rest) + rest;
        }
    }

    // Advances receptor k's synaptic current and adds what the membrane uses of it.
    void add_current(std::size_t k) {
        const CompiledReceptor<Real>& receptor = rule_.receptors[k];
        const Real* u = &state_.x[k][begin_];
        if (receptor.remembers) {
            Real* const i = &state_.i[k][begin_];
            next_current(receptor, k, i, u);
            if (rule_.rule.current_used == CurrentUsed::tick_before) {
                std::copy(i, i + size_, old_);
                u = old_;
            } else {
                u = i;
            }
            outcome_.changed |= store(i, next_, size_, ask_changed_);
        }
        if (receptor.gain.all(Real(1))) {
            for (std::uint32_t j = 0; j < size_; ++j) {
                h_[j] = h_[j] + u[j];
            }
        } else if (receptor.gain.uniform()) {
            const Real gain = receptor.gain.one;
            for (std::uint32_t j = 0; j < size_; ++j) {
                h_[j] = h_[j] + gain * u[j];
            }
        } else {
            const Real* const gain = &receptor.gain.each[begin_];
            for (std::uint32_t j = 0; j < size_; ++j) {
                h_[j] = h_[j] + (gain[j] == 1 ? u[j] : gain[j] * u[j]);
            }
        }
    }

    void next_current(const CompiledReceptor<Real>& receptor,
                      std::size_t k,
                      const Real* i,
                      const Real* x) {
        if (receptor.filter) {
            const Filter<Real> f = *receptor.filter;
            Real* const i2 = &state_.i2[k][begin_];
            for (std::uint32_t j = 0; j < size_; ++j) {
                next_[j] = (f.a1 * i[j] + f.a2 * i2[j]) + f.b * x[j];
            }
            outcome_.changed |= store(i2, i, size_, ask_changed_);
        } else if (receptor.alpha.uniform() && receptor.alpha.one != 0) {
            const Real alpha = receptor.alpha.one;
            for (std::uint32_t j = 0; j < size_; ++j) {
                next_[j] = alpha * i[j] + x[j];
            }
        } else {
            for (std::uint32_t j = 0; j < size_; ++j) {
                const Real alpha = receptor.alpha[begin_ + j];
                next_[j] = alpha == 0 ? x[j] : alpha * i[j] + x[j];
            }
        }
    }

    // Resets that act on h: owed ones, those of previous_reset_counts, the reset trace.
    void late_resets() {
        const NeuronSpec& rule = rule_.rule;
        if (rule.previous_reset_counts ||
            (rule_.owes_reset && rule.reset_when == ResetWhen::next_after_input)) {
            for (std::uint32_t j = 0; j < size_; ++j) {
                const Real r = owed(j);
                if (r > 0) {
                    h_[j] = reset_by(j, h_[j], r);
                }
            }
        } else if (rule_.owes_reset && rule.reset_when == ResetWhen::next_over_all) {
            for (std::uint32_t j = 0; j < size_; ++j) {
                if (owed(j) > 0) {
                    h_[j] = rule_.v_reset[begin_ + j];
                }
            }
        }
        if (rule.reset_trace) {
            Real* const q = &state_.q[begin_];
            for (std::uint32_t j = 0; j < size_; ++j) {
                next_[j] = rule_.reset_trace * q[j] + static_cast<Real>(state_.fired[begin_ + j]);
                h_[j] = h_[j] - next_[j];
            }
            outcome_.changed |= store(q, next_, size_, ask_changed_);
        }
    }

    void check_finite() {
        bool finite = true;
        for (std::uint32_t j = 0; j < size_; ++j) {
            finite &= std::abs(h_[j]) <= std::numeric_limits<Real>::max();
        }
        if (finite || outcome_.not_finite) {
            return;
        }
        std::uint32_t j = 0;
        while (std::isfinite(h_[j])) {
            ++j;
        }
        outcome_.not_finite = begin_ + j;
    }

    // True if no neuron of the chunk fires, now or by what it keeps: then v = h, and the floor.
    [[nodiscard]] bool none_passes() const {
        if (!rule_.theta.uniform()) {
            return false;
        }
        const Real theta = rule_.theta.one;
        bool any = false;
        if (rule_.rule.comparison == Comparison::at_least) {
            for (std::uint32_t j = 0; j < size_; ++j) {
                any |= h_[j] >= theta;
            }
        } else {
            for (std::uint32_t j = 0; j < size_; ++j) {
                any |= h_[j] > theta;
            }
        }
        return !any;
    }

    void fire() {
        const NeuronSpec& rule = rule_.rule;
        const bool may = rule.fires && rule_.firing_window.holds(t_);
        const bool plain = !rule_.owes_reset && !rule.previous_reset_counts && !rule.reset_trace;
        if (!(plain && none_passes())) {
            for (std::uint32_t j = 0; j < size_; ++j) {
                fire_one(j, may);
            }
        }
        if (rule_.floor) {
            const Real floor = *rule_.floor;
            for (std::uint32_t j = 0; j < size_; ++j) {
                h_[j] = h_[j] < floor ? floor : h_[j];
            }
        }
        outcome_.changed |= store(v_, h_, size_, ask_changed_);
    }

    // Steps 4 and 5 for one neuron; leaves its next v, before the floor, in h_.
    void fire_one(std::uint32_t j, bool may) {
        const NeuronSpec& rule = rule_.rule;
        const Slot slot = begin_ + j;
        const Real theta = rule_.theta[slot];
        std::uint32_t n = may && !held(j) ? spikes_of(rule, h_[j], theta) : 0;
        if (n == k_too_many_spikes) {
            outcome_.too_many = outcome_.too_many.value_or(slot);
            n = 0;
        }
        if (rule.previous_reset_counts) {
            h_[j] = h_[j] - (static_cast<Real>(n) - owed(j)) * theta;
        } else if (rule.reset_when == ResetWhen::at_firing) {
            if (n > 0) {
                h_[j] = reset_by(j, h_[j], static_cast<Real>(n));
            }
        } else {
            outcome_.changed |= state_.owed[slot] != n;
            state_.owed[slot] = n;
        }
        if (rule.reset_trace) {
            outcome_.changed |= state_.fired[slot] != n;
            state_.fired[slot] = n;
        }
        outcome_.passes |= passes(rule.comparison, h_[j], theta);
        if (n == 0) {
            return;
        }
        ++outcome_.fired;
        if (rule_.has_refractory) {
            state_.held.hold(slot, t_ + rule.refractory_ticks);
        }
        out_.slots.push_back(slot);
        if (rule.spikes_per_tick == SpikesPerTick::trunc) {
            out_.payloads.push_back(static_cast<float>(n));
        }
    }

    const CompiledNeurons<Real>& rule_;
    PopulationState<Real>& state_;
    std::uint32_t begin_;
    std::uint32_t size_;
    Tick t_;
    Tick gap_;
    bool ask_changed_;
    Real* v_;
    Packet& out_;
    UpdateOutcome& outcome_;
    bool any_held_;
    Real h_[k_chunk];
    Real m_[k_chunk];
    Real old_[k_chunk];
    Real next_[k_chunk];
};

}  // namespace

template <class Real>
void update(const CompiledNeurons<Real>& rule,
            PopulationState<Real>& state,
            std::uint32_t begin,
            std::uint32_t end,
            Tick t,
            Tick gap,
            bool ask_changed,
            Packet& out,
            UpdateOutcome& outcome) {
    if constexpr (std::is_same_v<Real, float>) {
        if (rule.is_simple) {
            update_simple(rule, state, begin, end, t, gap, out, outcome);
            return;
        }
        if (rule.has_current_kernel) {
            update_currents(rule, state, t, ask_changed, out, outcome);
            return;
        }
    }
    for (std::uint32_t at = begin; at < end; at += k_chunk) {
        Chunk<Real>(rule, state, at, std::min(k_chunk, end - at), t, gap, ask_changed, out, outcome)
            .run();
    }
}

template void update<float>(const CompiledNeurons<float>&,
                            PopulationState<float>&,
                            std::uint32_t,
                            std::uint32_t,
                            Tick,
                            Tick,
                            bool,
                            Packet&,
                            UpdateOutcome&);
template void update<double>(const CompiledNeurons<double>&,
                             PopulationState<double>&,
                             std::uint32_t,
                             std::uint32_t,
                             Tick,
                             Tick,
                             bool,
                             Packet&,
                             UpdateOutcome&);

}  // namespace saltus::detail
