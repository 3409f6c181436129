#include "models/interchange/nir/nir_writer.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace saltus::detail {

namespace {

using Extents = std::vector<std::uint64_t>;

void set_shape(proto::Node& node, const Extents& shape) {
    for (const std::uint64_t extent : shape) {
        node.add_shape(static_cast<std::uint32_t>(extent));
    }
}

}  // namespace

void NirModelWriter::add_input(const std::string& name, const Extents& shape) {
    proto::Input& input = *model_.add_inputs();
    input.set_name(name + ".data");  // nodes and inputs share their names
    for (const std::uint64_t extent : shape) {
        input.add_shape(static_cast<std::uint32_t>(extent));
    }
    proto::Node& encoder = *model_.add_nodes();
    encoder.set_name(name);
    encoder.set_input(input.name());
    encoder.mutable_encoder()->mutable_events();
    set_shape(encoder, shape);
}

std::string NirModelWriter::add_tensor(const std::string& name,
                                       const Extents& shape,
                                       const std::vector<double>& numbers) {
    proto::Tensor& tensor = *model_.add_tensors();
    tensor.set_name(name);
    tensor.set_type(proto::TensorType::float32);
    for (const std::uint64_t extent : shape) {
        tensor.add_shape(extent);
    }
    const std::vector<float> narrow(numbers.begin(), numbers.end());
    tensor.set_raw(narrow.data(), narrow.size() * sizeof(float));
    return name;
}

void NirModelWriter::add_population(const std::string& name,
                                    const Extents& shape,
                                    const NirNeuron& neuron,
                                    const std::vector<double>& constant) {
    // X for all, or X_each a tensor.
    const auto set =
        [this](const std::string& tensor, const std::vector<double>& numbers, auto one, auto each) {
            if (numbers.size() == 1) {
                one(static_cast<float>(numbers[0]));
            } else {
                each(add_tensor(tensor, {numbers.size()}, numbers));
            }
        };
    proto::Node& made = *model_.add_nodes();
    made.set_name(name);
    set_shape(made, shape);
    proto::Population& p = *made.mutable_population();
    p.set_fires(neuron.fires);
    set(
        name + ".beta",
        neuron.beta,
        [&](float v) { p.set_beta(v); },
        [&](const std::string& t) { p.set_beta_each(t); });
    set(
        name + ".v_rest",
        neuron.v_rest,
        [&](float v) { p.set_v_rest(v); },
        [&](const std::string& t) { p.set_v_rest_each(t); });
    set(
        name + ".v_init",
        neuron.v_init,
        [&](float v) { p.set_v_init(v); },
        [&](const std::string& t) { p.set_v_init_each(t); });
    if (neuron.fires) {
        set(
            name + ".theta",
            neuron.theta,
            [&](float v) { p.set_theta(v); },
            [&](const std::string& t) { p.set_theta_each(t); });
        p.set_comparison(neuron.comparison == Comparison::above ? proto::Comparison::above
                                                                : proto::Comparison::at_least);
        if (neuron.reset == NirConvention::Reset::to_v_reset) {
            p.set_reset(proto::Reset::to_v_reset);
            set(
                name + ".v_reset",
                neuron.v_reset,
                [&](float v) { p.set_v_reset(v); },
                [&](const std::string& t) { p.set_v_reset_each(t); });
        }
        p.set_previous_reset_counts(neuron.previous_reset_counts);
        p.set_spikes_per_tick(neuron.several_spikes ? proto::SpikesPerTick::trunc
                                                    : proto::SpikesPerTick::one);
    }
    if (neuron.floor) {
        p.set_floor(static_cast<float>(*neuron.floor));
    }
    proto::Receptor& receptor = *p.add_receptors();
    p.set_current_used(neuron.current == CurrentUsed::tick_before ? proto::CurrentUsed::tick_before
                                                                  : proto::CurrentUsed::this_tick);
    set(
        name + ".alpha",
        neuron.alpha,
        [&](float v) { receptor.set_alpha(v); },
        [&](const std::string& t) { receptor.set_alpha_each(t); });
    set(
        name + ".gain",
        neuron.gain,
        [&](float v) { receptor.set_gain(v); },
        [&](const std::string& t) { receptor.set_gain_each(t); });
    if (std::any_of(constant.begin(), constant.end(), [](double one) { return one != 0; })) {
        receptor.set_bias(add_tensor(name + ".bias", {constant.size()}, constant));
    }
}

