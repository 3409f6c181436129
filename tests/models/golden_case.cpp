#include "tests/models/golden_case.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <regex>
#include <stdexcept>

#include <fmt/format.h>

#include "models/files/npy.hpp"

namespace saltus::test {
namespace {

using Json = nlohmann::json;

bool is_connection(const std::string& op) {
    return op == "linear" || op == "conv";
}

Weights weights_of(const std::vector<float>& values) {
    return {.data = std::as_bytes(std::span(values)), .scales = {}, .count = values.size()};
}

void pair_of(const Json& layer, const char* name, std::uint32_t fallback, std::uint32_t (&out)[2]) {
    out[0] = out[1] = fallback;
    if (!layer.contains(name)) {
        return;
    }
    const Json& value = layer.at(name);
    out[0] = value.is_array() ? value.at(0).get<std::uint32_t>() : value.get<std::uint32_t>();
    out[1] = value.is_array() ? value.at(1).get<std::uint32_t>() : out[0];
}

std::uint32_t steps(std::uint32_t length,
                    std::uint32_t k,
                    std::uint32_t stride,
                    std::uint32_t pad) {
    if (length + 2 * pad < k) {
        throw std::runtime_error("case.json: a window larger than its input");
    }
    return (length + 2 * pad - k) / stride + 1;
}

Shape pooled(const Shape& s, std::uint32_t k) {
    if (!s.is_chw()) {
        throw std::runtime_error("case.json: a pool needs [channel, y, x]");
    }
    return {s.channels(), steps(s.height(), k, k, 0), steps(s.width(), k, k, 0)};
}

// values is 2^k times a whole number for a small k, so that sums of them are exact in float32.
bool dyadic(const std::vector<float>& values) {
    double largest = 0;
    for (const float v : values) {
        if (v * 65536.0F != std::floor(v * 65536.0F)) {
            return false;
        }
        largest = std::max(largest, std::fabs(double{v}));
    }
    return largest * static_cast<double>(values.size()) < 1e9;
}

}  // namespace

// Where the chain stands while it is built.
struct GoldenCase::Chain {
    PopulationId source = 0;
    Shape shape;                          // of what arrives at the next layer
    std::optional<PoolSpec> pool;         // waits for the connection behind it
    std::optional<ProjectionSpec> ready;  // waits for the neurons behind it
    std::vector<double> bias;             // of that connection, one a neuron
};

GoldenCase::GoldenCase(const std::filesystem::path& folder) : folder_(folder) {
    std::ifstream file(folder / "case.json");
    json_ = Json::parse(file);
}

std::vector<float> GoldenCase::tensor(const std::string& file,
                                      std::vector<std::uint32_t>* shape) const {
    const NpyArray array(folder_ / file);
    if (shape != nullptr) {
        shape->assign(array.shape().begin(), array.shape().end());
    }
    return array.as<float>();
}

std::optional<std::vector<float>> GoldenCase::expected(const std::string& file) const {
    if (!std::filesystem::exists(folder_ / file)) {
        return {};
    }
    return tensor(file);
}

const std::vector<float>& GoldenCase::keep(std::vector<float> values) {
    tensors_.push_back(std::move(values));
    return tensors_.back();
}

void GoldenCase::build() {
    network_.horizon = json_.at("T").get<Tick>();
    read_inputs();
    const Json& layers = json_.at("layers");
    const std::size_t first = leading_artificial();
    Shape shape = input_shape_;
    front_.input = shape;
    for (std::size_t k = 0; k < first; ++k) {
        add_artificial(layers[k], shape);
    }
    Chain chain;
    chain.shape = shape;
    network_.populations.push_back({"input", shape, EncoderSpec{.holds_values = still_input_}, ""});
    for (std::size_t k = first; k < layers.size(); ++k) {
        add_spiking(chain, k);
    }
    if (layers_.empty()) {
        throw std::runtime_error("case.json: no neuron layer");
    }
    judge_strictness();
}

// "input.npy" holds spikes [T, ...]; "imgN_input.npy" a still image, scaled as the text says.
void GoldenCase::read_inputs() {
    std::vector<std::uint32_t> shape;
    if (std::filesystem::exists(folder_ / "input.npy")) {
        runs_.push_back({"", tensor("input.npy", &shape)});
        if (shape.size() < 2 || shape[0] != static_cast<std::uint32_t>(network_.horizon)) {
            throw std::runtime_error("input.npy: need [T, ...]");
        }
        input_shape_ = Shape(std::vector<std::uint32_t>(shape.begin() + 1, shape.end()));
        return;
    }
    still_input_ = true;
    float scale = 1.0F;
    std::smatch found;
    const std::string text = json_.value("input", "");
    if (std::regex_search(text, found, std::regex(R"(image\*\((\d+)/(\d+)\))"))) {
        scale = std::stof(found[1]) / std::stof(found[2]);
    }
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
        const std::string name = entry.path().filename().string();
        if (name.size() > 9 && name.substr(name.size() - 9) == "input.npy") {
            files.push_back(name);
        }
    }
    std::sort(files.begin(), files.end());
    for (const std::string& name : files) {
        std::vector<float> image = tensor(name, &shape);
        for (float& v : image) {
            v = v * scale;
        }
        runs_.push_back({name.substr(0, name.size() - 9), std::move(image)});
    }
    if (runs_.empty()) {
        throw std::runtime_error("no input");
    }
    if (shape.size() == 2) {
        shape.insert(shape.begin(), 1);
    }
    input_shape_ = Shape(shape);
}

