// Workload B: conv3x3-32, conv3x3-32, conv3x3-64, average pool 2, conv3x3-64, average pool 2,
// dense 512, dense 10 on 64 images of 3 x 32 x 32, all integrate-and-fire, the image as constant
// drive, T = 32.
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "encoders/duplicate.hpp"

#include "tests/bench/workloads/trained.hpp"

namespace saltus::bench {

namespace {

constexpr Tick k_horizon = 32;
constexpr std::uint64_t k_samples = 64;
constexpr std::uint32_t k_image = 32;

GoldenAnswer golden(WeightForm form) {
    GoldenAnswer golden;
    golden.synops = 138e6;
    golden.synops_within = 0.5e6;
    if (form == WeightForm::float32) {
        golden.means = {{1, 58933, 0.5},
                        {2, 72987, 0.5},
                        {3, 141004, 0.5},
                        {4, 13330, 0.5},
                        {5, 745, 0.5},
                        {6, 15.9, 0.05}};
        golden.right = 29;
        golden.digest = "e6e986a9b96b9e4bdf0d72cb0780d2c7";
    } else {
        golden.right = 29;
        golden.digest = "aa9fc514416766c492456ed181125214";
    }
    return golden;
}

struct Layer {
    const char* name;
    std::uint32_t outputs;
    bool conv;
    bool pooled;  // an average pool of 2 stands before it
};

constexpr Layer k_layers[] = {{"conv1", 32, true, false},
                              {"conv2", 32, true, false},
                              {"conv3", 64, true, false},
                              {"conv4", 64, true, true},
                              {"dense5", 512, false, true},
                              {"output", 10, false, false}};

LayeredNetwork conv_net(const std::filesystem::path& weights, WeightForm form) {
    LayeredNetwork network(k_horizon);
    PopulationId source = network.add_encoder("pixels", Shape{3, k_image, k_image}, true);
    std::uint32_t channels = 3;
    std::uint32_t side = k_image;
    std::uint32_t inputs = 3 * k_image * k_image;
    int number = 0;
    for (const Layer& layer : k_layers) {
        ProjectionSpec projection;
        projection.source = source;
        if (layer.pooled) {
            projection.pool = PoolSpec{PoolSpec::Kind::average, 2, 0};
            side /= 2;
            inputs /= 4;
        }
        const std::filesystem::path file =
            weights / "workload_b" / fmt::format("W{}.npy", ++number);
        if (layer.conv) {
            Conv2d conv{{3, 3}, {1, 1}, {1, 1}, {1, 1}, 1, {}};
            conv.weights = network.weights(read_weights(file, {layer.outputs, channels, 3, 3}),
                                           std::size_t{channels} * 9,
                                           form);
            projection.connection = conv;
            projection.target = network.add_neurons(layer.name, Shape{layer.outputs, side, side});
            channels = layer.outputs;
            inputs = channels * side * side;
        } else {
            projection.connection =
                Dense{network.weights(read_weights(file, {layer.outputs, inputs}), inputs, form)};
            projection.target = network.add_neurons(layer.name, Shape{layer.outputs});
            inputs = layer.outputs;
        }
        source = projection.target;
        network.add_projection(std::move(projection));
    }
    network.add_spike_count(source);
    return network;
}

}  // namespace

std::unique_ptr<Workload> make_conv_net(const Request& request) {
    const WeightForm form = weight_form(request.form, request.workload);
    LayeredNetwork network = conv_net(request.weights, form);
    const std::vector<float> images =
        read_weights(request.weights / "workload_b" / "x.npy", {k_samples, 3, k_image, k_image});
    const std::size_t row = images.size() / k_samples;

    DuplicateEncoder encoder({Shape{3, k_image, k_image}, 0, k_horizon});
    EncodedSamples samples;
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t s = 0; s < k_samples; ++s) {
        encoder.start({s, std::span(images).subspan(s * row, row)});
        samples.packets.push_back(drain(encoder, k_horizon));
    }
    samples.encode_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    samples.labels = read_labels(request.weights / "workload_b" / "y.npy", k_samples);
    return std::make_unique<TrainedWorkload>(std::move(network), std::move(samples), golden(form));
}

}  // namespace saltus::bench
