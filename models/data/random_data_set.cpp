#include "models/data/random_data_set.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/philox.hpp"
#include "models/data/time_axis.hpp"

namespace saltus {

namespace {

// Apart from the draws of the encoders, which count from 0.
constexpr std::uint32_t k_draw = 255;

// Beyond this the number of values, or of their bytes, would not be a 64-bit number.
constexpr std::uint64_t k_most_values = std::uint64_t{1} << 62;

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
    set_name(
        input.spikes
            ? fmt::format("random spikes, {} a tick and neuron, seed {}", k_spike_probability, seed)
            : fmt::format("random numbers, uniform in [0, {}), seed {}", input.divide_by, seed));
    frames_ = frames_run(input, horizon);
    if (frames_ > k_most_values / std::max<std::uint64_t>(1, shape_.size())) {
        throw InputError(name(),
                         fmt::format("{} frames of {} values a sample", frames_, shape_.size()),
                         "at most 2^62 values (a shorter --horizon)");
    }
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
