#include "core/explain/neuron_replay.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/deliver/projection.hpp"
#include "core/error.hpp"
#include "core/integrate/rule/arithmetic_mode.hpp"
#include "core/integrate/rule/update_rule.hpp"
#include "core/synapses.hpp"

namespace saltus::detail {

namespace {

Values<float> of_slot(const Values<float>& values, Slot slot) {
    Values<float> one;
    one.one = values[slot];
    return one;
}

// A population's rule for one of its neurons alone, taken by its plain form.
CompiledNeurons<float> rule_of_one(CompiledNeurons<float> rule, Slot slot) {
    for (Values<float>* const values :
         {&rule.theta, &rule.beta, &rule.v_rest, &rule.v_init, &rule.v_reset}) {
        *values = of_slot(*values, slot);
    }
    for (CompiledReceptor<float>& receptor : rule.receptors) {
        receptor.alpha = of_slot(receptor.alpha, slot);
        receptor.gain = of_slot(receptor.gain, slot);
        if (!receptor.bias.empty()) {
            receptor.bias = {receptor.bias[slot]};
        }
    }
    rule.block = 1;
    rule.is_simple = false;
    rule.has_current_kernel = false;
    return rule;
}

// One incoming projection on its way through the recorded packets.
class Arriving {
  public:
    Arriving(const CompiledNetwork<float>& network,
             const Recording& recording,
             ProjectionId id,
             Slot target)
        : projection_(network.projections[id]),
          packets_(recording.packets[projection_.source]),
          target_(target) {
        state_.allocate(projection_, network.populations[projection_.source].neurons);
    }

    [[nodiscard]] const CompiledProjection<float>& projection() const { return projection_; }

    // What arrives at t, behind filter and pool; nullptr: nothing. Ticks ascend.
    const Packet* at(Tick t) {
        const Packet* packet = nullptr;
        if (next_ < packets_.size() && packets_[next_].tick == t - projection_.delay) {
            packet = &packets_[next_++];
        }
        if (projection_.filter && t >= projection_.delay &&
            (packet != nullptr || state_.filter_active)) {
            packet = &filter_packet(projection_, state_, packet);
        }
        if (packet == nullptr || packet->slots.empty()) {
            return nullptr;
        }
        return projection_.pool ? &pool_packet(projection_, state_, *packet) : packet;
    }

    // The values that are held at t, if they were set at t.
    const Packet* set_at(Tick t) {
        if (next_ < packets_.size() && packets_[next_].tick == t) {
            held_ = &packets_[next_++];
            return held_;
        }
        return nullptr;
    }

    [[nodiscard]] const Packet* held() const { return held_; }

    // Adds a packet's contributions to the neuron's input, one by one in ascending slot. A held
    // packet's int8 weights are taken one by one, others without payload as one exact sum.
    void add(const Packet& packet, float& x) const {
        const bool sums = projection_.weights8 != nullptr && packet.payloads.empty() && !packet.held;
        std::int64_t sum = 0;
        bool reached = false;
        for (std::size_t k = 0; k < packet.slots.size(); ++k) {
            if (projection_.kind == ConnectionKind::identity) {
                if (identity_target(projection_, packet.slots[k]) == target_) {
                    x = x + packet.payload(k);
                }
                continue;
            }
            const auto place = weight_place(projection_, packet.slots[k], target_);
            if (!place) {
                continue;
            }
            if (sums) {
                sum += projection_.weights8[*place];
                reached = true;
                continue;
            }
            const float weight = weight_at(*place);
            const float payload = packet.payload(k);
            x = x + (payload == 1 ? weight : weight * payload);
        }
        if (reached) {
            x = x + scale() * static_cast<float>(sum);
        }
    }

  private:
    [[nodiscard]] float scale() const {
        return projection_.scales[projection_.scales.size() == 1 ? 0 : target_];
    }

    [[nodiscard]] float weight_at(std::uint64_t place) const {
        if (projection_.weights8 != nullptr) {
            return scale() * static_cast<float>(projection_.weights8[place]);
        }
        return projection_.weights32[projection_.one_weight ? 0 : place];
    }

    const CompiledProjection<float>& projection_;
    const std::vector<Packet>& packets_;
    Slot target_;
    std::size_t next_ = 0;
    const Packet* held_ = nullptr;
    ProjectionState<float> state_;
};

class Replay {
  public:
    Replay(const CompiledNetwork<float>& network,
           const Recording& recording,
           PopulationId id,
           Slot slot)
        : population_(network.populations[id]),
          recording_(recording),
          id_(id),
          slot_(slot),
          rule_(rule_of_one(*population_.rule, slot)),
          drive_(rule_.receptors.size()) {
        for (const ProjectionId p : population_.incoming) {
            incoming_.emplace_back(network, recording, p, slot);
        }
        state_.allocate(rule_, 1);
        state_.make_room_for_input();
        state_.x_clear = false;
        renew_drive();
        if (rule_.rule.clock == Clock::lazy) {
            find_own_looks();
        }
    }

