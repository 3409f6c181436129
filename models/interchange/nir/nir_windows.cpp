// Convolutions and pools of NIR.
#include <fmt/format.h>

#include "models/interchange/nir/nir_fields.hpp"
#include "models/interchange/nir/nir_path.hpp"

namespace saltus::detail {

namespace {

using Shape = std::vector<std::uint64_t>;
using Node = NirFields;

std::uint64_t out_extent(const Node& node,
                         std::uint64_t in,
                         std::uint64_t kernel,
                         std::uint64_t stride,
                         std::uint64_t padding,
                         std::uint64_t dilation) {
    const std::uint64_t seen = in + 2 * padding;
    const std::uint64_t span = dilation * (kernel - 1) + 1;
    if (seen < span) {
        node.fail("weight",
                  fmt::format("a kernel that spans {}", span),
                  fmt::format("at most {}, the padded input", seen));
    }
    return (seen - span) / stride + 1;
}

NirPath::Conv conv_of(const Node& node, const NirArray& weight) {
    const bool flat = weight.shape.size() == 3;  // Conv1d: [out, in / groups, k], as one row
    if (!flat && weight.shape.size() != 4) {
        node.fail("weight",
                  shape_words(weight.shape),
                  "[out, in / groups, ky, kx], or [out, in / groups, k]");
    }
    NirPath::Conv conv;
    conv.channels = weight.shape[0];
    conv.kernel[0] = flat ? 1 : weight.shape[2];
    conv.kernel[1] = flat ? weight.shape[2] : weight.shape[3];
    conv.weight = weight.numbers;
    conv.groups = node.pair("groups", 1, 1)[0];
    const auto stride = node.pair("stride", 1, 1);
    const auto dilation = node.pair("dilation", 1, 1);
    for (std::size_t k = 0; k < 2; ++k) {
        conv.stride[k] = flat && k == 0 ? 1 : stride[k];
        conv.dilation[k] = flat && k == 0 ? 1 : dilation[k];
    }
    if (node.is("padding", "same")) {
        for (std::size_t k = 0; k < 2; ++k) {
            const std::uint64_t span = conv.dilation[k] * (conv.kernel[k] - 1);
            if (span % 2 != 0 || conv.stride[k] != 1) {
                node.fail("padding",
                          "\"same\" that pads one side more, or with a stride",
                          "padding that is alike on both sides");
            }
            conv.padding[k] = span / 2;
        }
    } else if (node.says("padding") && !node.is("padding", "valid")) {
        node.fail("padding", "another word", "\"same\", \"valid\" or numbers");
    } else if (!node.says("padding")) {
        const auto padding = node.pair("padding", 0, 0);
        for (std::size_t k = 0; k < 2; ++k) {
            conv.padding[k] = flat && k == 0 ? 0 : padding[k];
        }
    }
    return conv;
}

}  // namespace

NirSum convolution(const Node& node, const NirSum& sum) {
    const NirArray& weight = node.array("weight");
    const NirPath::Conv conv = conv_of(node, weight);
    const bool flat = weight.shape.size() == 3;
    Shape in = sum.shape;
    if (flat && in.size() == 2) {
        in = {in[0], 1, in[1]};
    }
    if (in.size() != 3 || in[0] != weight.shape[1] * conv.groups) {
        node.fail("weight",
                  shape_words(weight.shape) + fmt::format(" in {} groups", conv.groups),
                  fmt::format("what fits {}", shape_words(sum.shape)));
    }
    if (!sum.constant.empty()) {
        node.fail("", "a constant in front of a convolution", "neurons between them");
    }
    NirSum result;
    result.shape = {
        conv.channels,
        out_extent(node, in[1], conv.kernel[0], conv.stride[0], conv.padding[0], conv.dilation[0]),
        out_extent(node, in[2], conv.kernel[1], conv.stride[1], conv.padding[1], conv.dilation[1])};
    for (NirPath path : sum.paths) {
        const auto* identity = std::get_if<NirPath::Identity>(&path.connection);
        if (identity == nullptr || !identity->scale.empty() || path.seconds.size() > 1) {
            node.fail("",
                      "a convolution straight behind weights or delays that differ",
                      "neurons between them");
        }
        path.connection = conv;
        path.shape = result.shape;
        result.paths.push_back(std::move(path));
    }
    return result;
}

NirSum pool(const Node& node, const NirSum& sum) {
    const auto kernel = node.pair("kernel_size", 1, 0);
    const auto stride = node.pair("stride", 1, kernel[0]);
    const auto padding = node.pair("padding", 0, 0);
    if (kernel[0] == 0 || kernel[0] != kernel[1] || stride[0] != stride[1] ||
        padding[0] + padding[1] > 0) {
        node.fail("",
                  fmt::format("a window of {} x {}, stride {} x {}, padding {} x {}",
                              kernel[0],
                              kernel[1],
                              stride[0],
                              stride[1],
                              padding[0],
                              padding[1]),
                  "square windows and strides, no padding");
    }
    if (sum.shape.size() != 3 || sum.shape[1] < kernel[0] || sum.shape[2] < kernel[0]) {
        node.fail(
            "", "what arrives is " + shape_words(sum.shape), "[C, H, W] of at least a window");
    }
    if (!sum.constant.empty()) {
        node.fail("", "a constant in front of a pool", "neurons between them");
    }
    NirSum result;
    result.shape = {sum.shape[0],
                    (sum.shape[1] - kernel[0]) / stride[0] + 1,
                    (sum.shape[2] - kernel[0]) / stride[0] + 1};
    for (NirPath path : sum.paths) {
        const auto* identity = std::get_if<NirPath::Identity>(&path.connection);
        if (identity == nullptr || !identity->scale.empty() || !path.pool.empty() ||
            path.seconds.size() > 1) {
            node.fail("",
                      "a pool straight behind weights, delays that differ or another pool",
                      "neurons between them");
        }
        path.pool.push_back({node.node().type == "AvgPool2d", kernel[0], stride[0]});
        path.pooled = result.shape;
        path.shape = result.shape;
        result.paths.push_back(std::move(path));
    }
    return result;
}

}  // namespace saltus::detail
