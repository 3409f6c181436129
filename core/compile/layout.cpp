#include "core/compile/layout.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "core/compile/decode.hpp"

namespace saltus::detail {

namespace {

// What a projection's rows are stored as: int8 and float32 as they are, 16-bit types decoded to
// float32, float64 only for the float64 state type.
template <class Real>
WeightType stored_type(WeightType type) {
    if (type == WeightType::int8) {
        return WeightType::int8;
    }
    if (type == WeightType::float64 && std::is_same_v<Real, double>) {
        return WeightType::float64;
    }
    return WeightType::float32;
}

template <class Real>
class Layout {
  public:
    Layout(const Shape& target, CompiledProjection<Real>& out) : target_(target), out_(out) {}

    void operator()(const Dense& dense) {
        out_.kind = ConnectionKind::dense;
        const auto sources = static_cast<std::uint32_t>(out_.seen.size());
        out_.synapses = std::uint64_t{sources} * out_.targets;
        set_scales(dense.weights, [&](Slot slot) { return target_.index_of(slot); });
        if (!adopt(dense.weights, out_.targets, sources)) {
            for (Slot s = 0; s < sources; ++s) {
                const NeuronIndex source = out_.seen.index_of(s);
                for (Slot j = 0; j < out_.targets; ++j) {
                    put(s * out_.pitch + j,
                        dense.weights,
                        std::uint64_t{target_.index_of(j)} * sources + source);
                }
            }
        }
    }

    void operator()(const Conv2d& conv) {
        out_.kind = ConnectionKind::conv2d;
        out_.groups = conv.groups;
        out_.kernel_height = conv.kernel[0];
        out_.kernel_width = conv.kernel[1];
        for (int axis = 0; axis < 2; ++axis) {
            out_.geometry.stride[axis] = conv.stride[axis];
            out_.geometry.padding[axis] = conv.padding[axis];
            out_.geometry.dilation[axis] = conv.dilation[axis];
        }
        out_.target_shape = target_;
        find_taps(conv, 0, out_.row_taps, out_.row_starts);
        find_taps(conv, 1, out_.column_taps, out_.column_starts);
        const std::uint32_t in = out_.seen.channels();
        const std::uint32_t run = target_.channels() / conv.groups;
        const std::uint32_t in_group = in / conv.groups;
        const std::uint64_t kernel = std::uint64_t{conv.kernel[0]} * conv.kernel[1];
        set_scales(conv.weights, [&](Slot slot) { return slot % target_.channels(); });
        if (!adopt(conv.weights, run, in * kernel)) {
            for (std::uint32_t c = 0; c < in; ++c) {
                for (std::uint64_t k = 0; k < kernel; ++k) {
                    for (std::uint32_t o = 0; o < run; ++o) {
                        const std::uint64_t channel = std::uint64_t{c / in_group} * run + o;
                        put((c * kernel + k) * out_.pitch + o,
                            conv.weights,
                            (channel * in_group + c % in_group) * kernel + k);
                    }
                }
            }
        }
        if (out_.held && out_.weights8 != nullptr) {
            scale_weights(in, kernel, run);
        }
        const std::uint64_t pairs = std::uint64_t{out_.row_taps.size()} * out_.column_taps.size();
        out_.synapses = pairs * in * run;
    }

    void operator()(const Sparse& sparse) {
        out_.kind = ConnectionKind::sparse;
        out_.synapses = sparse.targets.size();
        set_scales(sparse.weights, [&](Slot slot) { return target_.index_of(slot); });
        out_.one_weight = all_weigh_the_same(sparse.weights);
        if (adopt(sparse.weights, out_.one_weight ? 1 : sparse.targets.size(), 1)) {
            out_.offsets = sparse.offsets.data();
            out_.sparse_targets = sparse.targets.data();
            return;
        }
        if (out_.one_weight) {
            put(0, sparse.weights, 0);
        }
        if (out_.targets <= 1U << 16) {
            copy_rows(sparse, out_.owned_targets16);
            out_.sparse_targets16 = out_.owned_targets16.data();
        } else {
            copy_rows(sparse, out_.owned_targets);
            out_.sparse_targets = out_.owned_targets.data();
        }
        out_.offsets = out_.owned_offsets.data();
    }

    void operator()(const Identity&) {
        out_.kind = ConnectionKind::identity;
        if (out_.seen == target_ || (!out_.seen.is_chw() && !target_.is_chw())) {
            return;
        }
        out_.renumber.resize(out_.targets);
        for (Slot s = 0; s < out_.targets; ++s) {
            out_.renumber[s] = target_.slot_of(out_.seen.index_of(s));
        }
    }

    void operator()(const PoolWindow& window) {
        out_.kind = ConnectionKind::window;
        out_.window_k = window.k;
        out_.window_stride = window.stride == 0 ? window.k : window.stride;
    }

  private:
    // Whether one number can stand for a sparse tensor that is copied anyway. Most tensors differ
    // at their second synapse, so this costs a pass only where it pays.
    static bool all_weigh_the_same(const Weights& weights) {
        if (weights.type == WeightType::int8 || weights.layout == WeightLayout::rows_by_source ||
            weights.count == 0) {
            return false;
        }
        const double first = decode(weights, 0);
        for (std::uint64_t k = 1; k < weights.count; ++k) {
            if (decode(weights, k) != first) {
                return false;
            }
        }
        return first != 0;  // zeros may differ in their sign
    }

