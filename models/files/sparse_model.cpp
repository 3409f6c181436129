#include "models/files/sparse_model.hpp"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "models/files/model_data.hpp"
#include "models/files/relay.hpp"
#include "models/files/thin_rows.hpp"

namespace saltus {

namespace {

constexpr std::uint64_t k_most_synapses = std::uint64_t{1} << 28;

// The tensor that a dense or convolutional projection reads; nullptr: another kind of connection.
const std::string* weight_of(const proto::Projection& projection) {
    if (projection.has_dense()) {
        return &projection.dense().weight();
    }
    return projection.has_conv2d() ? &projection.conv2d().weight() : nullptr;
}

template <class T>
std::string raw(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

class Rewriter {
  public:
    Rewriter(const LoadedModel& model, double share)
        : model_(model),
          data_(model.data()),
          share_(share),
          network_(model.network_spec()),
          message_(model.message()) {
        message_.clear_tensors();
        message_.clear_needs();
        for (const StoredTensor& tensor : data_.tensors->all()) {
            names_.insert(tensor.name);
        }
    }

    SparseModel rewrite() {
        std::vector<SparseProjection> all;
        std::map<const StoredTensor*, std::size_t> rewritten;
        for (std::size_t k = 0; k < network_.projections.size(); ++k) {
            if (const std::string* const weight =
                    weight_of(data_.message.projections(static_cast<int>(k)))) {
                const StoredTensor& tensor = *data_.tensors->find(*weight);
                all.push_back(rewrite(k, tensor));
                rewritten[&tensor] += all.back().left.empty() ? 1 : 0;
            }
        }
        for (const StoredTensor& tensor : data_.tensors->all()) {
            const auto uses = data_.translation.uses.find(&tensor);
            const bool read_by_others = data_.translation.by_index.count(&tensor) != 0;
            if (read_by_others || rewritten[&tensor] == 0 ||
                rewritten[&tensor] < uses->second.size()) {
                copy(tensor);
            }
        }
        for (proto::Tensor& tensor : added_) {
            *message_.add_tensors() = std::move(tensor);
        }
        return {LoadedModel::from_message(std::move(message_), {}, model_.origin()),
                std::move(all)};
    }

  private:
    // All that the rows of a tensor depend on; projections that agree in it share them.
    using Reading = std::tuple<const StoredTensor*,
                               std::vector<std::uint32_t>,  // shapes, stride, padding, ...
                               int,                         // the target's clock
                               std::uint32_t>;              // its block

    // The names of the tensors that hold rows, and what they cost.
    struct Rows {
        std::string base;
        std::uint64_t synapses_before = 0;
        std::uint64_t synapses = 0;
        std::uint64_t zeros_kept = 0;
        std::uint64_t bytes = 0;
    };

    [[nodiscard]] Reading reading(std::size_t k, const StoredTensor& tensor) const {
        const ProjectionSpec& projection = network_.projections[k];
        const PopulationSpec& target = network_.populations[projection.target];
        std::vector<std::uint32_t> geometry;
        const auto add = [&](const auto& numbers) {
            geometry.push_back(static_cast<std::uint32_t>(std::size(numbers)));
            geometry.insert(geometry.end(), std::begin(numbers), std::end(numbers));
        };
        add(network_.populations[projection.source].shape.dims);
        add(target.shape.dims);
        if (projection.pool) {
            add(std::vector<std::uint32_t>{projection.pool->k, projection.pool->stride});
        }
        if (const auto* conv = std::get_if<Conv2d>(&projection.connection)) {
            add(conv->stride);
            add(conv->padding);
            add(conv->dilation);
            add(std::vector<std::uint32_t>{conv->groups});
        }
        const auto* const rule = std::get_if<NeuronSpec>(&target.kind);
        return {&tensor,
                geometry,
                rule == nullptr ? -1 : static_cast<int>(rule->clock),
                rule == nullptr ? 0 : rule->block};
    }

    SparseProjection rewrite(std::size_t k, const StoredTensor& tensor) {
        const ProjectionSpec& spec = network_.projections[k];
        proto::Projection& projection = *message_.mutable_projections(static_cast<int>(k));
        SparseProjection done;
        done.name =
            fmt::format("projections[{}] ({} to {})", k, projection.source(), projection.target());
        done.tensor = tensor.name;
        const WeightCensus census = take_census(network_, spec);
        done.weights = census.weights;
        done.nonzero = census.nonzero;
        done.bytes_before = tensor.data.size();
        const auto most = share_ * static_cast<double>(census.weights);
        if (static_cast<double>(census.nonzero) > most) {
            done.left = fmt::format("more than {:.4g} % of its weights are not zero", share_ * 100);
            return done;
        }
        const auto found = rows_.find(reading(k, tensor));
        const Rows rows = found == rows_.end() ? add_rows(spec, k, tensor, done) : found->second;
        if (!done.left.empty()) {
            return done;
        }
        done.synapses_before = rows.synapses_before;
        done.synapses = rows.synapses;
        done.zeros_kept = rows.zeros_kept;
        done.bytes = rows.bytes;
        projection.clear_connection();
        proto::Sparse& sparse = *projection.mutable_sparse();
        sparse.set_offsets(rows.base + ".offsets");
        sparse.set_targets(rows.base + ".targets");
        sparse.set_weight(rows.base + ".weight");
        state_shape(projection.target(), network_.populations[spec.target].shape);
        return done;
    }

    Rows add_rows(const ProjectionSpec& spec,
                  std::size_t k,
                  const StoredTensor& tensor,
                  SparseProjection& done) {
        const ThinRows thin = thin_rows(network_, spec);
        const std::uint64_t synapses = thin.targets.size();
        const std::uint64_t before = thin.synapses_before;
        if (synapses == 0) {
            done.left = "every weight is zero, and sparse rows are never empty";
        } else if (synapses > k_most_synapses) {
            done.left = fmt::format(
                "{} synapses are more than the {} that rows may hold", synapses, k_most_synapses);
        } else if (thin.zeros_kept > 0 &&
                   static_cast<double>(synapses) > share_ * static_cast<double>(before)) {
            done.left =
                "its target is not stepped: a lazy block or a leaping neuron is advanced by a "
                "stored "
                "zero too, and too many would have to stay";
        }
        if (!done.left.empty()) {
            return {};
        }
        Rows rows{new_name(tensor.name), before, synapses, thin.zeros_kept, 0};
        rows.bytes += add(rows.base + ".offsets",
                          proto::TensorType::uint64,
                          thin.offsets.size(),
                          raw(thin.offsets));
        rows.bytes +=
            add(rows.base + ".targets", proto::TensorType::uint32, synapses, raw(thin.targets));
        rows.bytes += add(rows.base + ".weight", tensor.type, synapses, raw(thin.weights));
        added_.back().mutable_scales()->Add(thin.scales.begin(), thin.scales.end());
        rows_.emplace(reading(k, tensor), rows);
        return rows;
    }

    // Returns its bytes.
    std::uint64_t add(const std::string& name,
                      proto::TensorType::Value type,
                      std::uint64_t count,
                      std::string bytes) {
        proto::Tensor& tensor = added_.emplace_back();
        tensor.set_name(name);
        tensor.set_type(type);
        tensor.add_shape(count);
        tensor.set_raw(std::move(bytes));
        return tensor.raw().size();
    }

    // "W.rows", or "W.rows-2": a name whose three tensors are nobody else's.
    std::string new_name(const std::string& tensor) {
        for (int k = 1;; ++k) {
            const std::string base = tensor + ".rows" + (k == 1 ? "" : fmt::format("-{}", k));
            if (names_.count(base + ".offsets") + names_.count(base + ".targets") +
                    names_.count(base + ".weight") ==
                0) {
                names_.insert({base + ".offsets", base + ".targets", base + ".weight"});
                return base;
            }
        }
    }

    // A dense or convolutional projection implies its target's shape, sparse rows do not.
    void state_shape(const std::string& name, const Shape& shape) {
        for (proto::Node& node : *message_.mutable_nodes()) {
            if (node.name() == name && node.shape_size() == 0) {
                node.mutable_shape()->Add(shape.dims.begin(), shape.dims.end());
            }
        }
    }

    void copy(const StoredTensor& tensor) {
        proto::Tensor& entry = *message_.add_tensors();
        entry.set_name(tensor.name);
        entry.set_type(tensor.type);
        entry.mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
        entry.mutable_scales()->Add(tensor.scales.begin(), tensor.scales.end());
        std::vector<std::byte> laid;
        std::span<const std::byte> bytes = tensor.data;
        const auto uses = data_.translation.uses.find(&tensor);
        if (tensor.rows_by_source && uses != data_.translation.uses.end()) {
            laid = lay_by_index(tensor, uses->second.front());
            bytes = laid;
        }
        entry.set_raw(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    }

    const LoadedModel& model_;
    const LoadedModel::Data& data_;
    double share_;
    NetworkSpec network_;
    proto::Model message_;
    std::set<std::string> names_;
    std::map<Reading, Rows> rows_;
    std::vector<proto::Tensor> added_;
};

}  // namespace

SparseModel with_sparse_rows(const LoadedModel& model, double share) {
    return Rewriter(model, share).rewrite();
}

}  // namespace saltus
