// The dense rival: the network's layers as matrix products over all ticks of several samples at
// once, zeros multiplied like everything else, by oneDNN. No neurons are updated: what a dense
// simulator would still have to do is left out in its favour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/bench/workloads/layered_network.hpp"

namespace saltus::bench {

class DenseProduct {
  public:
    // `widths`: neurons a layer, the input's first. `rows`: ticks times samples of one product.
    // Inputs are 0 or 1 (which does not change the time), weights small numbers.
    DenseProduct(std::span<const std::uint32_t> widths, std::size_t rows, WeightForm form);

    // Checks one element of each layer against a plain sum, then does nothing else. Throws
    // CheckFailed.
    void check();
    // Wall time of all layers' products once, one thread.
    double timed_pass();

    [[nodiscard]] double macs() const;  // of one pass

  private:
    struct Layer {
        std::size_t inputs;
        std::size_t outputs;
        std::vector<float> spikes, weights, sums;  // float32
        std::vector<std::uint8_t> spikes8;         // int8: 8-bit operands, 32-bit sums
        std::vector<std::int8_t> weights8;
        std::vector<std::int32_t> sums32;
    };

    void multiply(Layer& layer) const;

    std::size_t rows_;
    WeightForm form_;
    std::vector<Layer> layers_;
};

}  // namespace saltus::bench