proto::Projection& NirModelWriter::add_projection(const std::string& source,
                                                  const std::string& target,
                                                  const NirPath& path,
                                                  Tick delay) {
    proto::Projection& projection = *model_.add_projections();
    projection.set_source(source);
    projection.set_target(target);
    projection.set_delay(delay);
    if (!path.pool.empty()) {
        proto::Pool& pool = path.pool[0].average ? *projection.mutable_average_pool()
                                                 : *projection.mutable_sum_pool();
        pool.set_k(static_cast<std::uint32_t>(path.pool[0].k));
        pool.set_stride(static_cast<std::uint32_t>(path.pool[0].stride));
    }
    return projection;
}

std::string NirModelWriter::fresh(const std::string& name) {
    std::string free = name;
    for (int k = 2; !names_.insert(free).second; ++k) {
        free = fmt::format("{}.{}", name, k);
    }
    return free;
}

void NirModelWriter::connect(const std::string& source,
                             std::uint64_t sources,
                             const std::string& target,
                             const NirPath& path,
                             const std::vector<Tick>& delays) {
    const std::string name = fresh(source + " -> " + target);
    const auto* dense = std::get_if<NirPath::Dense>(&path.connection);
    const auto* identity = std::get_if<NirPath::Identity>(&path.connection);
    if (const auto* conv = std::get_if<NirPath::Conv>(&path.connection)) {
        proto::Conv2d& made = *add_projection(source, target, path, delays[0]).mutable_conv2d();
        for (std::size_t k = 0; k < 2; ++k) {
            made.add_stride(static_cast<std::uint32_t>(conv->stride[k]));
            made.add_padding(static_cast<std::uint32_t>(conv->padding[k]));
            made.add_dilation(static_cast<std::uint32_t>(conv->dilation[k]));
        }
        made.set_groups(static_cast<std::uint32_t>(conv->groups));
        const std::uint64_t in =
            conv->weight.size() / (conv->channels * conv->kernel[0] * conv->kernel[1]);
        made.set_weight(add_tensor(name + ".weight",
                                   {conv->channels, in, conv->kernel[0], conv->kernel[1]},
                                   conv->weight));
    } else if (dense != nullptr && delays.size() == 1) {
        add_projection(source, target, path, delays[0])
            .mutable_dense()
            ->set_weight(
                add_tensor(name + ".weight", {dense->rows, dense->columns}, dense->weight));
    } else if (identity != nullptr && identity->scale.empty() && delays.size() == 1) {
        add_projection(source, target, path, delays[0]).mutable_identity();
    } else {
        for (const Tick delay : std::set<Tick>(delays.begin(), delays.end())) {
            add_rows(source,
                     sources,
                     target,
                     path,
                     delays,
                     delay,
                     fmt::format("{}, {} ticks", name, delay));
        }
    }
}

void NirModelWriter::add_rows(const std::string& source,
                              std::uint64_t sources,
                              const std::string& target,
                              const NirPath& path,
                              const std::vector<Tick>& delays,
                              Tick delay,
                              const std::string& name) {
    const auto* dense = std::get_if<NirPath::Dense>(&path.connection);
    const auto* identity = std::get_if<NirPath::Identity>(&path.connection);
    proto::Tensor offsets;
    proto::Tensor targets;
    std::vector<double> weights;
    offsets.add_integers(0);
    for (std::uint64_t k = 0; k < sources; ++k) {
        const bool has = delays[delays.size() == 1 ? 0 : k] == delay;
        for (std::uint64_t i = 0; has && dense != nullptr && i < dense->rows; ++i) {
            targets.add_integers(i);
            weights.push_back(dense->weight[i * dense->columns + k]);
        }
        if (has && identity != nullptr) {
            targets.add_integers(k);
            weights.push_back(identity->scale.empty() ? 1 : identity->scale[k]);
        }
        offsets.add_integers(weights.size());
    }
    offsets.set_name(name + ".offsets");
    offsets.set_type(proto::TensorType::uint64);
    offsets.add_shape(static_cast<std::uint64_t>(offsets.integers_size()));
    targets.set_name(name + ".targets");
    targets.set_type(proto::TensorType::uint32);
    targets.add_shape(weights.size());
    proto::Sparse& sparse = *add_projection(source, target, path, delay).mutable_sparse();
    sparse.set_offsets(offsets.name());
    sparse.set_targets(targets.name());
    *model_.add_tensors() = std::move(offsets);
    *model_.add_tensors() = std::move(targets);
    sparse.set_weight(add_tensor(name + ".weight", {weights.size()}, weights));
}

}  // namespace saltus::detail
