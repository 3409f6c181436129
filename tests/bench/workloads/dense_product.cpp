#include "tests/bench/workloads/dense_product.hpp"

#include <chrono>
#include <cmath>
#include <oneapi/dnnl/dnnl.h>
#include <random>

#include <fmt/format.h>

#include "models/front/onednn.hpp"

#include "tests/bench/workloads/workload.hpp"

namespace saltus::bench {

DenseProduct::DenseProduct(std::span<const std::uint32_t> widths, std::size_t rows, WeightForm form)
    : rows_(rows), form_(form) {
    std::mt19937 random(1);
    for (std::size_t l = 1; l < widths.size(); ++l) {
        Layer layer{widths[l - 1], widths[l], {}, {}, {}, {}, {}, {}};
        const std::size_t spikes = rows * layer.inputs;
        const std::size_t weights = layer.inputs * layer.outputs;
        const std::size_t sums = rows * layer.outputs;
        const auto spike = [&] { return random() % 8 == 0; };
        const auto weight = [&] { return static_cast<int>(random() % 255) - 127; };
        if (form == WeightForm::float32) {
            layer.sums.resize(sums);
            for (std::size_t k = 0; k < spikes; ++k) {
                layer.spikes.push_back(spike() ? 1.0F : 0.0F);
            }
            for (std::size_t k = 0; k < weights; ++k) {
                layer.weights.push_back(static_cast<float>(weight()) / 128.0F);
            }
        } else {
            layer.sums32.resize(sums);
            for (std::size_t k = 0; k < spikes; ++k) {
                layer.spikes8.push_back(spike() ? 1 : 0);
            }
            for (std::size_t k = 0; k < weights; ++k) {
                layer.weights8.push_back(static_cast<std::int8_t>(weight()));
            }
        }
        layers_.push_back(std::move(layer));
    }
}

double DenseProduct::macs() const {
    double macs = 0;
    for (const Layer& layer : layers_) {
        macs += static_cast<double>(rows_ * layer.inputs * layer.outputs);
    }
    return macs;
}

// sums[rows, outputs] = spikes[rows, inputs] * weights[inputs, outputs]
void DenseProduct::multiply(Layer& layer) const {
    const auto rows = static_cast<dnnl_dim_t>(rows_);
    const auto inputs = static_cast<dnnl_dim_t>(layer.inputs);
    const auto outputs = static_cast<dnnl_dim_t>(layer.outputs);
    dnnl_status_t status = dnnl_success;
    if (form_ == WeightForm::float32) {
        status = dnnl_sgemm('N',
                            'N',
                            rows,
                            outputs,
                            inputs,
                            1.0F,
                            layer.spikes.data(),
                            inputs,
                            layer.weights.data(),
                            outputs,
                            0.0F,
                            layer.sums.data(),
                            outputs);
    } else {
        const std::int32_t offset = 0;
        status = dnnl_gemm_u8s8s32('N',
                                   'N',
                                   'F',
                                   rows,
                                   outputs,
                                   inputs,
                                   1.0F,
                                   layer.spikes8.data(),
                                   inputs,
                                   0,
                                   layer.weights8.data(),
                                   outputs,
                                   0,
                                   0.0F,
                                   layer.sums32.data(),
                                   outputs,
                                   &offset);
    }
    if (status != dnnl_success) {
        throw Error(fmt::format("oneDNN's product failed with status {}", int{status}));
    }
}

void DenseProduct::check() {
    timed_pass();
    for (const Layer& layer : layers_) {
        const std::size_t row = rows_ / 2;
        const std::size_t output = layer.outputs / 2;
        double expected = 0;
        for (std::size_t k = 0; k < layer.inputs; ++k) {
            const std::size_t s = row * layer.inputs + k;
            const std::size_t w = k * layer.outputs + output;
            expected += form_ == WeightForm::float32
                            ? double{layer.spikes[s]} * double{layer.weights[w]}
                            : double(layer.spikes8[s]) * double(layer.weights8[w]);
        }
        const std::size_t place = row * layer.outputs + output;
        // The weights are multiples of 1/128 and the sums small: both are exact.
        const double found = form_ == WeightForm::float32
                                 ? double{layer.sums[place]}
                                 : static_cast<double>(layer.sums32[place]);
        if (found != expected) {
            throw CheckFailed(fmt::format("dense product: {}, need {}", found, expected));
        }
    }
}

double DenseProduct::timed_pass() {
    const onednn::OneThread one_thread;
    const auto began = std::chrono::steady_clock::now();
    for (Layer& layer : layers_) {
        multiply(layer);
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace saltus::bench
