// Two networks to measure speed and activity on; their images are already in [0, 1].
#include "make_models.hpp"
#include "model_parts.hpp"

namespace examples {

namespace proto = saltus::proto;

saltus::LoadedModel workload_a(const std::filesystem::path& weights) {
    proto::Model model;
    model.set_format_version(1);
    model.set_name("workload_a");
    model.set_description("MNIST 784 - 500 - 500 - 10, all IF, given Bernoulli spikes");
    model.set_horizon(100);
    model.mutable_provenance()->set_how_trained(
        "As a ReLU network (97.9 %), each layer scaled to a threshold of 1 by the 99.9th "
        "percentile of "
        "its activations.");
    Measured{model, "128 test digits as spikes", 128}.add(
        100, 127, 3144.4 + 5961.7 + 46.65, 9274.5, 6.27e6);
    for (const char* layer : {"1", "2", "3"}) {
        add_file(model, std::string("W") + layer, std::string("W") + layer + ".npy");
    }
    add_input(model, "spikes", {784}, 1);
    add_encoder(model, "input").mutable_events();
    add_population(model, "hidden1");
    add_population(model, "hidden2");
    add_population(model, "output");
    add_dense(model, "input", "hidden1", "W1");
    add_dense(model, "hidden1", "hidden2", "W2");
    add_dense(model, "hidden2", "output", "W3");
    add_spike_count(model, "output");
    return saltus::LoadedModel::from_message(std::move(model), weights, "workload_a");
}

saltus::LoadedModel workload_b(const std::filesystem::path& weights) {
    proto::Model model;
    model.set_format_version(1);
    model.set_name("workload_b");
    model.set_description(
        "conv3x3-32, conv3x3-32, conv3x3-64, avgpool2, conv3x3-64, avgpool2, fc512, fc10, all IF");
    model.set_horizon(32);
    model.mutable_provenance()->set_how_trained(
        "Quickly: its activity is the point, not its accuracy.");
    Measured{model, "64 images", 64}.add(
        32, 29, 58933.0 + 72987.0 + 141004.0 + 13330.0 + 745.0 + 15.9, 0, 138e6);
    const char* layers[] = {"conv1", "conv2", "conv3", "conv4", "dense5", "output"};
    for (int k = 1; k <= 6; ++k) {
        add_file(model, "W" + std::to_string(k), "W" + std::to_string(k) + ".npy");
    }
    add_input(model, "image", {3, 32, 32}, 1);
    add_encoder(model, "pixels").mutable_duplicate();
    for (const char* layer : layers) {
        add_population(model, layer);
    }
    std::string source = "pixels";
    for (int k = 1; k <= 6; ++k) {
        const std::string target = layers[k - 1];
        proto::Projection& projection = add_projection(model, source, target);
        // A pool is a stage of the projection behind it: a spike counts 1/4 there.
        if (k == 4 || k == 5) {
            projection.mutable_average_pool()->set_k(2);
        }
        if (k <= 4) {
            projection.mutable_conv2d()->set_weight("W" + std::to_string(k));
            projection.mutable_conv2d()->add_padding(1);
        } else {
            projection.mutable_dense()->set_weight("W" + std::to_string(k));
        }
        source = target;
    }
    add_spike_count(model, "output");
    return saltus::LoadedModel::from_message(std::move(model), weights, "workload_b");
}

}  // namespace examples
