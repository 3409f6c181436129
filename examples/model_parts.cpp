#include "model_parts.hpp"

namespace examples {

namespace proto = saltus::proto;

void Measured::add(
    int horizon, std::uint64_t right, double spikes, double encoder_spikes, double synops) {
    proto::Measurement& row = *model.mutable_provenance()->add_measured();
    row.set_data_set(data_set);
    row.set_horizon(horizon);
    row.set_samples(samples);
    row.set_right(right);
    row.set_spikes_per_sample(spikes);
    row.set_encoder_spikes_per_sample(encoder_spikes);
    row.set_synaptic_operations_per_sample(synops);
}

void add_input(proto::Model& model,
               const std::string& name,
               std::initializer_list<std::uint32_t> shape,
               float divide_by) {
    proto::Input& input = *model.add_inputs();
    input.set_name(name);
    for (const std::uint32_t d : shape) {
        input.add_shape(d);
    }
    if (divide_by != 1) {
        input.set_divide_by(divide_by);
    }
}

void add_file(proto::Model& model, const std::string& tensor, const std::string& file) {
    proto::Tensor& added = *model.add_tensors();
    added.set_name(tensor);
    added.set_file(file);
}

void add_numbers(proto::Model& model,
                 const std::string& tensor,
                 const std::vector<std::uint64_t>& shape,
                 const std::vector<float>& values) {
    proto::Tensor& added = *model.add_tensors();
    added.set_name(tensor);
    for (const std::uint64_t d : shape) {
        added.add_shape(d);
    }
    added.mutable_values()->Add(values.begin(), values.end());
}

proto::Encoder& add_encoder(proto::Model& model, const std::string& name) {
    proto::Node& node = *model.add_nodes();
    node.set_name(name);
    return *node.mutable_encoder();
}

proto::Population& add_population(proto::Model& model, const std::string& name) {
    proto::Node& node = *model.add_nodes();
    node.set_name(name);
    return *node.mutable_population();
}

proto::Projection& add_projection(proto::Model& model,
                                  const std::string& source,
                                  const std::string& target) {
    proto::Projection& projection = *model.add_projections();
    projection.set_source(source);
    projection.set_target(target);
    return projection;
}

proto::Projection& add_dense(proto::Model& model,
                             const std::string& source,
                             const std::string& target,
                             const std::string& weight) {
    proto::Projection& projection = add_projection(model, source, target);
    projection.mutable_dense()->set_weight(weight);
    return projection;
}

void add_logits(proto::Model& model,
                const std::string& source,
                const std::string& weight,
                const std::string& bias) {
    add_population(model, "logits").set_fires(false);
    add_dense(model, source, "logits", weight);
    proto::Readout& readout = *model.add_readouts();
    readout.set_name("digit");
    readout.set_population("logits");
    readout.set_kind(proto::ReadoutKind::membrane);
    // T is left unset: it is the horizon, whatever that is.
    readout.mutable_logit()->set_bias(bias);
}

void add_spike_count(proto::Model& model, const std::string& population) {
    proto::Readout& readout = *model.add_readouts();
    readout.set_name("class");
    readout.set_population(population);
    readout.set_kind(proto::ReadoutKind::spike_count);
    readout.set_ties(proto::Ties::index);
}

}  // namespace examples
