#include "models/front/front_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/front/front_check.hpp"

namespace saltus {
namespace {

using onednn::Desc;
using onednn::Dims;
using Tag = dnnl::memory::format_tag;

constexpr auto k_float = dnnl::memory::data_type::f32;

Desc plain(const Dims& dims) {
    constexpr Tag tags[] = {Tag::a, Tag::ab, Tag::abc, Tag::abcd, Tag::abcde};
    return Desc(dims, k_float, tags[dims.size() - 1]);
}

// How many in-bounds taps a window of `kernel` has on each of `length` positions, over all its
// steps.
std::vector<std::uint64_t> taps(std::uint64_t length,
                                std::uint64_t steps,
                                std::uint64_t kernel,
                                std::uint64_t stride,
                                std::uint64_t padding,
                                std::uint64_t dilation) {
    std::vector<std::uint64_t> reached(length, 0);
    for (std::uint64_t step = 0; step < steps; ++step) {
        for (std::uint64_t k = 0; k < kernel; ++k) {
            const std::uint64_t at = step * stride + k * dilation;
            if (at >= padding && at - padding < length) {
                reached[at - padding] += 1;
            }
        }
    }
    return reached;
}

std::uint64_t sum_of(const std::vector<std::uint64_t>& values) {
    std::uint64_t sum = 0;
    for (const std::uint64_t value : values) {
        sum += value;
    }
    return sum;
}

// Most layers have none, and are then done: a pass of whole vectors.
bool any_zero(std::span<const float> weights) {
    std::uint32_t any = 0;  // as wide as a weight
    for (const float weight : weights) {
        any |= weight == 0 ? 1U : 0U;
    }
    return any != 0;
}

// By input element as it lies: how many weights of zero multiply it.
std::vector<std::uint32_t> zero_weights(const FrontDense& dense, const Shape& lies) {
    if (!any_zero(dense.weight)) {
        return {};
    }
    std::vector<std::uint32_t> zeros(static_cast<std::size_t>(lies.size()));
    for (std::size_t k = 0; k < dense.weight.size(); ++k) {
        if (dense.weight[k] == 0) {
            ++zeros[lies.slot_of(static_cast<NeuronIndex>(k % zeros.size()))];
        }
    }
    return zeros;
}

// Where along an axis a kernel's tap `k` of the window `step` falls; `length`: into the padding.
std::size_t tap_at(const FrontConv2d& conv,
                   std::size_t axis,
                   std::size_t step,
                   std::size_t k,
                   std::size_t length) {
    const std::size_t at = step * conv.stride[axis] + k * conv.dilation[axis];
    return at < conv.padding[axis] ? length : std::min(at - conv.padding[axis], length);
}

std::vector<std::uint32_t> zero_weights(const FrontConv2d& conv,
                                        const Shape& in,
                                        const Shape& out) {
    if (!any_zero(conv.weight)) {
        return {};
    }
    const std::size_t taps = std::size_t{conv.kernel[0]} * conv.kernel[1];
    const std::size_t ins = in.channels() / conv.groups;
    const std::size_t outs = conv.out_channels / conv.groups;
    std::vector<std::uint32_t> by_tap(in.channels() * taps);  // [in][ky][kx]
    for (std::size_t k = 0; k < conv.weight.size(); ++k) {    // [out][in / groups][ky][kx]
        const std::size_t group = k / taps / ins / outs;
        by_tap[group * ins * taps + k % (ins * taps)] += conv.weight[k] == 0 ? 1 : 0;
    }
    std::vector<std::uint32_t> zeros(static_cast<std::size_t>(in.size()));  // [y][x][in]
    for (std::size_t tap = 0; tap < taps; ++tap) {
        for (std::size_t place = 0; place < std::size_t{out.height()} * out.width(); ++place) {
            const std::size_t y =
                tap_at(conv, 0, place / out.width(), tap / conv.kernel[1], in.height());
            const std::size_t x =
                tap_at(conv, 1, place % out.width(), tap % conv.kernel[1], in.width());
            if (y == in.height() || x == in.width()) {
                continue;
            }
            for (std::size_t c = 0; c < in.channels(); ++c) {
                zeros[(y * in.width() + x) * in.channels() + c] += by_tap[c * taps + tap];
            }
        }
    }
    return zeros;
}

// Prepares one layer after the other; each starts from the layout that the one before leaves.
class Builder {
  public:
    explicit Builder(Front::Plan& plan) : plan_(plan), stream_(plan.engine) {
        at_ = FrontLayout{plan.input};
        plan_.first = at_;
    }