// Layers that the front runs: all before the connection in front of the first neurons (all before
// these if there is none right in front), on still inputs.
std::size_t GoldenCase::leading_artificial() const {
    if (!still_input_) {
        return 0;
    }
    const Json& layers = json_.at("layers");
    std::size_t k = 0;
    while (k < layers.size() && layers[k].at("op") != "neuron") {
        ++k;
    }
    return k > 0 && is_connection(layers[k - 1].at("op").get<std::string>()) ? k - 1 : k;
}

void GoldenCase::add_artificial(const Json& layer, Shape& shape) {
    const std::string op = layer.at("op");
    FrontLayer out{op, FrontRelu{}, ""};
    if (is_connection(op)) {
        std::vector<std::uint32_t> dims;
        const std::vector<float>& weight = keep(tensor(layer.at("weight"), &dims));
        std::span<const float> bias;
        if (layer.contains("bias")) {
            bias = keep(tensor(layer.at("bias")));
        }
        if (op == "linear") {
            out.kind = FrontDense{dims[0], weight, bias};
        } else {
            FrontConv2d conv{.out_channels = dims[0],
                             .kernel = {dims[2], dims[3]},
                             .weight = weight,
                             .bias = bias};
            pair_of(layer, "stride", 1, conv.stride);
            pair_of(layer, "pad", 0, conv.padding);
            out.kind = conv;
        }
    } else if (op == "avgpool" || op == "maxpool") {
        const auto kind = op == "maxpool" ? FrontPool::Kind::max : FrontPool::Kind::average;
        out.kind = FrontPool{kind, layer.at("k").get<std::uint32_t>(), 0};
    } else if (op == "flatten") {
        out.kind = FrontFlatten{};
    } else if (op != "relu") {
        throw std::runtime_error("case.json: op \"" + op +
                                 "\" in front of the neurons is not known");
    }
    front_.layers.push_back(out);
    shape = Front(front_).output();
}

