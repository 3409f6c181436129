// The leaping clock's closed forms: what v and i are n ticks after the last stored state, and a
// bound on what they can become (docs/semantics.md#clocks). Internal to core.
#pragma once

#include <vector>

#include "core/integrate/leaps/leap_sequence.hpp"
#include "core/integrate/rule/population.hpp"
#include "core/kernels/leap_kernel.hpp"

namespace saltus::detail {

// Coefficients of one receptor n ticks after the last stored state; each rounded once from float64.
template <class Real>
struct ReceptorLeap {
    Real a{};  // of i
    Real b{};  // of the drive, for i
    Real c{};  // of i, for v
    Real d{};  // of the drive, for v
};

// Gives the coefficients of any neuron and gap. Uniform parameters share one table of short gaps;
// long ones, and those of other neurons, are as LeapSequence says.
template <class Real>
class LeapTables {
  public:
    // `stop`: must live on.
    LeapTables(const CompiledNeurons<Real>& rule, std::uint32_t neurons, StopAsker& stop);

    // The coefficients of every receptor, n >= 1; valid until the next call. Throws Stopped.
    const ReceptorLeap<Real>* at(Slot slot, Tick n);

  private:
    [[nodiscard]] LeapRates rates(Slot slot, std::size_t receptor) const;
    void extend(Tick n);

    const CompiledNeurons<Real>& rule_;
    StopAsker& stop_;
    bool uniform_;
    std::vector<LeapSequence> sequences_;    // [neurons, receptors], or of one for all
    std::vector<ReceptorLeap<Real>> table_;  // uniform: [n, receptors], from n = 1
    std::vector<ReceptorLeap<Real>> row_;    // of a gap that is not in the table
    Tick row_n_ = 0;                         // uniform: the gap of row_
};

// What the leap kernel reads of a population's parameters: rows of coefficients for each gap, and
// bounds on what lies ahead.
class LeapPlan {
  public:
    // `reach`: looks are less than this many ticks ahead.
    LeapPlan(const CompiledNeurons<float>& rule,
             LeapTables<float>& tables,
             Tick reach,
             Tick horizon);

    // Makes rows up to gap n; false if n is too long for a table.
    bool extend(Tick n);

    // A run with all that does not change from tick to tick.
    [[nodiscard]] const LeapRun& run() const { return run_; }

  private:
    void find_bounds(Tick reach, Tick horizon);
    void prepare();

    const CompiledNeurons<float>& rule_;
    LeapTables<float>& tables_;
    std::uint32_t receptors_;
    bool driven_ = false;
    std::uint32_t row_stride_ = 0;
    Tick row_count_ = 0;
    Lanes<float> rows_;
    LeapBounds bounds_;
    LeapRun run_;
};

// A leaping neuron's state at some tick, computed, not stored.
template <class Real>
struct LeapState {
    Real v{};
    std::vector<Real> i;  // by receptor
};

// State of a neuron at tick t >= last, without what arrives at t. `held`: in its refractory period
// at t.
template <class Real>
void leap_to(const CompiledNeurons<Real>& rule,
             const PopulationState<Real>& state,
             LeapTables<Real>& tables,
             Slot slot,
             Tick t,
             bool held,
             LeapState<Real>& out);

// False only if the neuron cannot pass its test at any later tick without new input or drive.
// Loose.
template <class Real>
bool may_cross(const CompiledNeurons<Real>& rule,
               const PopulationState<Real>& state,
               Slot slot,
               const LeapState<Real>& now,
               Tick horizon);

extern template class LeapTables<float>;
extern template class LeapTables<double>;

}  // namespace saltus::detail