    ReplayedTick step(Tick t) {
        ReplayedTick out;
        bool look = gather(t);
        look |= rule_.rule.clock == Clock::stepped || looks_by_itself(t);
        if (!look) {
            return out;
        }
        UpdateOutcome outcome;
        outcome.tested = &out.h;
        Packet packet;
        state_.held.release(t, [](Slot) {});
        update(rule_, state_, 0, 1, t, t - last_, false, packet, outcome);
        last_ = t;
        out.updated = true;
        out.v = state_.v[0];
        out.floored = rule_.floor && out.v == *rule_.floor && !(out.h == *rule_.floor);
        const float fired = packet.slots.empty() ? 0 : packet.payload(0);
        if (fired != recording_.payload(id_, slot_, t)) {
            throw InternalError(fmt::format("replay of {}, slot {}: fires {} at tick {}, recorded {}",
                                            population_.spec.name,
                                            slot_,
                                            fired,
                                            t,
                                            recording_.payload(id_, slot_, t)));
        }
        return out;
    }

  private:
    // Sums what arrives at t into x; whether anything has a synapse into the neuron's block.
    bool gather(Tick t) {
        bool renewed = false;
        for (Arriving& arriving : incoming_) {
            renewed |= arriving.projection().held && arriving.set_at(t) != nullptr;
        }
        if (renewed) {
            renew_drive();
        }
        for (std::size_t k = 0; k < rule_.receptors.size(); ++k) {
            const CompiledReceptor<float>& receptor = rule_.receptors[k];
            state_.x[k][0] = receptor.driven && receptor.drive_window.holds(t) ? drive_[k] : 0.0F;
        }
        bool touched = false;
        for (Arriving& arriving : incoming_) {
            if (arriving.projection().held) {
                continue;
            }
            const Packet* const packet = arriving.at(t);
            if (packet == nullptr) {
                continue;
            }
            arriving.add(*packet, state_.x[arriving.projection().receptor][0]);
            touched = touched || touches_block(arriving.projection(), *packet);
        }
        return touched;
    }

    // Each receptor's drive: its bias, then weight * value in ascending (projection, slot).
    void renew_drive() {
        for (std::size_t k = 0; k < drive_.size(); ++k) {
            const CompiledReceptor<float>& receptor = rule_.receptors[k];
            drive_[k] = receptor.bias.empty() ? 0.0F : receptor.bias[0];
            for (const Arriving& arriving : incoming_) {
                if (arriving.held() != nullptr && arriving.projection().receptor == k) {
                    arriving.add(*arriving.held(), drive_[k]);
                }
            }
        }
    }

    [[nodiscard]] std::uint32_t block_of(Slot slot) const { return slot / population_.rule->block; }

    bool touches_block(const CompiledProjection<float>& projection, const Packet& packet) {
        if (rule_.rule.clock != Clock::lazy) {
            return true;
        }
        mark_blocks(projection, packet, population_.rule->block, touched_);
        const bool has = touched_.has(block_of(slot_));
        touched_.clear();
        return has;
    }

    // The ticks at which a lazy block looks for what its own neurons did.
    void find_own_looks() {
        const std::uint32_t blocks =
            (population_.neurons + population_.rule->block - 1) / population_.rule->block;
        touched_.assign(blocks);
        for (const Packet& packet : recording_.packets[id_]) {
            for (const Slot slot : packet.slots) {
                if (block_of(slot) != block_of(slot_)) {
                    continue;
                }
                looks_.push_back(packet.tick + 1);
                if (rule_.has_refractory) {
                    looks_.push_back(packet.tick + rule_.rule.refractory_ticks);
                }
            }
        }
        if (rule_.rule.fires) {
            looks_.push_back(rule_.firing_window.from);
        }
        std::sort(looks_.begin(), looks_.end());
    }

    [[nodiscard]] bool looks_by_itself(Tick t) const {
        return std::binary_search(looks_.begin(), looks_.end(), t);
    }

    const CompiledPopulation<float>& population_;
    const Recording& recording_;
    PopulationId id_;
    Slot slot_;
    CompiledNeurons<float> rule_;
    PopulationState<float> state_;
    std::vector<Arriving> incoming_;
    std::vector<float> drive_;  // by receptor
    TouchedBlocks touched_;
    std::vector<Tick> looks_;
    Tick last_ = -1;
};

}  // namespace

std::vector<ReplayedTick> replay_neuron(const CompiledNetwork<float>& network,
                                        const Recording& recording,
                                        PopulationId population,
                                        Slot slot,
                                        Tick last) {
    const ArithmeticMode mode;
    Replay replay(network, recording, population, slot);
    std::vector<ReplayedTick> ticks;
    ticks.reserve(static_cast<std::size_t>(last + 1));
    for (Tick t = 0; t <= last; ++t) {
        ticks.push_back(replay.step(t));
    }
    return ticks;
}

}  // namespace saltus::detail