void GoldenCase::add_spiking(Chain& chain, std::size_t k) {
    const Json& layer = json_.at("layers")[k];
    const std::string op = layer.at("op");
    if (chain.ready && op != "neuron" && op != "flatten") {
        throw std::runtime_error("case.json: \"" + op + "\" between a connection and its neurons");
    }
    if (op == "neuron") {
        add_neurons(chain, k);
    } else if (op == "flatten") {
        // behind a convolution its neurons keep their shape: the order of their indices is the same
        if (!chain.ready) {
            chain.shape = Shape{static_cast<std::uint32_t>(chain.shape.size())};
        }
    } else if (op == "maxpool") {
        add_max_pool(chain, layer.at("k").get<std::uint32_t>());
    } else if (op == "avgpool" || op == "sumpool") {
        if (chain.pool) {
            throw std::runtime_error("case.json: two pools in a row");
        }
        const auto kind = op == "sumpool" ? PoolSpec::Kind::sum : PoolSpec::Kind::average;
        chain.pool = PoolSpec{kind, layer.at("k").get<std::uint32_t>(), 0};
        chain.shape = pooled(chain.shape, chain.pool->k);
    } else if (is_connection(op)) {
        std::vector<std::uint32_t> dims;
        const std::vector<float>& weight = keep(tensor(layer.at("weight"), &dims));
        chain.ready = projection_from(chain);
        if (op == "linear") {
            chain.ready->connection = Dense{weights_of(weight)};
            chain.shape = Shape{dims[0]};
        } else {
            Conv2d conv{.kernel = {dims[2], dims[3]}, .weights = weights_of(weight)};
            pair_of(layer, "stride", 1, conv.stride);
            pair_of(layer, "pad", 0, conv.padding);
            chain.shape =
                Shape{dims[0],
                      steps(chain.shape.height(), dims[2], conv.stride[0], conv.padding[0]),
                      steps(chain.shape.width(), dims[3], conv.stride[1], conv.padding[1])};
            chain.ready->connection = conv;
        }
        if (layer.contains("bias")) {
            const std::vector<float>& bias = keep(tensor(layer.at("bias")));
            const std::size_t each = static_cast<std::size_t>(chain.shape.size()) / bias.size();
            for (std::size_t j = 0; j < chain.shape.size(); ++j) {
                chain.bias.push_back(bias[j / each]);
            }
        }
    } else {
        throw std::runtime_error("case.json: op \"" + op + "\" between neurons is not known");
    }
}

ProjectionSpec GoldenCase::projection_from(Chain& chain) {
    ProjectionSpec projection;
    projection.source = chain.source;
    projection.pool = chain.pool;
    projection.connection = Identity{};
    chain.pool.reset();
    return projection;
}

void GoldenCase::add_neurons(Chain& chain, std::size_t k) {
    const Json& layer = json_.at("layers")[k];
    const std::string kind = layer.at("kind");
    ProjectionSpec projection = chain.ready ? *chain.ready : projection_from(chain);
    NeuronSpec neuron = golden_neuron(kind, layer.at("p"));
    neuron.receptors[0].bias = chain.bias;
    const auto population = static_cast<PopulationId>(network_.populations.size());
    network_.populations.push_back({fmt::format("layer{}", k), chain.shape, neuron, ""});
    projection.target = population;
    network_.projections.push_back(projection);
    layers_.push_back({k, population, golden_same_bits(kind)});
    chain.source = population;
    chain.ready.reset();
    chain.bias.clear();
}

void GoldenCase::add_max_pool(Chain& chain, std::uint32_t k) {
    if (chain.pool) {
        throw std::runtime_error("case.json: two pools in a row");
    }
    const Shape shape = pooled(chain.shape, k);
    const auto population = static_cast<PopulationId>(network_.populations.size());
    network_.populations.push_back(
        {fmt::format("maxpool{}", population), shape, MaxPoolSpec{}, ""});
    ProjectionSpec projection = projection_from(chain);
    projection.connection = PoolWindow{k, 0};
    projection.target = population;
    network_.projections.push_back(projection);
    chain.source = population;
    chain.shape = shape;
}

void GoldenCase::judge_strictness() {
    const std::string name = json_.at("name");
    strict_ = !still_input_ && std::all_of(tensors_.begin(), tensors_.end(), dyadic);
    if (name.rfind("tie_", 0) == 0 || name.find("q1024") != std::string::npos) {
        strict_ = true;
    }
    for (GoldenLayer& layer : layers_) {
        layer.same_bits = layer.same_bits && strict_;
    }
}

}  // namespace saltus::test
