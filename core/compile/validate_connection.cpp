// A projection's own conditions: shapes, tensors, pools, filters, and what held values may go
// through.
#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "core/compile/decode.hpp"
#include "core/compile/validate.hpp"
#include "core/compile/weight_check.hpp"

namespace saltus::detail {

namespace {

class ProjectionFaults {
  public:
    ProjectionFaults(const NetworkSpec& spec,
                     std::size_t id,
                     bool narrow,
                     std::vector<Fault>& faults)
        : projection_(spec.projections[id]),
          source_(spec.populations[projection_.source]),
          target_(spec.populations[projection_.target]),
          path_(path_of(projection_, id)),
          narrow_(narrow),
          faults_(faults) {}

    void find() {
        if (projection_.delay < 0 || projection_.delay > (Tick{1} << 53)) {
            add(".delay", fmt::format("{}", projection_.delay), "0 to 2^53 ticks");
        }
        const bool window = std::holds_alternative<PoolWindow>(projection_.connection);
        if (window != std::holds_alternative<MaxPoolSpec>(target_.kind)) {
            add(".connection",
                window ? "a max-pool window into neurons" : "another connection into a max pool",
                "a window exactly into a max pool");
            return;
        }
        if (const auto* rule = std::get_if<NeuronSpec>(&target_.kind)) {
            if (projection_.receptor >= rule->receptors.size()) {
                add(".receptor",
                    fmt::format("{}", projection_.receptor),
                    fmt::format("one of {}", rule->receptors.size()));
            }
        }
        check_stages();
        const Shape seen = seen_shape(projection_, source_.shape);
        if (seen.size() == 0) {
            return;
        }
        std::visit([&](const auto& connection) { check(connection, seen); },
                   projection_.connection);
    }

  private:
    void add(const std::string& field, std::string found, std::string needed) {
        faults_.push_back({path_ + field, std::move(found), std::move(needed)});
    }

    void check_stages() {
        const auto* encoder = std::get_if<EncoderSpec>(&source_.kind);
        if (encoder != nullptr && encoder->holds_values) {
            if (projection_.delay != 0 || projection_.pool || projection_.source_filter) {
                add("",
                    "held values through a delay, pool or source filter",
                    "none of them: they are a drive");
            }
            if (std::holds_alternative<MaxPoolSpec>(target_.kind)) {
                add(".source", "held values into a max pool", "spikes");
            }
        }
        if (projection_.pool) {
            const PoolSpec& pool = *projection_.pool;
            if (!source_.shape.is_chw() || pool.k == 0 || pool.k > source_.shape.height() ||
                pool.k > source_.shape.width()) {
                add(".pool",
                    fmt::format("k = {} over {}", pool.k, source_.shape.text()),
                    "a [channel, height, width] source with at least k rows and columns, k >= 1");
            }
            if (std::holds_alternative<PoolWindow>(projection_.connection)) {
                add(".pool", "a pool before a max pool", "none");
            }
        }
        if (projection_.source_filter) {
            const SecondOrder& f = *projection_.source_filter;
            if (!std::isfinite(f.a1) || !std::isfinite(f.a2) || !std::isfinite(f.b)) {
                add(".source_filter", fmt::format("{}, {}, {}", f.a1, f.a2, f.b), "finite numbers");
            }
            const auto* pool = std::get_if<MaxPoolSpec>(&target_.kind);
            if (pool != nullptr && pool->mode == MaxPoolSpec::Mode::by_count) {
                add(".source_filter",
                    "a source filter before a max pool by count",
                    "a max pool by tick");
            }
        }
    }

