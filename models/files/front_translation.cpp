// The artificial front: which layers lead to each encoder, with their shapes.
#include <algorithm>
#include <cmath>

#include "models/files/translator.hpp"

namespace saltus {

namespace {

std::string node_path(std::size_t node) {
    return "nodes[" + std::to_string(node) + "]";
}

}  // namespace

void Translator::front() {
    const auto count = static_cast<std::size_t>(model_.nodes_size());
    front_layers_.resize(count);
    resolved_.assign(count, 0);
    for (std::size_t k = 0; k < count; ++k) {
        if (is_front_layer(model_.nodes(static_cast<int>(k)))) {
            resolve_front(k);
        }
    }
}

std::optional<Translator::Place> Translator::input_of(std::size_t node) {
    const proto::Node& source = model_.nodes(static_cast<int>(node));
    const std::string path = node_path(node) + ".input";
    if (source.input().empty()) {
        if (node > 0 && is_front_layer(model_.nodes(static_cast<int>(node) - 1))) {
            return Place{false, node - 1};
        }
        if (model_.inputs_size() == 1) {
            return Place{true, 0};
        }
        faults_.add(path, "none", "the name of an input or artificial layer");
        return std::nullopt;
    }
    const auto found = names_.find(source.input());
    if (found == names_.end() ||
        (!found->second.is_input &&
         !is_front_layer(model_.nodes(static_cast<int>(found->second.index))))) {
        faults_.add(path, "\"" + source.input() + "\"", "the name of an input or artificial layer");
        return std::nullopt;
    }
    return found->second;
}

// Walks back to what is known, then forward again, so that no depth of the file is one of the
// stack.
void Translator::resolve_front(std::size_t node) {
    std::vector<std::size_t> chain;
    Shape in;
    for (std::size_t at = node;;) {
        if (resolved_[at] == 2) {
            in = out_.shapes[at];
            break;
        }
        if (resolved_[at] == 1) {
            faults_.add(node_path(at) + ".input",
                        "a layer that reads its own output",
                        "layers that lead back to an input");
            break;
        }
        resolved_[at] = 1;
        chain.push_back(at);
        const auto place = input_of(at);
        if (!place) {
            break;
        }
        if (place->is_input) {
            in = out_.inputs[place->index].shape;
            break;
        }
        at = place->index;
    }
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
        // An unknown shape has been complained of where it arose.
        if (in.size() != 0) {
            front_layer(*at, in);
        }
        resolved_[*at] = 2;
        in = out_.shapes[*at];
    }
}

void Translator::front_layer(std::size_t node, const Shape& in) {
    const proto::Node& source = model_.nodes(static_cast<int>(node));
    const std::string path = node_path(node);
    FrontLayer& layer = front_layers_[node];
    layer.name = source.name();
    layer.origin = faults_.at(path);
    Shape& out = out_.shapes[node];
    out = in;
    switch (source.kind_case()) {
        case proto::Node::kDense:
            out = dense_layer(node, in, layer);
            break;
        case proto::Node::kConv2D:
            out = conv2d_layer(node, in, layer);
            break;
        case proto::Node::kBias:
            out = bias_layer(node, in, layer);
            break;
        case proto::Node::kRelu:
            layer.kind = FrontRelu{};
            break;
        case proto::Node::kSigmoid:
            layer.kind = FrontSigmoid{};
            break;
        case proto::Node::kFlatten:
            layer.kind = FrontFlatten{};
            out = Shape{static_cast<std::uint32_t>(in.size())};
            break;
        default: {
            const bool maximum = source.has_max_pool();
            const proto::Pool& pool = maximum ? source.max_pool() : source.average_pool();
            const std::uint32_t stride = stride_of(pool);
            layer.kind = FrontPool{
                maximum ? FrontPool::Kind::max : FrontPool::Kind::average, pool.k(), stride};
            const auto after = pooled(in, pool.k(), stride);
            if (!after) {
                faults_.add(path + (maximum ? ".max_pool" : ".average_pool"),
                            "k " + std::to_string(pool.k()) + " and stride " +
                                std::to_string(stride) + " on " + in.text(),
                            "windows of at least 1 that fit into [C, H, W]");
            }
            out = after.value_or(Shape{});
        }
    }
    const auto given =
        source.shape().empty() ? std::nullopt : shape(source.shape(), path + ".shape");
    if (given && out.size() != 0 && *given != out) {
        faults_.add(path + ".shape", given->text(), out.text() + ", which follows from its input");
    }
}