    void add(const FrontLayer& layer, const Shape& in, const Shape& out) {
        in_ = &in;
        out_ = &out;
        FrontStep step = std::visit([&](const auto& kind) { return prepare(kind); }, layer.kind);
        step.in = at_;
        at_ = step.out;
        plan_.largest = std::max(plan_.largest, static_cast<std::size_t>(out.size()));
        plan_.scratchpad_bytes = std::max(plan_.scratchpad_bytes, step.scratchpad.get_size());
        plan_.steps.push_back(std::move(step));
        plan_.last = at_;
    }

  private:
    // A tensor given row-major in `dims`, laid out as `wanted`; a copy, so nothing views the
    // caller's.
    dnnl::memory laid_out(std::span<const float> values, const Dims& dims, const Desc& wanted) {
        // oneDNN reads through this pointer only, but has no const one
        dnnl::memory given(plain(dims), plan_.engine, const_cast<float*>(values.data()));
        dnnl::memory laid(wanted, plan_.engine);
        dnnl::reorder(given, laid).execute(stream_, given, laid);
        stream_.wait();
        return laid;
    }

    FrontStep in_place(const dnnl::primitive_desc_base& description, dnnl::primitive primitive) {
        FrontStep step;
        step.primitive = std::move(primitive);
        step.scratchpad = description.scratchpad_desc();
        step.in_place = true;
        step.out = at_;
        return step;
    }

    FrontStep prepare(const FrontDense& dense) {
        FrontStep step;
        step.out = FrontLayout{*out_};
        const dnnl::memory::dim outputs = dense.outputs;
        const Shape& lies = at_.shape;
        Dims dims = {outputs, static_cast<dnnl::memory::dim>(lies.size())};
        if (lies.is_chw()) {
            dims = {outputs, lies.channels(), lies.height(), lies.width()};
        }
        const std::optional<Desc> bias = bias_desc(dense.bias);
        const auto description = onednn::inner_product(
            plan_.engine, at_.desc(), Desc(dims, k_float, Tag::any), bias, step.out.desc());
        step.primitive = dnnl::inner_product_forward(description);
        step.scratchpad = description.scratchpad_desc();
        step.weights = laid_out(dense.weight, dims, description.weights_desc());
        if (bias) {
            step.bias = laid_out(dense.bias, {outputs}, description.bias_desc());
        }
        step.macs = {
            lies.size() * dense.outputs, dense.outputs, {1}, {1}, zero_weights(dense, lies)};
        return step;
    }

    FrontStep prepare(const FrontConv2d& conv) {
        FrontStep step;
        step.out = FrontLayout{*out_};
        const auto dim = [](std::uint32_t n) { return static_cast<dnnl::memory::dim>(n); };
        const Shape& in = *in_;
        const dnnl::memory::dim groups = conv.groups;
        Dims dims = {dim(conv.out_channels) / groups,
                     dim(in.channels()) / groups,
                     dim(conv.kernel[0]),
                     dim(conv.kernel[1])};
        if (groups > 1) {
            dims.insert(dims.begin(), groups);
        }
        const std::optional<Desc> bias = bias_desc(conv.bias);
        const auto description =
            onednn::convolution(plan_.engine,
                                at_.desc(),
                                Desc(dims, k_float, Tag::any),
                                bias,
                                step.out.desc(),
                                {.stride = {conv.stride[0], conv.stride[1]},
                                 .dilation = {dim(conv.dilation[0]) - 1, dim(conv.dilation[1]) - 1},
                                 .padding = {conv.padding[0], conv.padding[1]}});
        step.primitive = dnnl::convolution_forward(description);
        step.scratchpad = description.scratchpad_desc();
        step.weights = laid_out(conv.weight, dims, description.weights_desc());
        if (bias) {
            step.bias = laid_out(conv.bias, {dim(conv.out_channels)}, description.bias_desc());
        }
        step.macs.channels = conv.out_channels / conv.groups;
        step.macs.rows = taps(in.height(),
                              out_->height(),
                              conv.kernel[0],
                              conv.stride[0],
                              conv.padding[0],
                              conv.dilation[0]);
        step.macs.columns = taps(in.width(),
                                 out_->width(),
                                 conv.kernel[1],
                                 conv.stride[1],
                                 conv.padding[1],
                                 conv.dilation[1]);
        step.macs.dense =
            in.channels() * step.macs.channels * sum_of(step.macs.rows) * sum_of(step.macs.columns);
        step.macs.zero_weights = zero_weights(conv, in, *out_);
        return step;
    }

    FrontStep prepare(const FrontBias& layer) {
        const Shape& lies = at_.shape;
        Dims dims = {1, static_cast<dnnl::memory::dim>(lies.size())};
        Desc wanted = at_.desc();
        if (in_->is_chw() && layer.bias.size() == in_->channels()) {
            dims = {1, in_->channels(), 1, 1};
            wanted = plain(dims);
        } else if (lies.is_chw()) {
            dims = {1, lies.channels(), lies.height(), lies.width()};
        }
        const auto description = onednn::addition(plan_.engine, at_.desc(), wanted);
        FrontStep step = in_place(description, dnnl::binary(description));
        step.weights = laid_out(layer.bias, dims, wanted);
        return step;
    }

