// Fully spiking networks trained with a price on synaptic operations. The image is either a
// constant drive or one spike a pixel, earlier the brighter.
#include "make_models.hpp"
#include "model_parts.hpp"

namespace examples {

namespace proto = saltus::proto;

saltus::LoadedModel mnist_sparse(const std::filesystem::path& weights, Coding coding) {
    proto::Model model;
    model.set_format_version(1);
    model.set_name(weights.filename().string());
    model.set_description(
        "MNIST 784 - [IF 500] - [IF 500] - readout 10, fully spiking, few spikes");
    model.set_horizon(4);
    model.mutable_provenance()->set_data_set("MNIST, 60,000 training digits");
    model.mutable_provenance()->set_how_trained(
        "Converted-rate gradients with a price on synaptic operations, from a ReLU network of 25 "
        "epochs; weights are in units of the threshold.");
    model.mutable_provenance()->set_seed(0);
    for (const char* layer : {"0", "1", "2"}) {
        add_file(model, std::string("w") + layer, std::string("w") + layer + ".npy");
        add_file(model, std::string("b") + layer, std::string("b") + layer + ".npy");
    }
    add_input(model, "image", {1, 28, 28}, 255);
    proto::Encoder& encoder = add_encoder(model, "pixels");
    const bool latency = coding == Coding::latency;
    if (latency) {
        encoder.mutable_latency();
    } else {
        encoder.mutable_duplicate();
    }
    proto::Population& first = add_population(model, "hidden1");
    first.set_v_init(0.5F);
    if (latency) {
        first.add_receptors()->set_alpha(1);
    }
    first.add_receptors()->set_bias("b0");
    proto::Population& second = add_population(model, "hidden2");
    second.set_v_init(0.5F);
    second.add_receptors()->set_bias("b1");
    add_dense(model, "pixels", "hidden1", "w0");
    add_dense(model, "hidden1", "hidden2", "w1");
    add_logits(model, "hidden2", "w2", "b2");
    const std::string origin = model.name();
    return saltus::LoadedModel::from_message(std::move(model), weights, origin);
}

}  // namespace examples