    // The tensor: its length, type, layout, scales and values. `padded`: its length rows_by_source,
    // in rows of `row` weights and padding.
    void check_weights(const Weights& weights,
                       std::uint64_t count,
                       std::uint64_t padded,
                       std::uint64_t row,
                       std::uint64_t channels) {
        const std::string field = ".connection.weight";
        const std::uint64_t element = element_bytes(weights.type);
        const bool by_source = weights.layout == WeightLayout::rows_by_source;
        if (by_source && weights.type != WeightType::float32 && weights.type != WeightType::int8) {
            add(field, "rows_by_source", "float32 or int8 in that layout");
            return;
        }
        const std::uint64_t needed = by_source ? padded : count;
        if (weights.count != needed || weights.data.size() / element < needed) {
            add(field, fmt::format("{} numbers", weights.count), fmt::format("{}", needed));
            return;
        }
        if (by_source && reinterpret_cast<std::uintptr_t>(weights.data.data()) % 64 != 0) {
            add(field, "an unaligned tensor", "64-byte alignment for rows_by_source");
        }
        if (weights.type == WeightType::int8) {
            if (weights.scales.size() != 1 && weights.scales.size() != channels) {
                add(field + ".scales",
                    fmt::format("{} numbers", weights.scales.size()),
                    fmt::format("1 or {}", channels));
            }
            for (const float scale : weights.scales) {
                if (std::isfinite(scale)) {
                    continue;
                }
                add(field + ".scales", fmt::format("{}", scale), "finite numbers");
                break;
            }
        } else if (!weights.scales.empty()) {
            add(field + ".scales",
                fmt::format("{} numbers", weights.scales.size()),
                "none: only int8 has scales");
        }
        if (!weights_are_fit(weights, needed, narrow_)) {
            check_values(weights, needed, by_source ? row : needed, field);
        }
    }

    // Which weight is not fit. Rows of `row` weights each are `row_pitch` apart; what stands
    // between them is never seen.
    void check_values(const Weights& weights,
                      std::uint64_t count,
                      std::uint64_t row,
                      const std::string& field) {
        const std::uint64_t pitch =
            row == count ? count : row_pitch(row, element_bytes(weights.type));
        for (std::uint64_t k = 0; k < count; ++k) {
            const double value = decode(weights, k);
            const bool finite = std::isfinite(narrow_ ? static_cast<float>(value) : value);
            const bool fits = finite && !(weights.type == WeightType::int8 && value < -127);
            if (fits || k % pitch >= row) {
                continue;
            }
            add(field,
                fmt::format("{} at place {}", value, k),
                weights.type == WeightType::int8 ? "-127 to 127" : "finite numbers");
            return;
        }
    }

    void check(const Dense& dense, const Shape& seen) {
        const std::uint64_t targets = target_.shape.size();
        const std::uint64_t element = element_bytes(dense.weights.type);
        check_weights(dense.weights,
                      seen.size() * targets,
                      seen.size() * row_pitch(targets, element),
                      targets,
                      targets);
    }

    void check(const Conv2d& conv, const Shape& seen) {
        if (!seen.is_chw() || !target_.shape.is_chw()) {
            add(".connection.conv2d",
                seen.text() + " to " + target_.shape.text(),
                "[channel, height, width] on both sides");
            return;
        }
        const std::uint32_t in = seen.channels();
        const std::uint32_t out = target_.shape.channels();
        if (conv.groups == 0 || in % conv.groups != 0 || out % conv.groups != 0) {
            add(".connection.groups",
                fmt::format("{}", conv.groups),
                fmt::format("a divisor of {} and {} channels", in, out));
            return;
        }
        for (int axis = 0; axis < 2; ++axis) {
            if (conv.kernel[axis] == 0 || conv.stride[axis] == 0 || conv.dilation[axis] == 0) {
                add(".connection", "a kernel, stride or dilation of 0", "at least 1");
                return;
            }
            const std::uint64_t length =
                std::uint64_t{seen.dims[1 + axis]} + 2 * std::uint64_t{conv.padding[axis]};
            const std::uint64_t reach =
                std::uint64_t{conv.dilation[axis]} * (conv.kernel[axis] - 1) + 1;
            const std::uint64_t expected =
                length < reach ? 0 : (length - reach) / conv.stride[axis] + 1;
            if (target_.shape.dims[1 + axis] != expected) {
                add(axis == 0 ? ".target.height" : ".target.width",
                    fmt::format("{}", target_.shape.dims[1 + axis]),
                    fmt::format("{}, from {} with kernel {}, stride {}, padding {}, dilation {}",
                                expected,
                                seen.dims[1 + axis],
                                conv.kernel[axis],
                                conv.stride[axis],
                                conv.padding[axis],
                                conv.dilation[axis]));
                return;
            }
        }
        const std::uint64_t taps = std::uint64_t{conv.kernel[0]} * conv.kernel[1];
        const std::uint64_t run = out / conv.groups;
        const std::uint64_t element = element_bytes(conv.weights.type);
        check_weights(conv.weights,
                      taps * out * (in / conv.groups),
                      taps * in * row_pitch(run, element),
                      run,
                      out);
    }

