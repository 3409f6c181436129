// The artificial networks that a spiking one is compared with (docs/metrics.md#a-fair-comparison):
// the model's baselines, priced by the same energy model, zeros skipped on both sides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/energy/energy_estimate.hpp"

namespace saltus {

namespace proto {
class Baseline;
}

struct Rival {
    std::string kind;  // "pruned"
    std::string data_set;
    double accuracy = 0;
    double macs = 0;               // a sample
    std::optional<double> joules;  // a sample; absent: the model has no price for artificial layers
    bool as_accurate = false;      // not below the lower end of our 95 % interval
};

struct RivalComparison {
    std::vector<Rival> rivals;           // as the model lists them
    std::optional<std::size_t> nearest;  // cheapest of those as accurate
    // Of the nearest, how many times dearer it is than we are: the product of the two below. Below
    // 1 spiking loses.
    double ratio = 0;
    double by_price = 0;       // joules an operation, its over ours
    double by_operations = 0;  // operations a sample, its over ours
    std::string verdict;       // one sentence
};

// `estimate`: of this run under `model`. Rivals' weights are priced without indices of sparse rows,
// which favours them.
RivalComparison compare_with_rivals(const EnergyModel& model,
                                    const EnergyCounts& counts,
                                    const EnergyEstimate& estimate,
                                    const Pipeline& pipeline,
                                    const RunReport& report);

// Joules a sample of one of the model's baselines; absent: the energy model has no price for
// artificial layers. `weight_width`: bytes of a weight.
std::optional<double> rival_joules(const EnergyModel& model,
                                   double weight_width,
                                   const proto::Baseline& baseline);

// Spikes a synapse and sample: synaptic operations over stored synapses of the projections that
// carry spikes. Absent where there are none.
std::optional<double> spikes_per_synapse(const Pipeline& pipeline, const RunReport& report);

// Published break-even points of that number, below which spiking wins over a dense network of
// equal size.
struct BreakEven {
    double low = 0;
    double high = 0;
    const char* source = "";
};

const std::vector<BreakEven>& published_break_evens();

}  // namespace saltus
