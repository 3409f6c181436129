// Joules of a sample: what a run counted, times what an energy model says each costs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/energy/energy_model.hpp"
#include "models/pipeline.hpp"
#include "models/run/run_statistics.hpp"

namespace saltus {

// What a run counted, means a sample, and the sizes that memory is priced by.
struct EnergyCounts {
    std::array<double, k_counted> of{};
    double weight_bytes = 0;        // of all tensors of the model as they are stored
    double weight_width = 4;        // bytes of a weight; of several, the mean by number
    double state_bytes = 0;         // 4 a neuron
    std::optional<double> seconds;  // horizon times the tick, where the model states one

    [[nodiscard]] double at(Counted counted) const { return of[static_cast<std::size_t>(counted)]; }
};

// `ticks`: run a sample, the horizon or, with early exit, their mean.
EnergyCounts energy_counts(const Pipeline& pipeline, const RunReport& report, double ticks);

// Bytes of a weight of the model; of several widths the mean by number. 4 if it has none.
double weight_width(const LoadedModel& model);

struct EnergyTerm {
    std::string what;    // "synaptic operations (ACs)", "static power"
    double count = 0;    // a sample; of static power: seconds
    double joules = 0;   // a sample, memory included
    double memory = 0;   // of these, for accesses to memory
    std::string source;  // key; empty: static power
    EnergyKind kind = EnergyKind::estimated;
};

struct EnergyEstimate {
    std::vector<EnergyTerm> terms;  // of counts above 0, in the order of the model's prices
    double joules = 0;              // a sample
    std::vector<std::string>
        unpriced;  // counts above 0 that the model gives no price for, in words
};

// What a model does not price is listed, never taken as 0.
EnergyEstimate estimate_energy(const EnergyModel& model, const EnergyCounts& counts);

// Of one piece of what is counted, memory included.
double piece_joules(const EnergyModel& model, const EnergyPrice& price, const EnergyCounts& counts);

}  // namespace saltus