Shape Translator::dense_layer(std::size_t node, const Shape& in, FrontLayer& layer) {
    const proto::DenseLayer& source = model_.nodes(static_cast<int>(node)).dense();
    const std::string path = node_path(node) + ".dense";
    const StoredTensor* weight = tensor(source.weight(), path + ".weight");
    if (weight == nullptr) {
        return {};
    }
    if (weight->shape.size() != 2 || weight->shape[1] != in.size() ||
        weight->shape[0] > k_max_neurons || weight->rows_by_source) {
        faults_.add(path + ".weight",
                    "\"" + weight->name + "\" with shape " + weight->shape_text(),
                    "[out, " + std::to_string(in.size()) + "] for an input of " + in.text());
        return {};
    }
    FrontDense dense;
    dense.outputs = static_cast<std::uint32_t>(weight->shape[0]);
    out_.by_index.insert(weight);
    dense.weight = tensors_.floats(*weight);
    if (!source.bias().empty()) {
        dense.bias = float_vector(source.bias(), dense.outputs, path + ".bias");
    }
    layer.kind = dense;
    return Shape{dense.outputs};
}

Shape Translator::conv2d_layer(std::size_t node, const Shape& in, FrontLayer& layer) {
    const proto::Conv2dLayer& source = model_.nodes(static_cast<int>(node)).conv2d();
    const std::string path = node_path(node) + ".conv2d";
    FrontConv2d conv;
    conv.groups = source.has_groups() ? source.groups() : 1;
    const StoredTensor* weight = tensor(source.weight(), path + ".weight");
    if (!pair(source.stride(), 1, 1, path + ".stride", conv.stride) ||
        !pair(source.padding(), 0, 0, path + ".padding", conv.padding) ||
        !pair(source.dilation(), 1, 1, path + ".dilation", conv.dilation) || weight == nullptr) {
        return {};
    }
    const auto& dims = weight->shape;
    if (dims.size() != 4 || weight->rows_by_source || !in.is_chw() || conv.groups == 0 ||
        in.channels() % conv.groups != 0 || dims[1] != in.channels() / conv.groups ||
        dims[0] % conv.groups != 0 || dims[0] > k_max_neurons) {
        faults_.add(path + ".weight",
                    "\"" + weight->name + "\" with shape " + weight->shape_text() + " and groups " +
                        std::to_string(conv.groups) + " for an input of " + in.text(),
                    "[out, C / groups, ky, kx] for [C, H, W]");
        return {};
    }
    const auto rows =
        windows(in.height(), {dims[2], conv.stride[0], conv.padding[0], conv.dilation[0]});
    const auto columns =
        windows(in.width(), {dims[3], conv.stride[1], conv.padding[1], conv.dilation[1]});
    if (!rows || !columns || dims[0] * *rows > k_max_neurons ||
        dims[0] * *rows * *columns > k_max_neurons) {
        faults_.add(path,
                    "a kernel of [" + std::to_string(dims[2]) + ", " + std::to_string(dims[3]) +
                        "] on " + in.text(),
                    "an output of 1 to " + std::to_string(k_max_neurons) + " elements");
        return {};
    }
    conv.out_channels = static_cast<std::uint32_t>(dims[0]);
    conv.kernel[0] = static_cast<std::uint32_t>(dims[2]);
    conv.kernel[1] = static_cast<std::uint32_t>(dims[3]);
    out_.by_index.insert(weight);
    conv.weight = tensors_.floats(*weight);
    if (!source.bias().empty()) {
        conv.bias = float_vector(source.bias(), conv.out_channels, path + ".bias");
    }
    layer.kind = conv;
    return Shape{
        conv.out_channels, static_cast<std::uint32_t>(*rows), static_cast<std::uint32_t>(*columns)};
}

Shape Translator::bias_layer(std::size_t node, const Shape& in, FrontLayer& layer) {
    const std::string path = node_path(node) + ".bias.bias";
    FrontBias bias;
    bias.bias = float_vector(model_.nodes(static_cast<int>(node)).bias().bias(), 0, path);
    const bool each = bias.bias.size() == in.size();
    const bool channel = in.is_chw() && bias.bias.size() == in.channels();
    if (!bias.bias.empty() && !each && !channel) {
        faults_.add(path,
                    std::to_string(bias.bias.size()) + " numbers",
                    "one a channel or one an element of " + in.text());
        return {};
    }
    layer.kind = bias;
    return in;
}

void Translator::encoders() {
    for (int k = 0; k < model_.nodes_size(); ++k) {
        if (model_.nodes(k).has_encoder()) {
            encoder(static_cast<std::size_t>(k));
        }
    }
}

