// Workload A: 128 test digits as given Bernoulli spikes, T = 100.
#include "tests/bench/workloads/mnist_mlp.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "encoders/events.hpp"
#include "models/files/npy.hpp"

#include "tests/bench/workloads/trained.hpp"

namespace saltus::bench {

namespace {

constexpr Tick k_horizon = 100;
constexpr std::uint64_t k_samples = 128;

GoldenAnswer golden(WeightForm form) {
    GoldenAnswer golden;
    if (form == WeightForm::float32) {
        golden.means = {{0, 9274.5, 0.05}, {1, 3144.4, 0.05}, {2, 5961.7, 0.05}, {3, 46.65, 0.005}};
        golden.right = 127;
        golden.synops = 6.27e6;
        golden.synops_within = 0.005e6;
        golden.digest = "f96224c5320ed0fab01dee17631498fd";
    } else {
        golden.right = 127;
        golden.synops = 6.27e6;
        golden.synops_within = 0.01e6;
        golden.digest = "7cf4107f564129237ce480ce37af6306";
    }
    return golden;
}

}  // namespace

LayeredNetwork mnist_mlp(const std::filesystem::path& weights, WeightForm form, Tick horizon) {
    LayeredNetwork network(horizon);
    PopulationId source = network.add_encoder("input", Shape{k_mlp_widths[0]}, false);
    const char* const names[] = {"hidden1", "hidden2", "output"};
    for (std::size_t layer = 1; layer <= 3; ++layer) {
        const std::uint32_t inputs = k_mlp_widths[layer - 1];
        const std::uint32_t outputs = k_mlp_widths[layer];
        const PopulationId target = network.add_neurons(names[layer - 1], Shape{outputs});
        const std::vector<float> by_index =
            read_weights(weights / "workload_a" / fmt::format("W{}.npy", layer), {outputs, inputs});
        ProjectionSpec projection;
        projection.source = source;
        projection.target = target;
        projection.connection = Dense{network.weights(by_index, inputs, form)};
        network.add_projection(std::move(projection));
        source = target;
    }
    network.add_spike_count(source);
    return network;
}

std::unique_ptr<Workload> make_mnist_mlp(const Request& request) {
    const WeightForm form = weight_form(request.form, request.workload);
    LayeredNetwork network = mnist_mlp(request.weights, form, k_horizon);

    const std::filesystem::path file = request.inputs / "workload_a.events.npy";
    const NpyArray array(file);
    const std::vector<std::uint64_t> shape = {k_samples, k_horizon, k_mlp_widths[0]};
    if (array.shape() != shape) {
        throw InputError(file.string(), "shape " + array.shape_text(), "[128, 100, 784]");
    }
    const auto counts = array.as<std::uint8_t>();
    const std::size_t row = counts.size() / k_samples;

    EventsEncoder encoder({Shape{k_mlp_widths[0]}, 0, k_horizon});
    EncodedSamples samples;
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t s = 0; s < k_samples; ++s) {
        encoder.start(s, std::span(counts).subspan(s * row, row), k_horizon);
        samples.packets.push_back(drain(encoder, k_horizon));
    }
    samples.encode_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    samples.labels = read_labels(request.weights / "workload_a" / "y.npy", k_samples);
    return std::make_unique<TrainedWorkload>(std::move(network), std::move(samples), golden(form));
}

}  // namespace saltus::bench
