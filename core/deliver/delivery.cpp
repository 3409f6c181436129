// From a fired packet to the sums at its targets: fire, arrive, deliver.
#include <algorithm>

#include "core/deliver/sparse_rows.hpp"
#include "core/engine/engine.hpp"

namespace saltus::detail {

// Held values wait at their source, and wake every target now.
template <class Real>
void Engine<Real>::hold(PopulationId id) {
    Live& live = populations_[id];
    std::swap(live.held, live.history.open());
    live.held_since = now_;
    silencer_.take_out(id, live.held);
    if (hook_ != nullptr) {
        hook_->on_held(id, live.held);
    }
    for (const ProjectionId p : network_.populations[id].outgoing) {
        push(network_.projections[p].target, now_);
    }
}

// Readouts and the hook see what a population fires.
template <class Real>
void Engine<Real>::show(PopulationId id, const Packet& packet) {
    for (const std::size_t r : network_.populations[id].readouts) {
        readouts_[r].add_packet(packet);
    }
    if (hook_ != nullptr) {
        hook_->on_packet(id, packet);
    }
}

// The population's newest packet is fired: recorded, and its targets are woken when it arrives.
template <class Real>
void Engine<Real>::fire(PopulationId id) {
    const Tick fired_at = populations_[id].history.open().tick;
    if (record(id)) {
        wake_targets(id, fired_at);
    }
}

// The population's newest packet is counted, shown and kept until it has arrived everywhere.
// Returns whether it is to arrive anywhere.
template <class Real>
bool Engine<Real>::record(PopulationId id) {
    Live& live = populations_[id];
    const CompiledPopulation<Real>& population = network_.populations[id];
    Packet& packet = live.history.open();
    silencer_.take_out(id, packet);
    if (packet.slots.empty()) {
        return false;
    }
    PopulationCounts& counts = counts_.populations[id];
    if (packet.payloads.empty()) {
        counts.spikes += packet.slots.size();
    } else {
        for (const float payload : packet.payloads) {
            if (population.payload_counts) {
                counts.spikes += static_cast<std::uint64_t>(payload);
            } else {
                ++(payload == 1.0F ? counts.spikes : counts.graded_events);
            }
        }
    }
    show(id, packet);
    if (population.outgoing.empty()) {
        return false;
    }
    live.history.push();
    std::uint64_t oldest = live.history.end();
    for (const ProjectionId p : population.outgoing) {
        oldest = std::min(oldest, projections_[p].waits_for);
    }
    live.history.forget_before(oldest);
    return true;
}

// Wakes whomever it reaches when what a population fired at a tick arrives.
template <class Real>
void Engine<Real>::wake_targets(PopulationId id, Tick fired_at) {
    for (const ProjectionId p : network_.populations[id].outgoing) {
        const CompiledProjection<Real>& projection = network_.projections[p];
        if (projection.delay < network_.horizon) {
            push(projection.target, fired_at + projection.delay);
        }
    }
}

// The same of some ticks of a stretch.
template <class Real>
void Engine<Real>::wake_targets(PopulationId id, StretchTicks fired) {
    const Tick ticks = stretch_.end() - stretch_.from();
    for (const ProjectionId p : network_.populations[id].outgoing) {
        const CompiledProjection<Real>& projection = network_.projections[p];
        const Tick inside = std::max<Tick>(0, ticks - projection.delay);
        const StretchTicks early = fired & stretch_ticks_before(inside);
        if (early != 0) {
            counts_.execution.queue_operations += stretch_.push(
                early << projection.delay, network_.populations[projection.target].rank);
        }
        for (StretchTicks late = fired ^ early; late != 0; late &= late - 1) {
            push(projection.target, stretch_.from() + first_of(late) + projection.delay);
        }
    }
}

// The packet that arrives through a projection at tick t, or nullptr.
template <class Real>
const Packet* Engine<Real>::arriving(ProjectionId id, Tick t) {
    const CompiledProjection<Real>& projection = network_.projections[id];
    ProjectionState<Real>& state = projections_[id];
    const Packet* const packet = populations_[projection.source].history.at(state.waits_for);
    if (packet == nullptr || packet->tick != t - projection.delay) {
        return nullptr;
    }
    ++state.waits_for;
    return packet;
}

// Counts a packet that arrives.
template <class Real>
void Engine<Real>::count(ProjectionId id, const Packet& packet) {
    count_arrival(network_.projections[id], packet, counts_.projections[id]);
    count_zeros(id, packet);
}

// What of it goes through weights of zero, if there are any and somebody asks.
template <class Real>
void Engine<Real>::count_zeros(ProjectionId id, const Packet& packet) {
    if (const auto zeros = zeros_of(id); !zeros.empty()) {
        count_zero_weights(network_.projections[id], zeros, packet, counts_.zero_weights[id]);
    }
}

// Whether the projection has a source filter that moves at t. What it sends at tick s arrives at
// s + delay, so that nothing does before the delay has passed, be it carried over or not.
template <class Real>
bool Engine<Real>::filter_sends(ProjectionId id, Tick t, const Packet* packet) const {
    const CompiledProjection<Real>& projection = network_.projections[id];
    return projection.filter && t >= projection.delay &&
           (packet != nullptr || projections_[id].filter_active);
}

// A filter sits at its source, whose last ticks are still on their way when a sample ends: it takes
// them in, and what it sends for them is lost.
template <class Real>
void Engine<Real>::finish_filters() {
    for (ProjectionId p = 0; p < projections_.size(); ++p) {
        const CompiledProjection<Real>& projection = network_.projections[p];
        const Tick last = now_ + (projection.filter ? projection.delay : 0);
        for (Tick t = now_ + 1; t <= last; ++t) {
            if (!projections_[p].filter_active) {
                const PacketHistory& history = populations_[projection.source].history;
                const Packet* const next = history.at(projections_[p].waits_for);
                if (next == nullptr) {
                    break;  // it rests, and stays at rest
                }
                t = std::max(t, next->tick + projection.delay);
            }
            stop_.pass(1);
            filter_packet(projection, projections_[p], arriving(p, t));
        }
    }
}

// Sums the drive anew if values that its projections hold were set at t; says whether they were.
template <class Real>
bool Engine<Real>::renew_drive(PopulationId id, Tick t) {
    const CompiledPopulation<Real>& population = network_.populations[id];
    PopulationState<Real>& state = populations_[id].state;
    bool renewed = false;
    for (const ProjectionId p : population.incoming) {
        const CompiledProjection<Real>& projection = network_.projections[p];
        if (!projection.held) {
            continue;
        }
        const Live& source = populations_[projection.source];
        if (source.held_since != t) {
            continue;
        }
        renewed = true;
        for (const Slot slot : source.held.slots) {
            counts_.projections[p].held_macs += projection.fan_out(slot);
        }
        if (const auto zeros = zeros_of(p); !zeros.empty()) {
            for (const Slot slot : source.held.slots) {
                counts_.zero_weights[p].held_macs += zeros[slot];
            }
        }
    }
    for (std::size_t k = 0; renewed && k < state.drive.size(); ++k) {
        const CompiledReceptor<Real>& receptor = population.rule->receptors[k];
        if (!receptor.driven) {
            continue;
        }
        start_drive(receptor, state.drive[k]);
        for (const ProjectionId p : population.incoming) {
            const CompiledProjection<Real>& projection = network_.projections[p];
            if (projection.held && projection.receptor == k) {
                add_held(projection, populations_[projection.source].held, state.drive[k]);
            }
        }
    }
    return renewed;
}

// Sums what arrives at t into x, one contribution at a time in ascending (projection, source slot).
template <class Real>
typename Engine<Real>::Arrival Engine<Real>::deliver(PopulationId id, Tick t) {
    const CompiledPopulation<Real>& population = network_.populations[id];
    PopulationState<Real>& state = populations_[id].state;
    Arrival arrival;
    arrival.new_drive = renew_drive(id, t);
    if (population.rule->rule.clock == Clock::stepped) {
        start_input(*population.rule, state, t);
    }
    waiting_.clear();
    bool rows_only = state.x_clear;
    for (const ProjectionId p : population.incoming) {
        const CompiledProjection<Real>& projection = network_.projections[p];
        if (projection.held) {
            continue;
        }
        const Packet* packet = arriving(p, t);
        if (filter_sends(p, t, packet)) {
            paths_.add(EnginePath::source_filter);
            packet = &filter_packet(projection, projections_[p], packet);
            arrival.spikes = true;
        }
        if (projections_[p].filter_active) {
            push(id, t + 1);
        }
        if (packet == nullptr || packet->slots.empty()) {
            continue;
        }
        arrival.spikes = true;
        count(p, *packet);
        if constexpr (std::is_same_v<Real, float>) {
            if (state.x_listed) {
                paths_.add(EnginePath::leaps_listed);
                list_sparse_rows(
                    projection, packet->slots, packet->payloads, *populations_[id].input);
                counts_.execution.weight_bytes +=
                    fan_out_of(projection, *packet) * weight_bytes(projection);
                if (const Packet* const next =
                        populations_[projection.source].history.at(projections_[p].waits_for)) {
                    fetch_sparse_rows(projection, next->slots);
                }
                continue;
            }
        }
        if (projection.pool) {
            paths_.add(packet->payloads.empty() ? EnginePath::pooled_spikes
                                                : EnginePath::pooled_payloads);
            packet = &pool_packet(projection, projections_[p], *packet);
        }
        waiting_.push_back({p, packet->slots});
        rows_only = rows_only && projection.kind == ConnectionKind::sparse && !projection.pool &&
                    !projection.filter && projection.weights8 == nullptr;
        state.x_clear = false;
        counts_.execution.weight_bytes +=
            add_to_targets(projection, projections_[p], *packet, state.x[projection.receptor]);
        if (!state.touched.empty()) {
            mark_blocks(projection, *packet, population.rule->block, state.touched);
        }
    }
    state.x_waits = rows_only && may_wait(population);
    return arrival;
}

// Stepped: x starts at the drive, else at +0, which it may be already.
template <class Real>
void Engine<Real>::start_input(const CompiledNeurons<Real>& rule,
                               PopulationState<Real>& state,
                               Tick t) {
    bool clear = true;
    state.make_room_for_input();
    for (std::size_t k = 0; k < state.x.size(); ++k) {
        const CompiledReceptor<Real>& receptor = rule.receptors[k];
        if (receptor.driven && receptor.drive_window.holds(t)) {
            std::copy(state.drive[k].begin(), state.drive[k].end(), state.x[k].begin());
            clear = false;
        } else if (!state.x_clear) {
            std::fill(state.x[k].begin(), state.x[k].end(), Real(0));
        }
    }
    state.x_clear = clear;
}

// Whether what has arrived, all of it by sparse rows onto an x of +0, may be added to the currents
// after the update, which then need not read x: they are used one tick later, and going through the
// rows again costs less than going through x. (alpha i rounded, + 0, + x are the bits of alpha i
// rounded, + x.)
template <class Real>
bool Engine<Real>::may_wait(const CompiledPopulation<Real>& population) const {
    constexpr std::uint32_t k_neurons_a_synapse = 8;
    const CompiledNeurons<Real>& rule = *population.rule;
    if (!rule.has_current_kernel || rule.rule.current_used != CurrentUsed::tick_before ||
        rule.rule.refractory == Refractory::drop) {
        return false;
    }
    std::uint64_t synapses = 0;
    for (const WaitingRows& rows : waiting_) {
        synapses += sparse_fan_out(network_.projections[rows.projection], rows.slots);
    }
    return synapses * k_neurons_a_synapse < population.neurons;
}

// Adds what has waited for the update to the currents.
template <class Real>
void Engine<Real>::move_waiting(PopulationId id) {
    PopulationState<Real>& state = populations_[id].state;
    for (const WaitingRows& rows : waiting_) {
        const CompiledProjection<Real>& projection = network_.projections[rows.projection];
        const std::uint32_t k = projection.receptor;
        move_sparse_rows(projection, rows.slots, state.x[k].data(), state.i[k].data());
    }
    state.x_clear = true;
    state.x_waits = false;
}

template void Engine<float>::hold(PopulationId);
template void Engine<float>::show(PopulationId, const Packet&);
template void Engine<float>::fire(PopulationId);
template bool Engine<float>::record(PopulationId);
template void Engine<float>::wake_targets(PopulationId, Tick);
template void Engine<float>::wake_targets(PopulationId, StretchTicks);
template const Packet* Engine<float>::arriving(ProjectionId, Tick);
template void Engine<float>::count(ProjectionId, const Packet&);
template void Engine<float>::count_zeros(ProjectionId, const Packet&);
template bool Engine<float>::filter_sends(ProjectionId, Tick, const Packet*) const;
template void Engine<float>::finish_filters();
template bool Engine<float>::renew_drive(PopulationId, Tick);
template Engine<float>::Arrival Engine<float>::deliver(PopulationId, Tick);
template void Engine<float>::start_input(const CompiledNeurons<float>&,
                                         PopulationState<float>&,
                                         Tick);
template bool Engine<float>::may_wait(const CompiledPopulation<float>&) const;
template void Engine<float>::move_waiting(PopulationId);
template void Engine<double>::hold(PopulationId);
template void Engine<double>::show(PopulationId, const Packet&);
template void Engine<double>::fire(PopulationId);
template bool Engine<double>::record(PopulationId);
template void Engine<double>::wake_targets(PopulationId, Tick);
template void Engine<double>::wake_targets(PopulationId, StretchTicks);
template const Packet* Engine<double>::arriving(ProjectionId, Tick);
template void Engine<double>::count(ProjectionId, const Packet&);
template void Engine<double>::count_zeros(ProjectionId, const Packet&);
template bool Engine<double>::filter_sends(ProjectionId, Tick, const Packet*) const;
template void Engine<double>::finish_filters();
template bool Engine<double>::renew_drive(PopulationId, Tick);
template Engine<double>::Arrival Engine<double>::deliver(PopulationId, Tick);
template void Engine<double>::start_input(const CompiledNeurons<double>&,
                                          PopulationState<double>&,
                                          Tick);
template bool Engine<double>::may_wait(const CompiledPopulation<double>&) const;
template void Engine<double>::move_waiting(PopulationId);

}  // namespace saltus::detail
