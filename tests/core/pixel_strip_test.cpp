// What pixels of a convolution pull, of sources that fire bits and of packets, through windows and
// pools of every kind: the same as tick by tick.
#include <algorithm>
#include <random>

#include "tests/core/by_ticks.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

using Random = std::mt19937;

std::uint32_t below(Random& random, std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
}

std::uint32_t pick(Random& random, std::initializer_list<std::uint32_t> values) {
    return values.begin()[random() % values.size()];
}

// A convolution's weights, of either type.
struct Tensor {
    std::vector<float> floats;
    std::vector<std::int8_t> bytes;
    float scale = 0.01F;

    Tensor(Random& random, std::size_t n, bool in_bytes) {
        std::normal_distribution<float> normal(8, 30);
        for (std::size_t k = 0; k < n; ++k) {
            const float value = std::clamp(normal(random), -127.0F, 127.0F);
            if (in_bytes) {
                bytes.push_back(static_cast<std::int8_t>(value));
            } else {
                floats.push_back(value * scale);
            }
        }
    }

    [[nodiscard]] Weights weights() const {
        if (bytes.empty()) {
            return float_weights(floats);
        }
        return {WeightType::int8,
                WeightLayout::by_index,
                std::as_bytes(std::span(bytes)),
                {&scale, 1},
                bytes.size()};
    }
};

// An image that is held, or spikes, or both; a layer that it drives; a layer that pulls from that.
struct Chain {
    Chain(Random& random, Tick horizon) {
        const bool holds = random() % 2 == 0;
        const bool in_bytes = random() % 2 == 0;
        const std::uint32_t channels = pick(random, {1, 3, 32, 33, 64, 70});
        const std::uint32_t height = 4 + below(random, 6);
        const std::uint32_t width = 4 + below(random, 14);
        const Shape shape = {channels, height, width};

        PoolSpec pool{random() % 2 == 0 ? PoolSpec::Kind::sum : PoolSpec::Kind::average,
                      1 + below(random, 4),
                      below(random, 3)};
        const bool pools = random() % 2 == 0;
        const auto seen = [&](std::uint32_t size) {
            const std::uint32_t stride = pool.stride == 0 ? pool.k : pool.stride;
            return pools ? (size - pool.k) / stride + 1 : size;
        };
        Conv2d conv;
        std::uint32_t sizes[2];
        for (int axis = 0; axis < 2; ++axis) {
            const std::uint32_t from = seen(axis == 0 ? height : width);
            conv.kernel[axis] = 1 + below(random, std::min(from, 3U));
            conv.stride[axis] = 1 + below(random, 2);
            conv.padding[axis] = pick(random, {0, 1, 1, 5});
            const std::uint32_t room = from + 2 * conv.padding[axis];
            conv.dilation[axis] =
                axis == 0 && room > 2 * conv.kernel[axis] ? pick(random, {1, 2}) : 1;
            sizes[axis] =
                (room - conv.dilation[axis] * (conv.kernel[axis] - 1) - 1) / conv.stride[axis] + 1;
        }
        const std::uint32_t out = pick(random, {1, 5, 64, 70});
        tensors_.reserve(2);
        tensors_.emplace_back(random, channels, false);
        tensors_.emplace_back(
            random, std::size_t{out} * channels * conv.kernel[0] * conv.kernel[1], in_bytes);

        spec_.horizon = horizon;
        spec_.populations = {encoder("in", {1, height, width}, holds),
                             neurons("first", shape),
                             neurons("second", {out, sizes[0], sizes[1]})};
        Conv2d spread;
        spread.weights = tensors_[0].weights();
        conv.weights = tensors_[1].weights();
        spec_.projections.resize(2);
        spec_.projections[0].target = 1;
        spec_.projections[0].connection = spread;
        spec_.projections[1].source = 1;
        spec_.projections[1].target = 2;
        spec_.projections[1].connection = conv;
        if (pools) {
            spec_.projections[1].pool = pool;
        }
        for (Tick t = 0; t < horizon; t += holds ? 40 : 1) {
            Packet packet{t, holds, {}, {}};
            for (Slot s = 0; s < height * width && t % 11 != 3; ++s) {
                if (below(random, 3) != 0) {
                    packet.slots.push_back(s);
                    packet.payloads.push_back(static_cast<float>(below(random, 8)));
                }
            }
            if (!holds) {
                packet.payloads.clear();
            }
            if (!packet.slots.empty() || holds) {
                packets_.push_back(std::move(packet));
            }
        }
    }

    [[nodiscard]] Outcome hold() const { return test::hold(spec_, packets_); }

  private:
    std::vector<Tensor> tensors_;
    NetworkSpec spec_;
    std::vector<Packet> packets_;
};

}  // namespace

TEST_CASE("pixel strip: any window, pool and layout has the bits and counts of tick by tick") {
    std::uint64_t spikes = 0;
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Outcome outcome = Chain(random, 40 + seed % 30).hold();
        spikes += outcome.counts.populations[2].spikes;
    }
    CHECK(spikes > 100'000);
}
