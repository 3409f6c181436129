// The lines of `saltus run --predictions`: one a sample, under a head. The first readout's columns
// are prediction, undecided, value_0, ..., and margin, the prediction's lead over the best other value;
// those of further ones have NAME: in front. Then what the sample cost: ticks, spikes of neurons,
// synaptic operations. A sample that failed has its number and label, and the other fields empty.
#pragma once

#include <string>

#include "core/network.hpp"
#include "models/run/sample_runner.hpp"

namespace saltus::cli {

std::string predictions_head(const Network& network);
std::string predictions_line(const Network& network, const FinishedSample& sample);

}  // namespace saltus::cli
