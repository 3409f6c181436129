#include "cli/scale_notes.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace saltus::cli {

namespace {

constexpr std::size_t k_looked_at = 64;
constexpr float k_small = 0.02F;
constexpr float k_large = 20;

float largest(const DataSet& set, std::span<const std::uint64_t> samples) {
    float most = 0;
    std::vector<float> values(set.values_per_sample());
    for (const std::uint64_t sample : samples) {
        set.read(sample, values);
        for (const float value : values) {
            most = std::max(most, std::abs(value));
        }
    }
    return most;
}

}  // namespace

std::vector<std::string> scale_notes(const LoadedModel& model,
                                     std::span<const DataSet* const> sets,
                                     std::span<const std::uint64_t> samples) {
    std::vector<std::string> notes;
    const std::span<const std::uint64_t> looked_at =
        samples.first(std::min(k_looked_at, samples.size()));
    for (std::size_t k = 0; k < sets.size(); ++k) {
        const ModelInput& input = model.inputs()[k];
        if (input.spikes || !input.mean.empty() || !input.deviation.empty() || looked_at.empty()) {
            continue;
        }
        const float most = largest(*sets[k], looked_at) / input.divide_by;
        if (most > 0 && (most < k_small || most > k_large)) {
            notes.push_back(
                fmt::format("the largest number of input \"{}\" is {:.4g} after its division by "
                            "{:g} (first {} samples), far from 1: look "
                            "at the model's divide_by (pixels: 255) and at the data",
                            input.name,
                            most,
                            input.divide_by,
                            looked_at.size()));
        }
    }
    return notes;
}

}  // namespace saltus::cli
