#include "models/data/random_data_set.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "encoders/philox.hpp"

namespace saltus {

namespace {

// Apart from the draws of the encoders, which count from 0.
constexpr std::uint32_t k_draw = 255;

}  // namespace

RandomDataSet::RandomDataSet(const ModelInput& input,
                             std::size_t number,
                             Tick horizon,
                             std::uint64_t seed)
    : shape_(input.shape),
      scale_(input.divide_by),
      spikes_(input.spikes),
      number_(number),
      seed_(seed) {
    if (input.spikes) {
        frames_ = static_cast<std::uint64_t>(horizon);
        set_name(
            fmt::format("random spikes, {} a tick and neuron, seed {}", k_spike_probability, seed));
        return;
    }
    if (input.sequence) {
        const Tick each = std::max<Tick>(1, input.ticks_per_frame);
        frames_ = static_cast<std::uint64_t>((horizon - 1) / each + 1);
    }
    set_name(fmt::format("random numbers, uniform in [0, {}), seed {}", input.divide_by, seed));
}

void RandomDataSet::read(std::uint64_t sample, std::span<float> out) const {
    check_read(sample, out.size());
    const std::uint64_t frame_size = shape_.size();
    const RandomKey key{seed_, sample, static_cast<PopulationId>(number_), k_draw};
    for (std::size_t k = 0; k < out.size(); ++k) {
        const RandomWords words = philox(
            key, static_cast<NeuronIndex>(k % frame_size), static_cast<Tick>(k / frame_size));
        const float u = unit_uniform(words[0]);
        out[k] = spikes_ ? (u < k_spike_probability ? 1.0F : 0.0F) : u * scale_;
    }
}

}  // namespace saltus
