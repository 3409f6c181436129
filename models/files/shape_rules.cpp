// Shapes, windows and the tensors that must fit them.
#include "models/files/translator.hpp"

namespace saltus {

bool is_front_layer(const proto::Node& node) {
    switch (node.kind_case()) {
        case proto::Node::kDense:
        case proto::Node::kConv2D:
        case proto::Node::kBias:
        case proto::Node::kRelu:
        case proto::Node::kSigmoid:
        case proto::Node::kMaxPool:
        case proto::Node::kAveragePool:
        case proto::Node::kFlatten:
            return true;
        default:
            return false;
    }
}

bool is_population(const proto::Node& node) {
    return node.has_encoder() || node.has_population() || node.has_spike_max_pool();
}

std::optional<Shape> Translator::shape(const google::protobuf::RepeatedField<std::uint32_t>& dims,
                                       const std::string& path) {
    Shape shape(std::vector<std::uint32_t>(dims.begin(), dims.end()));
    if (shape.size() == 0) {
        faults_.add(path, shape.text(), "dimensions of at least 1");
        return std::nullopt;
    }
    if (shape.size() > k_max_neurons) {
        faults_.add(path, shape.text(), "at most " + std::to_string(k_max_neurons) + " elements");
        return std::nullopt;
    }
    return shape;
}

const StoredTensor* Translator::tensor(const std::string& name, const std::string& path) {
    const StoredTensor* found = tensors_.find(name);
    // A tensor that is declared but faulty has been complained of already.
    if (found == nullptr && !tensors_.declared(name)) {
        faults_.add(path, name.empty() ? "none" : "\"" + name + "\"", "the name of a tensor");
    }
    return found;
}

std::span<const float> Translator::float_vector(const std::string& name,
                                                std::uint64_t size,
                                                const std::string& path) {
    const StoredTensor* found = tensor(name, path);
    if (found == nullptr) {
        return {};
    }
    if (found->rows_by_source || !found->is_float()) {
        faults_.add(path,
                    "\"" + name + "\" of type " + proto::TensorType::Value_Name(found->type),
                    "a tensor of float32, float16 or bfloat16, by index");
        return {};
    }
    if (size != 0 && found->count != size) {
        faults_.add(path,
                    "\"" + name + "\" with shape " + found->shape_text(),
                    std::to_string(size) + " numbers");
        return {};
    }
    out_.by_index.insert(found);
    return tensors_.floats(*found);
}

bool Translator::pair(const google::protobuf::RepeatedField<std::uint32_t>& given,
                      std::uint32_t otherwise,
                      std::uint32_t lowest,
                      const std::string& path,
                      std::uint32_t (&out)[2]) {
    if (given.size() > 2) {
        faults_.add(path, std::to_string(given.size()) + " numbers", "one, or two as [y, x]");
        return false;
    }
    out[0] = given.empty() ? otherwise : given[0];
    out[1] = given.size() == 2 ? given[1] : out[0];
    if (out[0] < lowest || out[1] < lowest) {
        faults_.add(path,
                    std::to_string(out[0] < lowest ? out[0] : out[1]),
                    "at least " + std::to_string(lowest));
        return false;
    }
    return true;
}

std::optional<std::uint64_t> Translator::windows(std::uint64_t length, const Extent& extent) {
    // All are below 2^32, but for a kernel that comes from a tensor's shape.
    if (extent.kernel == 0 || extent.stride == 0 || extent.kernel > (std::uint64_t{1} << 30)) {
        return std::nullopt;
    }
    const std::uint64_t reach = extent.dilation * (extent.kernel - 1) + 1;
    const std::uint64_t room = length + 2 * extent.padding;
    if (room < reach) {
        return std::nullopt;
    }
    return (room - reach) / extent.stride + 1;
}

std::optional<Shape> Translator::pooled(const Shape& in, std::uint64_t k, std::uint64_t stride) {
    if (!in.is_chw()) {
        return std::nullopt;
    }
    const auto rows = windows(in.height(), {k, stride, 0, 1});
    const auto columns = windows(in.width(), {k, stride, 0, 1});
    if (!rows || !columns) {
        return std::nullopt;
    }
    return Shape{
        in.channels(), static_cast<std::uint32_t>(*rows), static_cast<std::uint32_t>(*columns)};
}

std::uint32_t Translator::stride_of(const proto::Pool& pool) {
    return pool.has_stride() ? pool.stride() : pool.k();
}

}  // namespace saltus
