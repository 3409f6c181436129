// Projections: endpoints, pools, and weights that fit both ends.
#include <algorithm>

#include "models/files/translator.hpp"

namespace saltus {

namespace {

using Type = proto::TensorType;

const proto::Pool* pool_of(const proto::Projection& source) {
    if (source.has_sum_pool()) {
        return &source.sum_pool();
    }
    return source.has_average_pool() ? &source.average_pool() : nullptr;
}

std::string pool_name(const proto::Projection& source) {
    return source.has_sum_pool() ? ".sum_pool" : ".average_pool";
}

std::string described(const StoredTensor& tensor) {
    return "\"" + tensor.name + "\" with shape " + tensor.shape_text();
}

}  // namespace

void Translator::projections() {
    for (int k = 0; k < model_.projections_size(); ++k) {
        projection(static_cast<std::size_t>(k));
    }
}

bool Translator::endpoints(const proto::Projection& source,
                           const std::string& path,
                           std::size_t& from,
                           std::size_t& to) {
    const auto find = [&](const std::string& name, const std::string& field, std::size_t& node) {
        const auto found = names_.find(name);
        if (found == names_.end() || found->second.is_input ||
            !is_population(model_.nodes(static_cast<int>(found->second.index)))) {
            faults_.add(path + field,
                        name.empty() ? "none" : "\"" + name + "\"",
                        "the name of an encoder, population or spike_max_pool");
            return false;
        }
        node = found->second.index;
        return true;
    };
    const bool found_source = find(source.source(), ".source", from);
    const bool found_target = find(source.target(), ".target", to);
    if (!found_source || !found_target) {
        return false;
    }
    if (model_.nodes(static_cast<int>(to)).has_encoder()) {
        faults_.add(path + ".target",
                    "\"" + source.target() + "\", an encoder",
                    "a population or spike_max_pool");
        return false;
    }
    return true;
}

void Translator::projection(std::size_t k) {
    const proto::Projection& source = model_.projections(static_cast<int>(k));
    const std::string path = "projections[" + std::to_string(k) + "]";
    std::size_t from = 0;
    std::size_t to = 0;
    if (!endpoints(source, path, from, to)) {
        return;
    }
    ProjectionSpec spec;
    spec.origin = faults_.at(path);
    spec.source = population_of_[from];
    spec.target = population_of_[to];
    spec.receptor = source.receptor();
    spec.delay = source.delay();
    if (source.has_source_filter()) {
        const proto::SecondOrder& filter = source.source_filter();
        spec.source_filter = SecondOrder{filter.a1(), filter.a2(), filter.has_b() ? filter.b() : 1};
    }
    // A shape that is not known has been complained of.
    if (out_.shapes[from].size() == 0 || out_.shapes[to].size() == 0) {
        return;
    }
    const auto seen = pooled_source(source, out_.shapes[from], path);
    if (!seen) {
        return;
    }
    if (const proto::Pool* pool = pool_of(source)) {
        spec.pool = PoolSpec{source.has_sum_pool() ? PoolSpec::Kind::sum : PoolSpec::Kind::average,
                             pool->k(),
                             stride_of(*pool)};
    }
    if (connection(source, path, *seen, out_.shapes[to], spec)) {
        out_.network.projections.push_back(std::move(spec));
    }
}

std::optional<Shape> Translator::pooled_source(const proto::Projection& source,
                                               const Shape& from,
                                               const std::string& path) {
    const proto::Pool* pool = pool_of(source);
    if (pool == nullptr) {
        return from;
    }
    auto after = pooled(from, pool->k(), stride_of(*pool));
    if (!after) {
        faults_.add(path + pool_name(source),
                    "k " + std::to_string(pool->k()) + " and stride " +
                        std::to_string(stride_of(*pool)) + " on " + from.text(),
                    "windows of at least 1 that fit into [C, H, W]");
    }
    return after;
}

bool Translator::connection(const proto::Projection& source,
                            const std::string& path,
                            const Shape& from,
                            const Shape& to,
                            ProjectionSpec& spec) {
    const auto same = [&](std::uint64_t have, const std::string& field) {
        if (have == to.size()) {
            return true;
        }
        faults_.add(path + field,
                    std::to_string(have) + " sources into " + to.text(),
                    "as many sources as targets");
        return false;
    };
    switch (source.connection_case()) {
        case proto::Projection::kDense:
            return dense(source.dense().weight(),
                         path + ".dense",
                         from,
                         to,
                         spec.connection.emplace<Dense>());
        case proto::Projection::kConv2D:
            return conv2d(
                source.conv2d(), path + ".conv2d", from, to, spec.connection.emplace<Conv2d>());
        case proto::Projection::kSparse:
            return sparse(
                source.sparse(), path + ".sparse", from, to, spec.connection.emplace<Sparse>());
        case proto::Projection::kIdentity:
            spec.connection = Identity{};
            return same(from.size(), ".identity");
        case proto::Projection::kWindow: {
            const proto::Pool& pool = source.window();
            spec.connection = PoolWindow{pool.k(), stride_of(pool)};
            const auto after = pooled(from, pool.k(), stride_of(pool));
            if (after && *after == to) {
                return true;
            }
            faults_.add(path + ".window",
                        "k " + std::to_string(pool.k()) + " and stride " +
                            std::to_string(stride_of(pool)) + " on " + from.text() + " into " +
                            to.text(),
                        after ? "a target of " + after->text()
                              : "windows of at least 1 that fit into [C, H, W]");
            return false;
        }
        case proto::Projection::CONNECTION_NOT_SET:
            break;
    }
    faults_.add(path, "no connection", "one of dense, conv2d, sparse, identity, window");
    return false;
}

Weights Translator::weights(const StoredTensor& tensor, const std::string& path) {
    Weights weights;
    weights.layout = tensor.rows_by_source ? WeightLayout::rows_by_source : WeightLayout::by_index;
    weights.data = tensor.data;
    weights.count = tensor.count;
    weights.scales = tensor.scales;
    switch (tensor.type) {
        case Type::float32:
            weights.type = WeightType::float32;
            break;
        case Type::float16:
            weights.type = WeightType::float16;
            break;
        case Type::bfloat16:
            weights.type = WeightType::bfloat16;
            break;
        case Type::int8:
            weights.type = WeightType::int8;
            break;
        default:
            faults_.add(path,
                        "\"" + tensor.name + "\" of type " + Type::Value_Name(tensor.type),
                        "weights of float32, float16, bfloat16 or int8");
    }
    return weights;
}

bool Translator::rows_by_source_fits(const StoredTensor& tensor,
                                     const WeightUse& use,
                                     const std::string& path) {
    if (!tensor.rows_by_source) {
        return true;
    }
    if (tensor.type != Type::float32 && tensor.type != Type::int8) {
        faults_.add(tensor.path + ".layout",
                    "rows_by_source for " + Type::Value_Name(tensor.type),
                    "float32 or int8");
        return false;
    }
    const std::size_t element = element_bytes(tensor.type);
    std::uint64_t count = tensor.count;
    // The shape's product is at most the numbers stored, so nothing below can overflow.
    if (use.kind == WeightUse::Kind::dense) {
        count = tensor.shape[1] * row_pitch(tensor.shape[0], element);
    } else if (use.kind == WeightUse::Kind::conv2d) {
        count = tensor.shape[1] * use.groups * tensor.shape[2] * tensor.shape[3] *
                row_pitch(tensor.shape[0] / use.groups, element);
    }
    if (count != tensor.count) {
        faults_.add(path,
                    described(tensor) + " and " + std::to_string(tensor.count) + " numbers stored",
                    std::to_string(count) + " for rows by source, padded to 64 bytes");
        return false;
    }
    return true;
}

void Translator::note_use(const StoredTensor& tensor, WeightUse use, const std::string& path) {
    auto& uses = out_.uses[&tensor];
    if (!uses.empty() && tensor.rows_by_source && !(uses.front() == use)) {
        faults_.add(path,
                    "\"" + tensor.name + "\", laid rows_by_source for other shapes",
                    "projections of one shape, or a tensor by_index");
    }
    uses.push_back(std::move(use));
}

bool Translator::dense(const std::string& weight,
                       const std::string& path,
                       const Shape& from,
                       const Shape& to,
                       Dense& out) {
    const StoredTensor* found = tensor(weight, path + ".weight");
    if (found == nullptr) {
        return false;
    }
    if (found->shape != std::vector<std::uint64_t>{to.size(), from.size()}) {
        faults_.add(path + ".weight",
                    described(*found),
                    "[" + std::to_string(to.size()) + ", " + std::to_string(from.size()) +
                        "] for " + from.text() + " to " + to.text());
        return false;
    }
    WeightUse use{WeightUse::Kind::dense, from, to, 1, false};
    if (!rows_by_source_fits(*found, use, path + ".weight")) {
        return false;
    }
    out.weights = weights(*found, path + ".weight");
    note_use(*found, std::move(use), path + ".weight");
    return true;
}

bool Translator::conv2d(const proto::Conv2d& source,
                        const std::string& path,
                        const Shape& from,
                        const Shape& to,
                        Conv2d& out) {
    out.groups = source.has_groups() ? source.groups() : 1;
    const StoredTensor* found = tensor(source.weight(), path + ".weight");
    if (!pair(source.stride(), 1, 1, path + ".stride", out.stride) ||
        !pair(source.padding(), 0, 0, path + ".padding", out.padding) ||
        !pair(source.dilation(), 1, 1, path + ".dilation", out.dilation) || found == nullptr) {
        return false;
    }
    const auto& dims = found->shape;
    const std::uint64_t groups = out.groups;
    if (dims.size() != 4 || groups == 0 || !from.is_chw() || !to.is_chw() ||
        from.channels() % groups != 0 || to.channels() % groups != 0 || dims[0] != to.channels() ||
        dims[1] != from.channels() / groups) {
        faults_.add(path + ".weight",
                    described(*found) + " and groups " + std::to_string(groups),
                    "[out, in / groups, ky, kx] for " + from.text() + " to " + to.text());
        return false;
    }
    const auto rows =
        windows(from.height(), {dims[2], out.stride[0], out.padding[0], out.dilation[0]});
    const auto columns =
        windows(from.width(), {dims[3], out.stride[1], out.padding[1], out.dilation[1]});
    if (!rows || !columns || *rows != to.height() || *columns != to.width()) {
        faults_.add(path,
                    "a kernel of [" + std::to_string(dims[2]) + ", " + std::to_string(dims[3]) +
                        "] from " + from.text() + " to " + to.text(),
                    rows && columns
                        ? "a target of [" + std::to_string(dims[0]) + ", " + std::to_string(*rows) +
                              ", " + std::to_string(*columns) + "]"
                        : "a kernel that fits into the source and its padding");
        return false;
    }
    out.kernel[0] = static_cast<std::uint32_t>(dims[2]);
    out.kernel[1] = static_cast<std::uint32_t>(dims[3]);
    WeightUse use{WeightUse::Kind::conv2d, {}, {}, out.groups, false};
    if (!rows_by_source_fits(*found, use, path + ".weight")) {
        return false;
    }
    out.weights = weights(*found, path + ".weight");
    note_use(*found, std::move(use), path + ".weight");
    return true;
}

bool Translator::sparse(const proto::Sparse& source,
                        const std::string& path,
                        const Shape& from,
                        const Shape& to,
                        Sparse& out) {
    const StoredTensor* offsets = tensor(source.offsets(), path + ".offsets");
    const StoredTensor* targets = tensor(source.targets(), path + ".targets");
    const StoredTensor* weight = tensor(source.weight(), path + ".weight");
    if (offsets == nullptr || targets == nullptr || weight == nullptr) {
        return false;
    }
    if (offsets->count != from.size() + 1) {
        faults_.add(path + ".offsets",
                    std::to_string(offsets->count) + " numbers",
                    std::to_string(from.size() + 1) + ": one a source, and the end");
        return false;
    }
    if (targets->count != weight->count) {
        faults_.add(path + ".weight",
                    std::to_string(weight->count) + " numbers",
                    std::to_string(targets->count) + ": one a target listed");
        return false;
    }
    out.offsets = tensors_.uint64s(*offsets, faults_);
    out.targets = tensors_.uint32s(*targets, faults_);
    if (out.offsets.empty() || out.targets.empty()) {
        return false;
    }
    bool ascend = !from.is_chw() && !to.is_chw();
    for (std::size_t s = 0; s < from.size(); ++s) {
        const std::uint64_t begin = out.offsets[s];
        const std::uint64_t end = out.offsets[s + 1];
        if (begin > end || end > targets->count || (s == 0 && begin != 0)) {
            faults_.add(
                path + ".offsets[" + std::to_string(s + 1) + "]",
                std::to_string(end) + " after " + std::to_string(begin),
                "0, then ascending to the number of targets, " + std::to_string(targets->count));
            return false;
        }
        for (std::uint64_t k = begin + 1; ascend && k < end; ++k) {
            ascend = out.targets[k - 1] < out.targets[k];
        }
    }
    if (out.offsets[from.size()] != targets->count) {
        faults_.add(path + ".offsets",
                    "a last one of " + std::to_string(out.offsets[from.size()]),
                    "the number of targets, " + std::to_string(targets->count));
        return false;
    }
    WeightUse use{WeightUse::Kind::sparse, from, to, 1, ascend};
    out.weights = weights(*weight, path + ".weight");
    if (weight->rows_by_source && !ascend) {
        faults_.add(path + ".weight",
                    "rows_by_source with rows that do not ascend",
                    "targets in ascending slots, or by_index");
        return false;
    }
    note_use(*weight, std::move(use), path + ".weight");
    return true;
}

std::optional<Shape> Translator::implied_target(const proto::Projection& source,
                                                const Shape& from) {
    std::optional<Shape> seen = from;
    if (const proto::Pool* pool = pool_of(source)) {
        seen = pooled(from, pool->k(), stride_of(*pool));
    }
    if (!seen) {
        return std::nullopt;
    }
    if (source.has_identity()) {
        return seen;
    }
    if (source.has_window()) {
        return pooled(*seen, source.window().k(), stride_of(source.window()));
    }
    if (source.has_dense()) {
        const StoredTensor* weight = tensors_.find(source.dense().weight());
        if (weight == nullptr || weight->shape.size() != 2 || weight->shape[0] > k_max_neurons) {
            return std::nullopt;
        }
        return Shape{static_cast<std::uint32_t>(weight->shape[0])};
    }
    if (!source.has_conv2d() || !seen->is_chw()) {
        return std::nullopt;
    }
    const StoredTensor* weight = tensors_.find(source.conv2d().weight());
    if (weight == nullptr || weight->shape.size() != 4 || weight->shape[0] > k_max_neurons) {
        return std::nullopt;
    }
    const auto at = [](const auto& list, int k, std::uint32_t otherwise) {
        return list.empty() ? otherwise : list[std::min(k, list.size() - 1)];
    };
    std::uint64_t extent[2] = {0, 0};
    for (int k = 0; k < 2; ++k) {
        const auto n = windows(k == 0 ? seen->height() : seen->width(),
                               {weight->shape[static_cast<std::size_t>(k) + 2],
                                at(source.conv2d().stride(), k, 1),
                                at(source.conv2d().padding(), k, 0),
                                at(source.conv2d().dilation(), k, 1)});
        if (!n || *n > k_max_neurons) {
            return std::nullopt;
        }
        extent[k] = *n;
    }
    Shape target{static_cast<std::uint32_t>(weight->shape[0]),
                 static_cast<std::uint32_t>(extent[0]),
                 static_cast<std::uint32_t>(extent[1])};
    return target.size() <= k_max_neurons ? std::optional(target) : std::nullopt;
}

}  // namespace saltus
