// Input that nobody recorded, for measuring a model without data: random numbers that depend on the
// seed, the input, the sample and the place alone (Philox, encoders/philox.hpp), so that any sample
// is the same in every run. It says nothing of accuracy, and activity differs from real data's.
//
//   numbers: uniform in [0, divide_by), so that what the front or encoder sees, before mean and
//            deviation, is uniform in [0, 1)
//   spikes:  one at a tick and neuron with probability k_spike_probability
#pragma once

#include "models/data/data_set.hpp"
#include "models/model.hpp"

namespace saltus {

class RandomDataSet final : public DataSet {
  public:
    static constexpr float k_spike_probability = 0.1F;
    static constexpr std::uint64_t k_samples = 1000000;

    // `number`: which of the model's inputs. Spikes and sequences have as many frames as `horizon`
    // shows. Throws InputError if that is more than 2^62 values a sample.
    RandomDataSet(const ModelInput& input, std::size_t number, Tick horizon, std::uint64_t seed);

    [[nodiscard]] std::uint64_t samples() const override { return k_samples; }

    [[nodiscard]] const Shape& shape() const override { return shape_; }

    [[nodiscard]] std::uint64_t frames() const override { return frames_; }

    void read(std::uint64_t sample, std::span<float> out) const override;

  private:
    Shape shape_;
    std::uint64_t frames_ = 1;
    float scale_ = 1;
    bool spikes_ = false;
    std::size_t number_ = 0;
    std::uint64_t seed_ = 0;
};

}  // namespace saltus
