// A recipe's neurons in numbers: thresholds are 1, membranes and inputs are in thresholds. What the
// rate functions, the simulation of ticks and the saved population are made from.
#pragma once

#include "saltus/recipe.pb.h"

namespace saltus::training {

struct Neurons {
    bool seed = false;        // the seed paper's; beta and rest are then unused
    double alpha = 0;         // factor a tick of the synaptic current
    double gain = 1;          // of the current
    double beta = 1;          // factor a tick of the membrane's distance to rest
    double rest = 0;
    double start = 0.5;       // membrane before the first tick
    bool reset_to_zero = false;
    double a1 = 0;            // seed: p[t] = (a1 p[t-1] + a2 p[t-2]) + b x[t]
    double a2 = 0;
    double b = 1;
    double trace = 0;         // seed: r <- trace r + spike; v = p - r
};

Neurons neurons_of(const proto::RecipeNeuron& neuron);

}  // namespace saltus::training
