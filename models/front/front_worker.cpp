#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/front/front_plan.hpp"

namespace saltus {
namespace {

using Arguments = std::unordered_map<int, dnnl::memory>;

// [C,H,W] row-major to channel last, or back.
void to_channel_last(const Shape& shape, std::span<const float> from, std::span<float> to) {
    const std::size_t plane = std::size_t{shape.height()} * shape.width();
    const std::size_t channels = shape.channels();
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t p = 0; p < plane; ++p) {
            to[p * channels + c] = from[c * plane + p];
        }
    }
}

void to_row_major(const Shape& shape, std::span<const float> from, std::span<float> to) {
    const std::size_t plane = std::size_t{shape.height()} * shape.width();
    const std::size_t channels = shape.channels();
    for (std::size_t p = 0; p < plane; ++p) {
        for (std::size_t c = 0; c < channels; ++c) {
            to[c * plane + p] = from[p * channels + c];
        }
    }
}

}  // namespace

struct FrontWorker::State {
    explicit State(const Front::Plan& front)
        : plan(front),
          stream(front.engine),
          scratchpad(bytes(std::max<std::size_t>(front.scratchpad_bytes, 1))),
          layers(front.steps.size()) {
        for (dnnl::memory& buffer : buffers) {
            buffer = bytes(front.largest * sizeof(float));
        }
        if (!front.last.is_row_major()) {
            output.resize(static_cast<std::size_t>(front.last.shape.size()));
        }
        std::size_t at = 0;
        for (const FrontStep& step : front.steps) {
            arguments.push_back(arguments_of(step, at));
            if (!step.in_place) {
                at = 1 - at;
            }
        }
    }

    [[nodiscard]] dnnl::memory bytes(std::size_t count) const {
        const auto dim = static_cast<dnnl::memory::dim>(count);
        return {onednn::Desc({dim}, dnnl::memory::data_type::u8, dnnl::memory::format_tag::a),
                plan.engine};
    }

    [[nodiscard]] Arguments arguments_of(const FrontStep& step, std::size_t at) const {
        Arguments map;
        if (step.renames) {
            return map;
        }
        void* const from = buffers[at].get_data_handle();
        void* const to = buffers[step.in_place ? at : 1 - at].get_data_handle();
        const bool adds = step.in_place && step.weights;
        map.emplace(adds ? DNNL_ARG_SRC_0 : DNNL_ARG_SRC,
                    dnnl::memory(step.in.desc(), plan.engine, from));
        map.emplace(DNNL_ARG_DST, dnnl::memory(step.out.desc(), plan.engine, to));
        if (step.weights) {
            map.emplace(adds ? DNNL_ARG_SRC_1 : DNNL_ARG_WEIGHTS, step.weights);
        }
        if (step.bias) {
            map.emplace(DNNL_ARG_BIAS, step.bias);
        }
        map.emplace(DNNL_ARG_SCRATCHPAD,
                    dnnl::memory(step.scratchpad, plan.engine, scratchpad.get_data_handle()));
        return map;
    }

    [[nodiscard]] std::span<float> values(std::size_t buffer, const FrontLayout& layout) const {
        return {static_cast<float*>(buffers[buffer].get_data_handle()),
                static_cast<std::size_t>(layout.shape.size())};
    }

    const Front::Plan& plan;
    dnnl::stream stream;
    dnnl::memory buffers[2];           // a layer reads one and writes the other, or stays in one
    dnnl::memory scratchpad;           // one for all; layers run one by one
    std::vector<Arguments> arguments;  // by layer
    std::vector<float> output;         // row-major, if the last layer's does not lie so
    FrontCounts counts;
    std::vector<FrontLayerCounts> layers;
};

FrontWorker::FrontWorker(const Front& front) {
    const onednn::OneThread one_thread;
    try {
        state_ = std::make_unique<State>(*front.plan_);
    } catch (const dnnl::error& error) {
        throw ModelError("front",
                         fmt::format("oneDNN's \"{}\"", error.what()),
                         "activations that fit this machine's memory");
    }
}

FrontWorker::~FrontWorker() = default;
FrontWorker::FrontWorker(FrontWorker&&) noexcept = default;

std::span<const float> FrontWorker::run(std::span<const float> input) {
    State& state = *state_;
    const Front::Plan& plan = state.plan;
    if (input.size() != plan.input.size()) {
        throw InputError("front input",
                         fmt::format("{} values", input.size()),
                         fmt::format("{} ({})", plan.input.size(), plan.input.text()));
    }
    const std::span<float> first = state.values(0, plan.first);
    if (plan.first.is_row_major()) {
        std::copy(input.begin(), input.end(), first.begin());
    } else {
        to_channel_last(plan.first.shape, input, first);
    }

    const onednn::OneThread one_thread;
    state.counts = {};
    std::size_t at = 0;
    for (std::size_t k = 0; k < plan.steps.size(); ++k) {
        const FrontStep& step = plan.steps[k];
        FrontLayerCounts& layer = state.layers[k];
        layer = {};
        layer.macs = step.macs.dense;
        layer.macs_nonzero = step.macs.of_nonzero(step.in, state.values(at, step.in));
        layer.macs_effective =
            layer.macs_nonzero - step.macs.of_zero_weights(state.values(at, step.in));
        if (!step.renames) {
            step.primitive.execute(state.stream, state.arguments[k]);
        }
        if (!step.in_place) {
            at = 1 - at;
        }
        if (step.counts_zeros) {
            const std::span<const float> out = state.values(at, step.out);
            layer.outputs = out.size();
            layer.zero_outputs =
                static_cast<std::uint64_t>(std::count(out.begin(), out.end(), 0.0F));
        }
        state.counts.macs += layer.macs;
        state.counts.macs_nonzero += layer.macs_nonzero;
        state.counts.macs_effective += layer.macs_effective;
    }
    state.stream.wait();

    const std::span<const float> last = state.values(at, plan.last);
    if (plan.last.is_row_major()) {
        return last;
    }
    to_row_major(plan.last.shape, last, state.output);
    return state.output;
}

const FrontCounts& FrontWorker::counts() const {
    return state_->counts;
}

const std::vector<FrontLayerCounts>& FrontWorker::layer_counts() const {
    return state_->layers;
}

}  // namespace saltus
