// What `saltus run --energy` says: joules a sample by each model asked for, with what it leaves
// out, beside the model's rivals.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "models/energy/rivals.hpp"

namespace saltus::cli {

// One energy model's view of a run.
struct EnergyView {
    EnergyModel model;
    EnergyEstimate estimate;
    RivalComparison comparison;
    std::string note;  // of other weights than the model's arithmetic; empty: none
};

struct EnergyReport {
    std::vector<EnergyView> views;
    std::optional<double> spikes_per_synapse;
};

// Throws before anything is run: see load_energy_model; InputError for a file that calls itself by
// the name of a model that comes with Saltus, or a model that is asked for twice.
std::vector<EnergyModel> load_energy_models(const std::vector<std::string>& names);

EnergyReport energy_report(std::vector<EnergyModel> models,
                           const Pipeline& pipeline,
                           const RunReport& report);

std::string energy_text(const EnergyReport& report);
nlohmann::ordered_json energy_json(const EnergyReport& report);

}  // namespace saltus::cli
