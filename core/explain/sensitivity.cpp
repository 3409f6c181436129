#include "core/explain/sensitivity.hpp"

#include <utility>

#include "core/integrate/rule/update_rule.hpp"

namespace saltus::detail {

Sensitivity::Sensitivity(const CompiledNeurons<float>& rule,
                         const Recording& recording,
                         PopulationId id,
                         Slot slot,
                         Tick last,
                         const std::vector<ReplayedTick>& replayed)
    : rule_(rule),
      slot_(slot),
      last_(last),
      replayed_(replayed),
      theta_(rule.theta[slot]),
      v_reset_(rule.v_reset[slot]),
      beta_(rule.beta[slot]),
      v_rest_(rule.v_rest[slot]),
      of_input_(rule.receptors.size()),
      current_(rule.receptors.size()),
      memory_(rule.receptors.size()) {
    const auto ticks = static_cast<std::size_t>(last + 1);
    fired_.resize(ticks);
    find_fired(recording.packets[id]);
    find_refractory();
    for (std::vector<double>& input : of_input_) {
        input.resize(ticks);
    }
    for (Tick t = last; t >= 0; --t) {
        step_back(t);
    }
    const double initial = membrane_ * static_cast<double>(rule.v_init[slot]);
    add({.kind = LedgerTerm::Kind::initial, .contribution = initial});
    add({.kind = LedgerTerm::Kind::rest, .contribution = rest_});
}

void Sensitivity::find_fired(const std::vector<Packet>& packets) {
    for (const Packet& packet : packets) {
        if (packet.tick > last_) {
            return;
        }
        fired_[static_cast<std::size_t>(packet.tick)] = payload_of(packet, slot_);
    }
}

void Sensitivity::add(LedgerTerm term) {
    if (term.contribution != 0) {
        terms.push_back(std::move(term));
    }
}

void Sensitivity::add_reset(Tick fired_at, double contribution) {
    add({.kind = LedgerTerm::Kind::reset,
         .contribution = contribution,
         .tick = fired_at,
         .payload = fired(fired_at)});
}

// A reset to v_reset: what came before is no longer felt.
void Sensitivity::cut_at(Tick fired_at) {
    add_reset(fired_at, v_reset_ * membrane_);
    membrane_ = 0;
    if (!last_hard_reset_) {
        last_hard_reset_ = fired_at;
    }
}

// free_[t]: the first tick at which the neuron may fire again, as it stands at t.
void Sensitivity::find_refractory() {
    free_.resize(fired_.size());
    Tick free = 0;
    for (std::size_t t = 0; t < free_.size(); ++t) {
        free_[t] = free;
        if (fired_[t] > 0 && rule_.has_refractory) {
            free = static_cast<Tick>(t) + rule_.rule.refractory_ticks;
        }
    }
}

// Resets that wait for the next tick, as counts, at tick t.
double Sensitivity::owed(Tick t) const {
    if (rule_.rule.previous_reset_counts) {
        const float v = t == 0 ? rule_.v_init[slot_] : replayed_[static_cast<std::size_t>(t - 1)].v;
        return passes(rule_.rule.comparison, v, rule_.theta[slot_]) ? 1 : 0;
    }
    return rule_.owes_reset ? double{fired(t - 1)} : 0;
}

// On entry membrane_, current_, memory_ and trace_ say how the state after tick t is felt (at
// the last tick: how its h is); on exit, how the state before it is.
void Sensitivity::step_back(Tick t) {
    if (t == last_) {
        membrane_ = 1;
    } else {
        undo_firing(t);
    }
    const NeuronSpec& rule = rule_.rule;
    const bool held = refractory(t);
    const bool kept = held && rule.refractory == Refractory::hold;
    const double kept_membrane = kept ? membrane_ : 0;
    if (kept) {
        membrane_ = 0;
    }
    undo_trace(t);
    undo_late_resets(t);
    undo_currents(t, held && rule.refractory == Refractory::drop);
    if (v_rest_ != 0) {
        rest_ += (1 - beta_) * v_rest_ * membrane_;
    }
    membrane_ *= beta_;
    if (rule_.owes_reset && rule.reset_when == ResetWhen::next_before_leak && owed(t) > 0) {
        undo_reset(t - 1, owed(t));
    }
    membrane_ += kept_membrane;
}

void Sensitivity::undo_reset(Tick fired_at, double n) {
    switch (rule_.rule.reset) {
        case Reset::subtract:
            add_reset(fired_at, -n * theta_ * membrane_);
            return;
        case Reset::to_v_reset:
            cut_at(fired_at);
            return;
        case Reset::none:
            return;
    }
}

// The floor and the reset at the firing.
void Sensitivity::undo_firing(Tick t) {
    if (!replayed_.empty() && replayed_[static_cast<std::size_t>(t)].floored) {
        add({.kind = LedgerTerm::Kind::floor,
             .contribution = static_cast<double>(*rule_.floor) * membrane_,
             .tick = t});
        membrane_ = 0;
    }
    const NeuronSpec& rule = rule_.rule;
    const bool at_firing = rule.previous_reset_counts || (rule.reset_when == ResetWhen::at_firing);
    if (at_firing && fired(t) > 0) {
        undo_reset(t, double{fired(t)});
    }
}

// h = h - q, q = d q + fired before.
void Sensitivity::undo_trace(Tick t) {
    if (!rule_.rule.reset_trace) {
        return;
    }
    trace_ -= membrane_;
    add_reset(t - 1, trace_ * double{fired(t - 1)});
    trace_ *= static_cast<double>(rule_.reset_trace);
}

void Sensitivity::undo_late_resets(Tick t) {
    const NeuronSpec& rule = rule_.rule;
    if (rule.previous_reset_counts) {
        // at_firing, the same count is given back: only the membrane asked for has it inside
        if (t == last_) {
            add_reset(t - 1, -owed(t) * theta_ * membrane_);
        }
        return;
    }
    if (!rule_.owes_reset || owed(t) == 0) {
        return;
    }
    if (rule.reset_when == ResetWhen::next_over_all) {
        cut_at(t - 1);
    } else if (rule.reset_when == ResetWhen::next_after_input) {
        undo_reset(t - 1, owed(t));
    }
}

void Sensitivity::undo_currents(Tick t, bool dropped) {
    for (std::size_t k = 0; k < current_.size(); ++k) {
        const CompiledReceptor<float>& receptor = rule_.receptors[k];
        const double used = static_cast<double>(receptor.gain[slot_]) * membrane_;
        const bool now = rule_.rule.current_used == CurrentUsed::this_tick;
        const double after = current_[k] + (now ? used : 0);
        double before = now ? 0 : used;
        double enters = after;
        if (receptor.filter) {
            enters = static_cast<double>(receptor.filter->b) * after;
            before += static_cast<double>(receptor.filter->a1) * after + memory_[k];
            memory_[k] = static_cast<double>(receptor.filter->a2) * after;
        } else {
            before += static_cast<double>(receptor.alpha[slot_]) * after;
        }
        current_[k] = before;
        of_input_[k][static_cast<std::size_t>(t)] = dropped ? 0 : enters;
    }
}

}  // namespace saltus::detail
