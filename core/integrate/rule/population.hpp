// The mutable state of one population of neurons; update_rule.hpp advances it. Internal to core. Shapes: every array is [neurons], by slot, unless said.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/deliver/touched_blocks.hpp"
#include "core/integrate/rule/held_neurons.hpp"
#include "core/kernels/leap_cells.hpp"
#include "core/memory/lanes.hpp"
#include "core/schedule/look_wheel.hpp"

namespace saltus::detail {

// A block that must be looked at again at a tick it knows. Ticks ascend.
struct Due {
    Tick tick = 0;
    std::uint32_t block = 0;
};

// First in, first out, without giving memory back.
class DueList {
  public:
    void clear() {
        list_.clear();
        first_ = 0;
    }

    void push(Tick tick, std::uint32_t block) {
        if (first_ == list_.size()) {
            clear();
        }
        list_.push_back({tick, block});
    }

    [[nodiscard]] bool at(Tick tick) const {
        return first_ < list_.size() && list_[first_].tick <= tick;
    }

    std::uint32_t pop() { return list_[first_++].block; }

    void shift(Tick ticks) {
        for (std::size_t k = first_; k < list_.size(); ++k) {
            list_[k].tick -= ticks;
        }
    }

    [[nodiscard]] std::optional<Tick> first() const {
        return first_ < list_.size() ? std::optional<Tick>(list_[first_].tick) : std::nullopt;
    }

  private:
    std::vector<Due> list_;
    std::size_t first_ = 0;
};

template <class Real>
struct PopulationState {
    std::uint32_t neurons = 0;
    Lanes<Real> v;                     // leaps: in `cells`, as are i and last
    std::vector<Lanes<Real>> i, i2;    // by receptor; empty where it is no state
    Lanes<Real> q;                     // reset trace
    std::vector<std::uint32_t> owed;   // r: resets owed
    std::vector<std::uint32_t> fired;  // at the last tick, for the reset trace
    HeldNeurons held;                  // in their refractory period
    std::vector<Tick> last;            // by block: the tick it was last advanced (lazy)

    std::vector<Lanes<Real>> x;      // by receptor: the input of this tick; padded to 64, or empty
    bool x_clear = true;             // stepped: x is +0 throughout
    bool x_waits = false;            // stepped: x is added to the currents after the update
    bool x_listed = false;           // leaps: what arrives is listed instead (leap_input.hpp)
    std::vector<Lanes<Real>> drive;  // by receptor, where driven: bias and held values; padded
    TouchedBlocks touched;           // lazy, leaps: a spike of this tick has a synapse into them
    DueList fired_due;               // blocks that fired at the tick before

    bool pristine = true;  // still in a resting initial state

    // leaps
    LeapCells<Real> cells;
    LookWheel wheel;                     // when neurons may fire by themselves
    bool look_at_all = false;            // every neuron is to be looked at when next woken
    std::vector<Lanes<Real>> effective;  // by receptor: the drive of the last tick looked at

    void allocate(const CompiledNeurons<Real>& rule, std::uint32_t neurons);
    void reset(const CompiledNeurons<Real>& rule);

    // Gives x its places, which tiles do without: stepped populations have none before the first
    // tick that they take by itself.
    void make_room_for_input() {
        for (Lanes<Real>& input : x) {
            input.resize(row_pitch(neurons, 1));  // whole rows are added, padding too
        }
    }

    // The next sample begins `ran` ticks after this one did.
    void carry(Tick ran);
};

// A receptor's drive before held values are added: its bias, else +0.
template <class Real>
void start_drive(const CompiledReceptor<Real>& receptor, Lanes<Real>& drive) {
    std::fill(drive.begin(), drive.end(), Real(0));
    std::copy(receptor.bias.begin(), receptor.bias.end(), drive.begin());
}

extern template struct PopulationState<float>;
extern template struct PopulationState<double>;

}  // namespace saltus::detail
