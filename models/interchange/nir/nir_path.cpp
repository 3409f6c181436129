#include "models/interchange/nir/nir_path.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "models/interchange/nir/nir_fields.hpp"

namespace saltus::detail {

namespace {

using Shape = std::vector<std::uint64_t>;
using Node = NirFields;

constexpr std::uint64_t k_most_product = std::uint64_t{1}
                                         << 24;  // weights of two layers put together

constexpr const char* k_with_state[] = {"IF", "LIF", "CubaLIF", "I", "LI", "CubaLI", "Threshold"};
constexpr const char* k_without[] = {"Affine",
                                     "Linear",
                                     "Scale",
                                     "Conv1d",
                                     "Conv2d",
                                     "SumPool2d",
                                     "AvgPool2d",
                                     "Flatten",
                                     "Delay",
                                     "Through",
                                     "Output"};

// Into dense columns what scaled the sources.
void scale_columns(NirPath::Dense& dense, const std::vector<double>& scale) {
    for (std::size_t k = 0; k < dense.weight.size() && !scale.empty(); ++k) {
        dense.weight[k] *= scale[k % dense.columns];
    }
}

NirPath::Dense product(const NirPath::Dense& second,
                       const NirPath::Dense& first,
                       const Node& node) {
    if (second.rows * first.columns > k_most_product) {
        node.fail(
            "", "two linear layers in a row, too large to be put together", "neurons between them");
    }
    NirPath::Dense result{
        second.rows, first.columns, std::vector<double>(second.rows * first.columns)};
    for (std::uint64_t i = 0; i < second.rows; ++i) {
        for (std::uint64_t k = 0; k < second.columns; ++k) {
            const double weight = second.weight[i * second.columns + k];
            for (std::uint64_t j = 0; weight != 0 && j < first.columns; ++j) {
                result.weight[i * first.columns + j] +=
                    weight * first.weight[k * first.columns + j];
            }
        }
    }
    return result;
}

void add_linear(const Node& node, const NirPath::Dense& layer, NirPath& path) {
    if (elements(path.shape) != layer.columns) {
        node.fail("weight",
                  fmt::format("{} columns", layer.columns),
                  fmt::format("{}, what arrives", elements(path.shape)));
    }
    if (auto* identity = std::get_if<NirPath::Identity>(&path.connection)) {
        NirPath::Dense dense = layer;
        scale_columns(dense, identity->scale);
        path.connection = std::move(dense);
    } else if (auto* dense = std::get_if<NirPath::Dense>(&path.connection)) {
        path.connection = product(layer, *dense, node);
    } else {
        node.fail("", "a linear layer straight behind a convolution", "neurons between them");
    }
    path.shape = {layer.rows};
}

NirSum linear(const Node& node, const NirSum& sum) {
    const NirArray& weight = node.array("weight");
    if (weight.shape.size() != 2) {
        node.fail("weight", shape_words(weight.shape), "[out, in]");
    }
    NirPath::Dense layer{weight.shape[0], weight.shape[1], weight.numbers};
    NirSum result;
    result.shape = {layer.rows};
    for (NirPath path : sum.paths) {
        add_linear(node, layer, path);
        result.paths.push_back(std::move(path));
    }
    if (!sum.constant.empty()) {
        if (sum.constant.size() != layer.columns) {
            node.fail("weight",
                      fmt::format("{} columns", layer.columns),
                      fmt::format("{}, what arrives", sum.constant.size()));
        }
        result.constant.assign(layer.rows, 0);
        for (std::uint64_t i = 0; i < layer.rows; ++i) {
            for (std::uint64_t k = 0; k < layer.columns; ++k) {
                result.constant[i] += layer.weight[i * layer.columns + k] * sum.constant[k];
            }
        }
    }
    return result;
}

void add_bias(const Node& node, NirSum& sum) {
    if (node.node().find("bias") == nullptr) {
        return;
    }
    const NirArray& bias = node.array("bias");
    const std::uint64_t all = elements(sum.shape);
    const bool by_channel =
        bias.numbers.size() != all && sum.shape.size() == 3 && bias.numbers.size() == sum.shape[0];
    if (bias.numbers.size() != all && !by_channel) {
        node.fail("bias",
                  fmt::format("{} numbers", bias.numbers.size()),
                  fmt::format("{}, one an output", all));
    }
    if (std::all_of(
            bias.numbers.begin(), bias.numbers.end(), [](double number) { return number == 0; })) {
        return;
    }
    sum.constant.resize(all, 0);
    for (std::uint64_t k = 0; k < all; ++k) {
        sum.constant[k] += bias.numbers[by_channel ? k / (all / sum.shape[0]) : k];
    }
}

// One number a part of `shape`, or one a channel, or one for all.
std::vector<double> spread(const Node& node, const std::string& field, const Shape& shape) {
    const NirArray& found = node.array(field);
    const std::uint64_t all = elements(shape);
    const std::uint64_t given = found.numbers.size();
    if (given != 1 && given != all && !(shape.size() == 3 && given == shape[0])) {
        node.fail(field, fmt::format("{} numbers", given), fmt::format("1 or {}", all));
    }
    std::vector<double> numbers(all);
    for (std::uint64_t k = 0; k < all; ++k) {
        numbers[k] = found.numbers[given == 1 ? 0 : given == all ? k : k / (all / shape[0])];
    }
    return numbers;
}

NirSum scale(const Node& node, NirSum sum) {
    const std::vector<double> factors = spread(node, "scale", sum.shape);
    for (NirPath& path : sum.paths) {
        if (auto* identity = std::get_if<NirPath::Identity>(&path.connection)) {
            if (!path.pool.empty()) {
                node.fail("", "a scale straight behind a pool", "weights between them");
            }
            identity->scale.resize(factors.size(), 1);
            for (std::size_t k = 0; k < factors.size(); ++k) {
                identity->scale[k] *= factors[k];
            }
        } else if (auto* dense = std::get_if<NirPath::Dense>(&path.connection)) {
            for (std::size_t k = 0; k < dense->weight.size(); ++k) {
                dense->weight[k] *= factors[k / dense->columns];
            }
        } else {
            auto& conv = std::get<NirPath::Conv>(path.connection);
            const std::uint64_t plane = factors.size() / conv.channels;
            for (std::size_t k = 0; k < factors.size(); ++k) {
                if (factors[k] != factors[k / plane * plane]) {
                    node.fail("scale",
                              "numbers that differ within a channel",
                              "one a channel behind a convolution");
                }
            }
            const std::uint64_t taps = conv.weight.size() / conv.channels;
            for (std::size_t k = 0; k < conv.weight.size(); ++k) {
                conv.weight[k] *= factors[k / taps * plane];
            }
        }
    }
    for (std::size_t k = 0; k < sum.constant.size(); ++k) {
        sum.constant[k] *= factors[k];
    }
    return sum;
}

NirSum delay(const Node& node, NirSum sum) {
    std::vector<double> seconds = spread(node, "delay", sum.shape);
    for (const double one : seconds) {
        if (one < 0) {
            node.fail("delay", fmt::format("{}", one), "0 or more");
        }
    }
    const bool same =
        std::all_of(seconds.begin(), seconds.end(), [&](double one) { return one == seconds[0]; });
    if (same) {
        seconds.resize(1);
    }
    for (NirPath& path : sum.paths) {
        const bool plain =
            std::holds_alternative<NirPath::Identity>(path.connection) && path.pool.empty();
        if (!same && !plain) {
            node.fail("delay",
                      "delays that differ behind weights",
                      "one delay there, or delays straight behind neurons");
        }
        if (path.seconds.size() <= 1 && same) {
            path.seconds = {(path.seconds.empty() ? 0 : path.seconds[0]) + seconds[0]};
            continue;
        }
        std::vector<double> both(std::max(path.seconds.size(), seconds.size()));
        for (std::size_t k = 0; k < both.size(); ++k) {
            both[k] = (path.seconds.empty() ? 0 : path.seconds[path.seconds.size() == 1 ? 0 : k]) +
                      seconds[seconds.size() == 1 ? 0 : k];
        }
        path.seconds = both;
    }
    return sum;
}

NirSum flatten(const Node& node, NirSum sum) {
    const auto dimension = [&](const char* field, std::int64_t otherwise) {
        const NirArray* const found = node.node().find(field);
        return found == nullptr || found->numbers.size() != 1
                   ? otherwise
                   : static_cast<std::int64_t>(found->numbers[0]);
    };
    const auto rank = static_cast<std::int64_t>(sum.shape.size());
    std::int64_t first = dimension("start_dim", 0);
    std::int64_t last = dimension("end_dim", -1);
    first = first < 0 ? first + rank : first;
    last = last < 0 ? last + rank : last;
    if (rank > 0 && (first != 0 || last != rank - 1)) {
        node.fail("start_dim",
                  fmt::format("dimensions {} to {} of {}", first, last, rank),
                  "all of them");
    }
    sum.shape = {elements(sum.shape)};  // paths keep theirs: a convolution's population has it
    return sum;
}

}  // namespace

std::uint64_t elements(const Shape& shape) {
    std::uint64_t count = 1;
    for (const std::uint64_t extent : shape) {
        count *= extent;
    }
    return count;
}

std::string shape_words(const Shape& shape) {
    return fmt::format("[{}]", fmt::join(shape, ", "));
}

bool has_state(const std::string& type) {
    return std::find(std::begin(k_with_state), std::end(k_with_state), type) !=
           std::end(k_with_state);
}

bool is_stateless(const std::string& type) {
    return std::find(std::begin(k_without), std::end(k_without), type) != std::end(k_without);
}

NirSum behind(const NirNode& nir, const NirSum& sum, const std::string& file) {
    const Node node(nir, file);
    if (sum.shape.empty()) {
        node.fail("", "nothing that arrives", "an edge into it");
    }
    NirSum result;
    if (nir.type == "Affine" || nir.type == "Linear") {
        result = linear(node, sum);
        add_bias(node, result);
    } else if (nir.type == "Conv1d" || nir.type == "Conv2d") {
        result = convolution(node, sum);
        add_bias(node, result);
    } else if (nir.type == "SumPool2d" || nir.type == "AvgPool2d") {
        result = pool(node, sum);
    } else if (nir.type == "Scale") {
        result = scale(node, sum);
    } else if (nir.type == "Delay") {
        result = delay(node, sum);
    } else if (nir.type == "Flatten") {
        result = flatten(node, sum);
    } else {
        result = sum;
    }
    return result;
}

NirSum together(const std::vector<NirSum>& sums, const std::string& file, const std::string& node) {
    NirSum all;
    for (const NirSum& sum : sums) {
        if (sum.shape.empty()) {
            continue;
        }
        if (all.shape.empty()) {
            all.shape = sum.shape;
        } else if (elements(all.shape) != elements(sum.shape)) {
            throw ModelError(
                file + ": " + node,
                shape_words(all.shape) + " and " + shape_words(sum.shape) + " over two edges",
                "equal numbers");
        } else if (sum.shape.size() > all.shape.size()) {
            all.shape = sum.shape;
        }
        all.paths.insert(all.paths.end(), sum.paths.begin(), sum.paths.end());
        if (!sum.constant.empty()) {
            all.constant.resize(sum.constant.size(), 0);
            for (std::size_t k = 0; k < sum.constant.size(); ++k) {
                all.constant[k] += sum.constant[k];
            }
        }
    }
    return all;
}

}  // namespace saltus::detail
