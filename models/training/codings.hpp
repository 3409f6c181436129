// The boundary between artificial and spiking layers, in training: what an encoder sends, with the
// gradient of what it sends on average.
//
//   coding      sends                                             total        value   d total / d a
//   duplicate   a at every tick, held                             T a          1 / T   T
//   gaussian    mu + sigma eps[t], sigma = exp(logvar / 2)        their sum    1 / T   T; T sigma mean(eps) / 2 of logvar
//   bernoulli   a spike a tick with probability p = clip(a / c)   spikes       c / T   T / c where 0 < a < c
//   poisson     Poisson(a / c) spikes a tick                      spikes       c / T   T / c where a > 0
//   latency     one spike, at tick T - q, q = floor(T p + 1/2),   q            c / T   T / c where 0 < a < c
//               that switches on a current of 1
//   events      the data: their own spikes                        spikes       c / T   -
//
// total x value is the activation that arrives. c is trained through `value` (and p): a saturated
// activation asks for a larger c. The random codings draw from torch's generator; the engine draws
// its own numbers (encoders/philox.hpp), of the same distribution.
#pragma once

#include <cstdint>

#include "models/training/torch.hpp"

#include "saltus/recipe.pb.h"

namespace saltus::training {

// What arrives at a projection during a presentation, [batch, ...shape] where not said otherwise.
struct Signal {
    Tensor total;        // payload summed over the ticks; carries the tape
    Tensor ticks;        // [T, batch, ...shape]: payload that flows at each tick; undefined: total / T, held
    Tensor value;        // one number: the activation that one unit of `total` stands for
    Tensor events;       // events, each of which costs the synapses of its unit; no tape
    Tensor costly;       // the same with a tape: what a price on operations is put on
    bool multiplies = false;  // each of them by a number other than 1: a MAC, not an AC
};

// `activations`: [batch, ...shape]; gaussian: [2, batch, ...shape], means and log-variances; events:
// [batch, T, ...shape]. `c`: one
// number, above 0; not used by duplicate and gaussian. `with_ticks`: fill `ticks` (its cost is T
// times the activations).
Signal encode(const proto::RecipeCoding& coding,
              const Tensor& activations,
              const Tensor& c,
              std::int64_t T,
              bool with_ticks);

// What arrives on average, as an activation: with the levels of latency, the limit c of bernoulli;
// else the activations themselves.
Tensor mean_of_coding(const proto::RecipeCoding& coding,
                      const Tensor& activations,
                      const Tensor& c,
                      std::int64_t T);

}  // namespace saltus::training
