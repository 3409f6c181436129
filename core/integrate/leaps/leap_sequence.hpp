// The recurrence of the leaping clock's coefficients (docs/semantics.md), over any number of
// ticks:
//
//   a' = alpha a     b' = alpha b + 1     c' = beta c + gain a'     e' = beta e + gain b'
//
// (a, b instead of a', b' for the current of the tick before), every operation rounded to float64.
// Internal to core.
//
// Cost: a step a tick, until the sequence is regular. It is once a and b repeat themselves and c
// and e do too, or, with beta = 1, grow by the same number at every tick; from there on any gap
// costs a few operations a power of two that is passed, and gives the bits that stepping would.
// That is after some 750 / (1 - r) ticks at most, r being the larger of alpha and beta that is not
// 1. Only a drive into a current that does not leak (alpha = 1) never gets there: e then adds up a
// sum that has no closed form bit for bit, and a gap costs a step a tick, during which a stop is
// asked for.
#pragma once

#include <vector>

#include "core/schedule/stop_asker.hpp"
#include "core/tick.hpp"

namespace saltus::detail {

struct LeapRates {
    double alpha = 0;
    double beta = 1;
    double gain = 1;
    bool before = false;  // the current of the tick before is used
    bool driven = true;   // else b and e are not asked for, and may be anything
    bool narrow = false;  // a is only asked for rounded to float32
};

struct LeapCoefficients {
    double a = 1;
    double b = 0;
    double c = 0;
    double e = 0;
};

// One tick further.
LeapCoefficients step(const LeapRates& rates, const LeapCoefficients& at);

// x + g + g + ..., n additions, each rounded.
double add_repeatedly(double x, double g, Tick n);

// The coefficients of one receptor of one neuron at any gap.
class LeapSequence {
  public:
    // n ticks after the last stored state. Throws Stopped.
    LeapCoefficients at(const LeapRates& rates, Tick n, StopAsker& stop);

  private:
    struct Mark {
        Tick n = 0;
        LeapCoefficients at;
        bool regular = false;  // from here on
    };

    static Mark walk(const LeapRates& rates, Mark from, Tick to, StopAsker& stop);
    Mark nearest(const LeapRates& rates, Tick n, StopAsker& stop);

    Mark recent_;              // the last one walked to
    std::vector<Mark> marks_;  // far apart; the last one may be regular
};

}  // namespace saltus::detail