void Translator::encoder(std::size_t node) {
    const proto::Node& source = model_.nodes(static_cast<int>(node));
    const std::string path = node_path(node);
    EncoderBinding binding;
    binding.name = source.name();
    binding.population = population_of_[node];
    binding.coding = coding(source.encoder(), path + ".encoder");
    codings_[node] = binding.coding;
    std::vector<std::size_t> chain;
    Shape activations;
    auto place = input_of(node);
    if (place && !place->is_input) {
        activations = out_.shapes[place->index];
    }
    while (place && !place->is_input && chain.size() < k_max_front_depth &&
           out_.shapes[place->index].size() != 0) {
        chain.push_back(place->index);
        place = input_of(place->index);
    }
    if (!place) {
        return;
    }
    if (!place->is_input) {
        if (chain.size() == k_max_front_depth) {
            faults_.add(path + ".input",
                        "more than " + std::to_string(k_max_front_depth) + " layers before it",
                        "a shorter front");
        }
        return;
    }
    ModelInput& input = out_.inputs[place->index];
    binding.input = place->index;
    binding.front.input = input.shape;
    std::reverse(chain.begin(), chain.end());
    for (const std::size_t layer : chain) {
        binding.front.layers.push_back(front_layers_[layer]);
    }
    if (chain.empty()) {
        activations = input.shape;
    }
    if (source.encoder().has_events()) {
        input.spikes = true;
        if (!chain.empty()) {
            faults_.add(
                path + ".input", "an artificial layer", "an input: events are spikes already");
        }
    }
    if (activations.size() == 0) {
        return;
    }
    out_.shapes[node] = encoder_shape(node, binding.coding, activations);
    out_.encoders.push_back(std::move(binding));
}

Coding Translator::coding(const proto::Encoder& source, const std::string& path) {
    using E = proto::Encoder;
    switch (source.coding_case()) {
        case E::kDuplicate:
            return DuplicateCoding{};
        case E::kGaussian:
            return GaussianCoding{source.gaussian().relu()};
        case E::kBernoulli:
            return BernoulliCoding{source.bernoulli().has_c() ? source.bernoulli().c() : 1.0F};
        case E::kPoisson:
            return PoissonCoding{source.poisson().has_c() ? source.poisson().c() : 1.0F};
        case E::kLatency: {
            LatencyCoding latency;
            if (source.latency().has_c()) {
                latency.c = source.latency().c();
            }
            if (source.latency().has_t()) {
                latency.T = source.latency().t();
            }
            return latency;
        }
        case E::kPhase: {
            PhaseCoding phase;
            if (source.phase().has_c()) {
                phase.c = source.phase().c();
            }
            if (source.phase().has_period()) {
                phase.period = source.phase().period();
            }
            return phase;
        }
        case E::kBurst: {
            BurstCoding burst;
            if (source.burst().has_c()) {
                burst.c = source.burst().c();
            }
            if (source.burst().has_max_spikes()) {
                burst.max_spikes = source.burst().max_spikes();
            }
            return burst;
        }
        case E::kDelta: {
            DeltaCoding delta;
            if (source.delta().has_threshold()) {
                delta.threshold = source.delta().threshold();
            }
            return delta;
        }
        case E::kEvents:
            return EventsCoding{};
        case E::CODING_NOT_SET:
            break;
    }
    faults_.add(
        path,
        "no coding",
        "one of duplicate, gaussian, bernoulli, poisson, latency, phase, burst, delta, events");
    return EventsCoding{};
}

// Gaussian coding takes means, then log-variances: the first dimension halves, or is that pair
// itself.
Shape Translator::encoder_shape(std::size_t node, const Coding& coding, const Shape& activations) {
    const proto::Node& source = model_.nodes(static_cast<int>(node));
    const std::string path = node_path(node);
    const bool halved = std::holds_alternative<GaussianCoding>(coding);
    Shape follows = activations;
    if (halved && activations.dims[0] % 2 != 0) {
        faults_.add(path,
                    "activations of " + activations.text(),
                    "means and log-variances: an even number");
        return {};
    }
    if (halved && activations.dims.size() == 4 && activations.dims[0] == 2) {
        follows.dims.erase(follows.dims.begin());
    } else if (halved) {
        follows.dims[0] /= 2;
    }
    if (source.shape().empty()) {
        return follows;
    }
    const auto given = shape(source.shape(), path + ".shape");
    if (given && given->size() != follows.size()) {
        faults_.add(
            path + ".shape",
            given->text(),
            std::to_string(follows.size()) + " neurons, as its input gives " + activations.text());
    }
    return given.value_or(Shape{});
}

}  // namespace saltus