    // Rows by source slot, targets ascending slots, weights with them unless they are all one.
    template <class Target>
    void copy_rows(const Sparse& sparse, std::vector<Target>& targets) {
        const auto sources = static_cast<std::uint32_t>(out_.seen.size());
        out_.owned_offsets.assign(1, 0);
        targets.reserve(sparse.targets.size());
        std::vector<std::uint64_t> order;
        for (Slot s = 0; s < sources; ++s) {
            const NeuronIndex source = out_.seen.index_of(s);
            order.resize(sparse.offsets[source + 1] - sparse.offsets[source]);
            std::iota(order.begin(), order.end(), sparse.offsets[source]);
            std::sort(order.begin(), order.end(), [&](std::uint64_t a, std::uint64_t b) {
                return target_.slot_of(sparse.targets[a]) < target_.slot_of(sparse.targets[b]);
            });
            for (const std::uint64_t k : order) {
                if (!out_.one_weight) {
                    put(targets.size(), sparse.weights, k);
                }
                targets.push_back(static_cast<Target>(target_.slot_of(sparse.targets[k])));
            }
            out_.owned_offsets.push_back(targets.size());
        }
    }

    template <class Channel>
    void set_scales(const Weights& weights, Channel channel_of) {
        if (weights.type != WeightType::int8) {
            return;
        }
        if (weights.scales.size() == 1) {
            out_.scales.assign(1, static_cast<Real>(weights.scales[0]));
            return;
        }
        out_.scales.resize(out_.targets);
        for (Slot slot = 0; slot < out_.targets; ++slot) {
            out_.scales[slot] = static_cast<Real>(weights.scales[channel_of(slot)]);
        }
    }

    // Points at the tensor where it lies if it can be run from there; else makes room for `rows`
    // rows of `length` elements, to be filled by put().
    bool adopt(const Weights& weights, std::uint64_t length, std::uint64_t rows) {
        const WeightType type = stored_type<Real>(weights.type);
        const std::uint64_t element = element_bytes(type);
        out_.pitch = row_pitch(length, element);
        const std::byte* data = weights.data.data();
        const bool by_source = weights.layout == WeightLayout::rows_by_source;
        if (!by_source) {
            out_.owned.resize(rows * out_.pitch * element + 63);
            const auto address = reinterpret_cast<std::uintptr_t>(out_.owned.data());
            base_ = out_.owned.data() + (64 - address % 64) % 64;
            data = base_;
        }
        if (type == WeightType::int8) {
            out_.weights8 = reinterpret_cast<const std::int8_t*>(data);
        }
        if (type == WeightType::float32) {
            out_.weights32 = reinterpret_cast<const float*>(data);
        }
        if (type == WeightType::float64) {
            out_.weights64 = reinterpret_cast<const double*>(data);
        }
        return by_source;
    }

    void scale_weights(std::uint32_t in, std::uint64_t kernel, std::uint32_t run) {
        const std::uint64_t rows = in * kernel;
        float* const to = out_.scaled_weights.room_for(rows * out_.pitch);
        std::fill_n(to, rows * out_.pitch, 0.0F);
        for (std::uint64_t row = 0; row < rows; ++row) {
            const std::uint64_t first = row / kernel / (in / out_.groups) * run;
            for (std::uint32_t o = 0; o < run; ++o) {
                const std::uint64_t at = row * out_.pitch + o;
                const Real scale = out_.scales[out_.scales.size() == 1 ? 0 : first + o];
                to[at] = static_cast<float>(scale) * static_cast<float>(out_.weights8[at]);
            }
        }
    }

    void put(std::uint64_t place, const Weights& weights, std::uint64_t from) {
        const double value = decode(weights, from);
        if (out_.weights8 != nullptr) {
            base_[place] = static_cast<std::byte>(static_cast<std::int8_t>(value));
        } else if (out_.weights32 != nullptr) {
            const auto narrow = static_cast<float>(value);
            std::memcpy(base_ + place * sizeof narrow, &narrow, sizeof narrow);
        } else {
            std::memcpy(base_ + place * sizeof value, &value, sizeof value);
        }
    }

    // For each source row (column): the kernel rows that meet a target row.
    void find_taps(const Conv2d& conv,
                   int axis,
                   std::vector<Tap>& taps,
                   std::vector<std::uint32_t>& starts) const {
        starts.assign(1, 0);
        for (std::uint32_t s = 0; s < out_.seen.dims[1 + axis]; ++s) {
            for (std::uint32_t k = 0; k < conv.kernel[axis]; ++k) {
                const std::uint64_t reach = std::uint64_t{s} + conv.padding[axis];
                const std::uint64_t back = std::uint64_t{k} * conv.dilation[axis];
                if (reach < back || (reach - back) % conv.stride[axis] != 0) {
                    continue;
                }
                const std::uint64_t to = (reach - back) / conv.stride[axis];
                if (to < target_.dims[1 + axis]) {
                    taps.push_back({k, static_cast<std::uint32_t>(to)});
                }
            }
            starts.push_back(static_cast<std::uint32_t>(taps.size()));
        }
    }

    const Shape& target_;
    CompiledProjection<Real>& out_;
    std::byte* base_ = nullptr;
};

}  // namespace

template <class Real>
void lay_out(const ProjectionSpec& projection, const Shape& target, CompiledProjection<Real>& out) {
    std::visit(Layout<Real>(target, out), projection.connection);
}

template void lay_out<float>(const ProjectionSpec&, const Shape&, CompiledProjection<float>&);
template void lay_out<double>(const ProjectionSpec&, const Shape&, CompiledProjection<double>&);

}  // namespace saltus::detail