    void check(const Sparse& sparse, const Shape& seen) {
        const std::uint64_t sources = seen.size();
        const bool sized = sparse.offsets.size() == sources + 1 && sparse.offsets[0] == 0 &&
                           sparse.offsets[sources] == sparse.targets.size();
        if (!sized || !std::is_sorted(sparse.offsets.begin(), sparse.offsets.end())) {
            add(".connection.offsets",
                fmt::format(
                    "{} offsets for {} synapses", sparse.offsets.size(), sparse.targets.size()),
                fmt::format("{} ascending offsets, from 0 to the number of synapses", sources + 1));
            return;
        }
        std::vector<std::uint64_t> seen_in(target_.shape.size(), ~std::uint64_t{0});
        const bool ordered = sparse.weights.layout == WeightLayout::rows_by_source;
        for (std::uint64_t s = 0; s < sources; ++s) {
            for (std::uint64_t k = sparse.offsets[s]; k < sparse.offsets[s + 1]; ++k) {
                const std::uint32_t to = sparse.targets[k];
                if (to >= seen_in.size()) {
                    add(".connection.targets",
                        fmt::format("{} in row {}", to, s),
                        fmt::format("below {}", seen_in.size()));
                    return;
                }
                if (seen_in[to] == s ||
                    (ordered && k > sparse.offsets[s] && to < sparse.targets[k - 1])) {
                    add(".connection.targets",
                        fmt::format("{} twice or out of order in row {}", to, s),
                        "one synapse a source and target");
                    return;
                }
                seen_in[to] = s;
            }
        }
        const std::uint64_t synapses = sparse.targets.size();
        check_weights(sparse.weights, synapses, synapses, synapses, target_.shape.size());
    }

    void check(const Identity&, const Shape& seen) {
        if (seen.size() != target_.shape.size()) {
            add(".connection.identity",
                seen.text() + " to " + target_.shape.text(),
                "as many neurons on both sides");
        }
    }

    void check(const PoolWindow& window, const Shape& seen) {
        const std::uint32_t stride = window.stride == 0 ? window.k : window.stride;
        if (!seen.is_chw() || !target_.shape.is_chw() || window.k == 0 ||
            window.k > seen.height() || window.k > seen.width()) {
            add(".connection.window",
                fmt::format("k = {} over {}", window.k, seen.text()),
                "a [channel, height, width] source with at least k rows and columns, k >= 1");
            return;
        }
        const Shape expected{seen.channels(),
                             (seen.height() - window.k) / stride + 1,
                             (seen.width() - window.k) / stride + 1};
        if (!(expected == target_.shape)) {
            add(".target.shape", target_.shape.text(), expected.text());
        }
    }

    const ProjectionSpec& projection_;
    const PopulationSpec& source_;
    const PopulationSpec& target_;
    std::string path_;
    bool narrow_;
    std::vector<Fault>& faults_;
};

}  // namespace

void find_projection_faults(const NetworkSpec& spec,
                            std::size_t id,
                            bool narrow,
                            std::vector<Fault>& faults) {
    ProjectionFaults(spec, id, narrow, faults).find();
}

}  // namespace saltus::detail
