// A trained hybrid network: an artificial ReLU layer, a coding, one spiking layer, a readout that
// integrates. Thresholds and full scale were fixed when it was trained.
#include "models/files/npy.hpp"

#include "make_models.hpp"
#include "model_parts.hpp"

namespace examples {

namespace {

namespace proto = saltus::proto;

// The 99.9th percentile of the front's nonzero features.
constexpr float k_full_scale = 4.3738613F;

const char* name_of(Coding coding) {
    switch (coding) {
        case Coding::duplicate:
            return "mnist_hybrid_duplicate";
        case Coding::latency:
            return "mnist_hybrid_latency";
        case Coding::bernoulli:
            return "mnist_hybrid_bernoulli";
    }
    return "";
}

void add_provenance(proto::Model& model, Coding coding) {
    proto::Provenance& provenance = *model.mutable_provenance();
    provenance.set_how_trained(
        "As an ordinary ReLU network, 25 epochs with shifts of up to 2 pixels; 99.06 % of the test "
        "digits. The spiking layer's weights were divided by 5.5067577, the 99.9th percentile of "
        "its "
        "activations.");
    provenance.set_data_set("MNIST, 60,000 training digits");
    provenance.set_seed(0);
    // What two independent clock-driven simulations in float32 found.
    Measured measured{model, "mnist:test", 10000};
    switch (coding) {
        case Coding::duplicate:
            measured.add(2, 9885, 82.81, 0, 828.1);
            measured.add(4, 9903, 182.76, 0, 1827.6);
            measured.add(8, 9906, 374.07, 0, 3740.7);
            measured.add(16, 9906, 752.40, 0, 7524.0);
            measured.add(32, 9906, 1507.00, 0, 15070.0);
            break;
        case Coding::latency:
            measured.add(4, 9883, 168.56, 57.40, 30383.9);
            measured.add(8, 9895, 353.12, 77.70, 42382.1);
            measured.add(16, 9901, 722.63, 90.19, 52322.5);
            break;
        case Coding::bernoulli:  // with other random numbers: about
            measured.add(8, 9854, 400, 160, 84000);
            measured.add(16, 9886, 788, 320, 167800);
            break;
    }
}

void add_front(proto::Model& model) {
    add_input(model, "image", {1, 28, 28}, 255);
    proto::Node& dense = *model.add_nodes();
    dense.set_name("front");
    dense.mutable_dense()->set_weight("front.weight");
    dense.mutable_dense()->set_bias("front.bias");
    proto::Node& relu = *model.add_nodes();
    relu.set_name("relu");
    relu.mutable_relu();
}

void add_coding(proto::Model& model, Coding coding) {
    proto::Encoder& encoder = add_encoder(model, "features");
    switch (coding) {
        case Coding::duplicate:
            encoder.mutable_duplicate();
            break;
        case Coding::latency:
            encoder.mutable_latency()->set_c(k_full_scale);
            break;
        case Coding::bernoulli:
            encoder.mutable_bernoulli()->set_c(k_full_scale);
            break;
    }
}

// A duplicated feature drives with w a; a spike stands for the full scale, so it drives with c w.
void add_spiking_weight(proto::Model& model, const std::filesystem::path& weights, Coding coding) {
    if (coding == Coding::duplicate) {
        add_file(model, "spiking.weight", "spiking_weight.npy");
        return;
    }
    const saltus::NpyArray array(weights / "spiking_weight.npy");
    std::vector<float> scaled = array.as<float>();
    for (float& weight : scaled) {
        weight = k_full_scale * weight;
    }
    add_numbers(model, "spiking.weight", array.shape(), scaled);
}

}  // namespace

saltus::LoadedModel mnist_hybrid(const std::filesystem::path& weights, Coding coding) {
    proto::Model model;
    model.set_format_version(1);
    model.set_name(name_of(coding));
    model.set_description("MNIST 784 - [ReLU 500] - coding - [IF 500] - readout 10");
    model.set_horizon(coding == Coding::duplicate ? 8 : 16);
    add_provenance(model, coding);
    add_file(model, "front.weight", "front_weight.npy");
    add_file(model, "front.bias", "front_bias.npy");
    add_spiking_weight(model, weights, coding);
    add_file(model, "spiking.bias", "spiking_bias.npy");
    add_file(model, "readout.weight", "readout_weight.npy");
    add_file(model, "readout.bias", "readout_bias.npy");

    add_front(model);
    add_coding(model, coding);
    proto::Population& hidden = add_population(model, "hidden");
    hidden.set_v_init(0.5F);
    // Two receptors, so that a tick adds the features' drive, then the bias, as two additions. A
    // latency spike switches on a current that stays: alpha 1.
    proto::Receptor& features = *hidden.add_receptors();
    if (coding == Coding::latency) {
        features.set_alpha(1);
    }
    hidden.add_receptors()->set_bias("spiking.bias");
    add_dense(model, "features", "hidden", "spiking.weight");
    add_logits(model, "hidden", "readout.weight", "readout.bias");
    return saltus::LoadedModel::from_message(std::move(model), weights, name_of(coding));
}

}  // namespace examples