    FrontStep prepare(const FrontRelu&) { return elementwise(dnnl::algorithm::eltwise_relu); }

    FrontStep prepare(const FrontSigmoid&) {
        return elementwise(dnnl::algorithm::eltwise_logistic);
    }

    FrontStep elementwise(dnnl::algorithm algorithm) {
        const auto description = onednn::elementwise(plan_.engine, algorithm, at_.desc());
        FrontStep step = in_place(description, dnnl::eltwise_forward(description));
        step.counts_zeros = true;
        return step;
    }

    FrontStep prepare(const FrontPool& pool) {
        FrontStep step;
        step.out = FrontLayout{*out_};
        const dnnl::memory::dim stride = pool.stride == 0 ? pool.k : pool.stride;
        const auto algorithm = pool.kind == FrontPool::Kind::max
                                   ? dnnl::algorithm::pooling_max
                                   : dnnl::algorithm::pooling_avg_exclude_padding;
        const auto description = onednn::pooling(plan_.engine,
                                                 algorithm,
                                                 at_.desc(),
                                                 step.out.desc(),
                                                 {stride, stride},
                                                 {pool.k, pool.k});
        step.primitive = dnnl::pooling_forward(description);
        step.scratchpad = description.scratchpad_desc();
        return step;
    }

    FrontStep prepare(const FrontFlatten&) {
        FrontStep step;
        step.in_place = true;
        step.renames = true;
        step.out = at_;
        return step;
    }

    static std::optional<Desc> bias_desc(std::span<const float> bias) {
        if (bias.empty()) {
            return {};
        }
        return plain({static_cast<dnnl::memory::dim>(bias.size())});
    }

    Front::Plan& plan_;
    dnnl::stream stream_;
    FrontLayout at_;
    const Shape* in_ = nullptr;
    const Shape* out_ = nullptr;
};

}  // namespace

onednn::Desc FrontLayout::desc() const {
    if (shape.is_chw()) {
        return Desc({1, shape.channels(), shape.height(), shape.width()}, k_float, Tag::nhwc);
    }
    return plain({1, static_cast<dnnl::memory::dim>(shape.size())});
}

std::uint64_t FrontMacs::of_nonzero(const FrontLayout& layout, std::span<const float> in) const {
    if (channels == 0) {
        return 0;
    }
    std::uint64_t taps_reached = 0;
    const std::size_t run = rows.size() * columns.size() == 1 ? in.size() : layout.shape.channels();
    std::size_t at = 0;
    for (const std::uint64_t row : rows) {
        for (const std::uint64_t column : columns) {
            const std::span<const float> values = in.subspan(at, run);
            const auto zeros =
                static_cast<std::size_t>(std::count(values.begin(), values.end(), 0.0F));
            taps_reached += row * column * (run - zeros);
            at += run;
        }
    }
    return taps_reached * channels;
}

std::uint64_t FrontMacs::of_zero_weights(std::span<const float> in) const {
    std::uint64_t macs = 0;
    for (std::size_t k = 0; k < zero_weights.size(); ++k) {
        macs += in[k] != 0 ? zero_weights[k] : 0;
    }
    return macs;
}

Front::Front(const FrontSpec& spec) : plan_(std::make_unique<Plan>()) {
    plan_->shapes = check_front(spec);
    plan_->input = spec.input;
    plan_->largest = static_cast<std::size_t>(spec.input.size());
    plan_->last = FrontLayout{spec.input};
    const onednn::OneThread one_thread;
    Builder builder(*plan_);
    for (std::size_t k = 0; k < spec.layers.size(); ++k) {
        try {
            builder.add(
                spec.layers[k], k == 0 ? spec.input : plan_->shapes[k - 1], plan_->shapes[k]);
        } catch (const dnnl::error& error) {
            const std::string& origin = spec.layers[k].origin;
            throw ModelError(origin.empty() ? fmt::format("front.layers[{}]", k) : origin,
                             fmt::format("oneDNN's \"{}\"", error.what()),
                             "a layer that fits this machine's memory");
        }
    }
}

Front::~Front() = default;
Front::Front(Front&&) noexcept = default;

const Shape& Front::output() const {
    return plan_->shapes.empty() ? plan_->input : plan_->shapes.back();
}

std::size_t Front::layer_count() const {
    return plan_->shapes.size();
}

const Shape& Front::layer_output(std::size_t layer) const {
    return plan_->shapes[layer];
}

}  // namespace saltus
