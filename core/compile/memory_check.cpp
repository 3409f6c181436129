#include "core/compile/memory_check.hpp"

#include <unistd.h>
#include <variant>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus::detail {

void check_memory(const NetworkSpec& spec, std::size_t number) {
    double bytes = 0;
    for (const PopulationSpec& population : spec.populations) {
        const auto* rule = std::get_if<NeuronSpec>(&population.kind);
        bytes += static_cast<double>(population.shape.size()) * static_cast<double>(number) *
                 (rule != nullptr ? 2.0 + 2.0 * static_cast<double>(rule->receptors.size()) : 1.0);
    }
    for (const ProjectionSpec& projection : spec.projections) {
        const auto add = [&](const Weights& weights) {
            if (weights.layout == WeightLayout::by_index) {
                bytes += static_cast<double>(weights.count) * sizeof(float);
            }
        };
        if (const auto* dense = std::get_if<Dense>(&projection.connection)) {
            add(dense->weights);
        }
        if (const auto* sparse = std::get_if<Sparse>(&projection.connection)) {
            add(sparse->weights);
        }
    }
    const double memory =
        static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    if (bytes > memory) {
        throw ModelError("network",
                         fmt::format("{:.3g} GB of state and weights", bytes / 1e9),
                         fmt::format("at most this machine's {:.3g} GB", memory / 1e9));
    }
}

}  // namespace saltus::detail
