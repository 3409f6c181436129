// Convolutions behind each other, which take few ticks in turn and pass spikes on as bits: the same
// as tick by tick.
#include <random>

#include "tests/core/by_ticks.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

constexpr std::uint32_t k_side = 6;
constexpr std::uint32_t k_channels = 5;
constexpr std::uint32_t k_wide = 70;  // a tile and a part
constexpr std::uint32_t k_pixels = k_side * k_side;

struct Tensors {
    std::vector<float> first;
    std::vector<float> second;
    std::vector<float> third;
    std::vector<float> skip;
    std::vector<float> last;
};

std::vector<float> noise(std::mt19937& random, std::size_t n, float spread) {
    std::normal_distribution<float> normal(0.02F, spread);
    std::vector<float> values(n);
    for (float& value : values) {
        value = normal(random);
    }
    return values;
}

Tensors tensors(std::mt19937& random) {
    return {noise(random, std::size_t{k_channels} * 2 * 9, 0.4F),
            noise(random, std::size_t{k_wide} * k_channels * 9, 0.2F),
            noise(random, std::size_t{k_channels} * k_wide * 9, 0.1F),
            noise(random, std::size_t{k_channels} * k_channels * 4, 0.1F),
            noise(random, std::size_t{k_channels} * k_pixels / 4 * 10, 0.3F)};
}

ProjectionSpec conv(PopulationId source, PopulationId target, std::span<const float> weights) {
    ProjectionSpec projection;
    projection.source = source;
    projection.target = target;
    projection.connection = Conv2d{{3, 3}, {1, 1}, {1, 1}, {1, 1}, 1, float_weights(weights)};
    return projection;
}

NetworkSpec chain(const Tensors& tensors, Tick horizon) {
    const std::uint32_t half = k_side / 2;
    NetworkSpec spec;
    spec.horizon = horizon;
    spec.populations = {encoder("in", {2, k_side, k_side}),
                        neurons("first", {k_channels, k_side, k_side}),
                        neurons("second", {k_wide, k_side, k_side}),
                        neurons("third", {k_channels, half, half}),
                        neurons("out", {10})};
    ProjectionSpec pooled = conv(2, 3, tensors.third);
    pooled.pool = PoolSpec{PoolSpec::Kind::average, 2, 0};
    spec.projections = {
        conv(0, 1, tensors.first), conv(1, 2, tensors.second), pooled, dense(3, 4, tensors.last)};
    spec.readouts = {
        {"out", 4, ReadoutSpec::Kind::spike_count, ReadoutSpec::Ties::index, std::nullopt, ""}};
    return spec;
}

std::vector<Packet> firing(std::mt19937& random, Tick horizon) {
    std::vector<Packet> packets;
    for (Tick t = 0; t < horizon; ++t) {
        Packet packet{t, false, {}, {}};
        for (Slot s = 0; s < 2 * k_pixels && t % 11 != 3; ++s) {
            if (random() % 4 == 0) {
                packet.slots.push_back(s);
            }
        }
        if (!packet.slots.empty()) {
            packets.push_back(std::move(packet));
        }
    }
    return packets;
}

}  // namespace

TEST_CASE("conv stretch: a chain of convolutions has the bits and counts of tick by tick") {
    std::mt19937 random(1);
    for (const Tick horizon : {7, 16, 50, 300}) {
        const Tensors weights = tensors(random);
        const Outcome outcome = hold(chain(weights, horizon), firing(random, horizon));
        CHECK(outcome.counts.populations[3].spikes > 0);
    }
}

TEST_CASE("conv stretch: spikes that also go elsewhere later have the bits of tick by tick") {
    std::mt19937 random(2);
    const Tensors weights = tensors(random);
    NetworkSpec spec = chain(weights, 100);
    ProjectionSpec skip;
    skip.source = 1;
    skip.target = 3;
    skip.delay = 3;
    skip.connection = Conv2d{{2, 2}, {2, 2}, {0, 0}, {1, 1}, 1, float_weights(weights.skip)};
    spec.projections.push_back(skip);
    spec.readouts.push_back(
        {"second", 2, ReadoutSpec::Kind::spike_count, ReadoutSpec::Ties::index, std::nullopt, ""});
    hold(spec, firing(random, 100));
}

TEST_CASE("conv stretch: the earliest error is that of tick by tick") {
    std::mt19937 random(3);
    Tensors weights = tensors(random);
    weights.second[40] = 3e38F;
    const Outcome outcome = hold(chain(weights, 60), firing(random, 60));
    CHECK(!outcome.error.empty());
}
