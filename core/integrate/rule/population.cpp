#include "core/integrate/rule/population.hpp"

#include <algorithm>
#include <bit>

namespace saltus::detail {

namespace {

template <class Real>
void fill(Lanes<Real>& to, const Values<Real>& from, std::uint32_t neurons) {
    if (from.uniform()) {
        to.assign(neurons, from.one);
    } else {
        to.assign(from.each.begin(), from.each.end());
    }
}
}  // namespace

template <class Real>
void PopulationState<Real>::allocate(const CompiledNeurons<Real>& rule, std::uint32_t size) {
    neurons = size;
    const std::size_t receptors = rule.receptors.size();
    i.resize(receptors);
    i2.resize(receptors);
    const std::size_t padded = row_pitch(neurons, 1);
    x.resize(receptors);
    if (rule.rule.clock != Clock::stepped) {
        make_room_for_input();
    }
    drive.resize(receptors);
    for (std::size_t k = 0; k < receptors; ++k) {
        if (rule.receptors[k].driven) {
            drive[k].resize(padded);
        }
    }
    if (rule.rule.clock != Clock::stepped) {
        const std::uint32_t blocks = (neurons + rule.block - 1) / rule.block;
        touched.assign(blocks);
        if (rule.rule.clock == Clock::lazy) {
            last.resize(blocks);
        }
    }
    if (rule.rule.clock == Clock::leaps) {
        // far enough that few neurons come round again, no larger than the population is
        wheel.allocate(std::clamp(std::bit_ceil(neurons), 64U, 4096U));
        cells.allocate(neurons, receptors);
    }
    reset(rule);
}

template <class Real>
void PopulationState<Real>::reset(const CompiledNeurons<Real>& rule) {
    const bool leaps = rule.rule.clock == Clock::leaps;
    if (!leaps) {
        fill(v, rule.v_init, neurons);
    }
    for (std::size_t k = 0; k < i.size(); ++k) {
        if (rule.receptors[k].remembers && !leaps) {
            i[k].assign(neurons, Real(0));
        }
        if (rule.receptors[k].filter) {
            i2[k].assign(neurons, Real(0));
        }
        if (!x_clear) {
            std::fill(x[k].begin(), x[k].end(), Real(0));
        }
    }
    if (rule.rule.reset_trace) {
        q.assign(neurons, Real(0));
        fired.assign(neurons, 0);
    }
    if (rule.owes_reset) {
        owed.assign(neurons, 0);
    }
    if (rule.has_refractory) {
        held.assign(neurons);
    }
    x_clear = true;
    x_waits = false;
    std::fill(last.begin(), last.end(), Tick(-1));
    touched.clear();
    fired_due.clear();
    pristine = true;
    if (leaps) {
        for (Slot slot = 0; slot < neurons; ++slot) {
            cells.last(slot) = -1;
            cells.look(slot) = k_no_tick;
            cells.due(slot) = k_no_tick;
            cells.v(slot) = rule.v_init[slot];
            std::fill_n(cells.i(slot), i.size(), Real(0));
        }
        wheel.clear();
        look_at_all = false;
        effective.resize(i.size());
        for (std::size_t k = 0; k < i.size(); ++k) {
            effective[k].assign(drive[k].size(), Real(0));
        }
    }
}

template <class Real>
void PopulationState<Real>::carry(Tick ran) {
    for (auto& input : x) {
        std::fill(input.begin(), input.end(), Real(0));
    }
    x_clear = true;
    x_waits = false;
    touched.clear();
    held.shift(ran);
    for (Tick& tick : last) {
        tick -= ran;
    }
    for (Slot slot = 0; slot < cells.size(); ++slot) {
        cells.last(slot) -= ran;
        cells.look(slot) = k_no_tick;
        cells.due(slot) = k_no_tick;
    }
    wheel.clear();
    look_at_all = true;
    fired_due.shift(ran);
    pristine = false;
}

template struct PopulationState<float>;
template struct PopulationState<double>;

}  // namespace saltus::detail
