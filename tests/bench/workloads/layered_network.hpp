// A NetworkSpec together with the tensors its spans look at, built part by part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "core/network_spec.hpp"

namespace saltus::bench {

enum class WeightForm { float32, int8 };

// "float32" or "int8"; throws InputError for another form, naming the workload.
WeightForm weight_form(const std::string& form, const std::string& workload);

class LayeredNetwork {
  public:
    explicit LayeredNetwork(Tick horizon) { spec_.horizon = horizon; }

    PopulationId add_encoder(const std::string& name, Shape shape, bool holds_values);
    PopulationId add_neurons(const std::string& name, Shape shape, const NeuronSpec& neurons = {});
    void add_spike_count(PopulationId population);

    // Keeps a tensor alive as long as this; what is given back is a view of it.
    std::span<const std::byte> keep(std::span<const float> values);
    std::span<const std::byte> keep_bytes(std::vector<std::byte> bytes);
    std::span<const float> keep_scales(std::vector<float> scales);

    // Weights by index, as frameworks write them: rows of `row` numbers, one row a target (dense)
    // or output channel (conv2d). int8: each row gets a scale of its own, its largest magnitude /
    // 127, and q = round(w / scale), halves away from zero.
    Weights weights(std::span<const float> by_index, std::size_t row, WeightForm form);

    void add_projection(ProjectionSpec projection) {
        spec_.projections.push_back(std::move(projection));
    }

    // Bytes of all tensors and scales.
    [[nodiscard]] std::size_t model_bytes() const;
    // Bytes that the update rule keeps from tick to tick: a membrane a neuron, and what held values
    // drive it by. For neurons without currents, refractory periods and the like.
    [[nodiscard]] std::size_t state_bytes() const;

    [[nodiscard]] const NetworkSpec& spec() const { return spec_; }

  private:
    NetworkSpec spec_;
    // A deque: views into its elements survive moving and adding.
    std::deque<std::vector<std::byte>> tensors_;
    std::deque<std::vector<float>> scales_;
};

}  // namespace saltus::bench
