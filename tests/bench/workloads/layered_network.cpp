#include "tests/bench/workloads/layered_network.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/error.hpp"

namespace saltus::bench {

WeightForm weight_form(const std::string& form, const std::string& workload) {
    if (form == "float32") {
        return WeightForm::float32;
    }
    if (form == "int8") {
        return WeightForm::int8;
    }
    throw InputError("form of workload " + workload, form, "float32 or int8");
}

PopulationId LayeredNetwork::add_encoder(const std::string& name, Shape shape, bool holds_values) {
    PopulationSpec population;
    population.name = name;
    population.shape = std::move(shape);
    population.kind = EncoderSpec{holds_values, false};
    spec_.populations.push_back(std::move(population));
    return static_cast<PopulationId>(spec_.populations.size() - 1);
}

PopulationId LayeredNetwork::add_neurons(const std::string& name,
                                         Shape shape,
                                         const NeuronSpec& neurons) {
    PopulationSpec population;
    population.name = name;
    population.shape = std::move(shape);
    population.kind = neurons;
    spec_.populations.push_back(std::move(population));
    return static_cast<PopulationId>(spec_.populations.size() - 1);
}

void LayeredNetwork::add_spike_count(PopulationId population) {
    ReadoutSpec readout;
    readout.name = "class";
    readout.population = population;
    spec_.readouts.push_back(std::move(readout));
}

std::size_t LayeredNetwork::model_bytes() const {
    std::size_t bytes = 0;
    for (const std::vector<std::byte>& tensor : tensors_) {
        bytes += tensor.size();
    }
    for (const std::vector<float>& scales : scales_) {
        bytes += scales.size() * sizeof(float);
    }
    return bytes;
}

std::size_t LayeredNetwork::state_bytes() const {
    std::size_t numbers = 0;
    for (const PopulationSpec& population : spec_.populations) {
        numbers +=
            std::holds_alternative<NeuronSpec>(population.kind) ? population.shape.size() : 0;
    }
    for (const ProjectionSpec& projection : spec_.projections) {
        const auto* encoder = std::get_if<EncoderSpec>(&spec_.populations[projection.source].kind);
        const bool held = encoder != nullptr && encoder->holds_values;
        numbers += held ? spec_.populations[projection.target].shape.size() : 0;
    }
    return numbers * sizeof(float);
}

std::span<const std::byte> LayeredNetwork::keep(std::span<const float> values) {
    const std::span<const std::byte> bytes = std::as_bytes(values);
    return keep_bytes(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

std::span<const std::byte> LayeredNetwork::keep_bytes(std::vector<std::byte> bytes) {
    tensors_.push_back(std::move(bytes));
    return tensors_.back();
}

std::span<const float> LayeredNetwork::keep_scales(std::vector<float> scales) {
    scales_.push_back(std::move(scales));
    return scales_.back();
}

Weights LayeredNetwork::weights(std::span<const float> by_index, std::size_t row, WeightForm form) {
    Weights weights;
    weights.count = by_index.size();
    if (form == WeightForm::float32) {
        weights.data = keep(by_index);
        return weights;
    }
    std::vector<float> scales(by_index.size() / row);
    std::vector<std::byte> quantised(by_index.size());
    for (std::size_t r = 0; r < scales.size(); ++r) {
        const std::span<const float> from = by_index.subspan(r * row, row);
        float largest = 0;
        for (const float w : from) {
            largest = std::max(largest, std::abs(w));
        }
        scales[r] = largest == 0 ? 1.0F : largest / 127;
        for (std::size_t k = 0; k < row; ++k) {
            const auto q = static_cast<std::int8_t>(
                std::clamp(std::round(from[k] / scales[r]), -127.0F, 127.0F));
            std::memcpy(&quantised[r * row + k], &q, 1);
        }
    }
    weights.type = WeightType::int8;
    weights.data = keep_bytes(std::move(quantised));
    weights.scales = keep_scales(std::move(scales));
    return weights;
}

}  // namespace saltus::bench
