// Counts through weights of zero, and so effective operations: held against a count of every
// synapse that every spike reaches, written out here from the weights as they were given. The
// networks take the ways that small ones do not: tiles, bits, bits behind a pool, chunks.
#include <cstring>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "tests/core/by_ticks.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

// The value of a weight given by index.
double value_of(const Weights& weights, std::uint64_t place, std::uint64_t channel) {
    if (weights.type == WeightType::int8) {
        const auto q = static_cast<std::int8_t>(weights.data[place]);
        return double{weights.scales[weights.scales.size() == 1 ? 0 : channel]} * q;
    }
    float value = 0;
    std::memcpy(&value, weights.data.data() + place * 4, 4);
    return value;
}

// Every weight that a spike of a seen neuron meets, one by one. [seen index]
using Synapses = std::vector<std::vector<double>>;

Synapses synapses_of(const Dense& dense, const Shape& seen, const Shape& target) {
    Synapses synapses(seen.size());
    for (std::uint64_t j = 0; j < target.size(); ++j) {
        for (std::uint64_t s = 0; s < seen.size(); ++s) {
            synapses[s].push_back(value_of(dense.weights, j * seen.size() + s, j));
        }
    }
    return synapses;
}

Synapses synapses_of(const Conv2d& c, const Shape& seen, const Shape& target) {
    Synapses synapses(seen.size());
    const int ins = static_cast<int>(seen.channels() / c.groups);
    const int outs = static_cast<int>(target.channels() / c.groups);
    const auto whole = [](std::uint32_t n) { return static_cast<int>(n); };
    for (int o = 0; o < whole(target.channels()); ++o) {
        for (int ty = 0; ty < whole(target.height()); ++ty) {
            for (int tx = 0; tx < whole(target.width()); ++tx) {
                for (int i = 0; i < ins; ++i) {
                    for (int ky = 0; ky < whole(c.kernel[0]); ++ky) {
                        for (int kx = 0; kx < whole(c.kernel[1]); ++kx) {
                            const int y = ty * whole(c.stride[0]) + ky * whole(c.dilation[0]) -
                                          whole(c.padding[0]);
                            const int x = tx * whole(c.stride[1]) + kx * whole(c.dilation[1]) -
                                          whole(c.padding[1]);
                            if (y < 0 || x < 0 || y >= whole(seen.height()) ||
                                x >= whole(seen.width())) {
                                continue;
                            }
                            const int channel = o / outs * ins + i;
                            const int from =
                                (channel * whole(seen.height()) + y) * whole(seen.width()) + x;
                            const int place =
                                ((o * ins + i) * whole(c.kernel[0]) + ky) * whole(c.kernel[1]) + kx;
                            synapses[static_cast<std::size_t>(from)].push_back(
                                value_of(c.weights,
                                         static_cast<std::uint64_t>(place),
                                         static_cast<std::uint64_t>(o)));
                        }
                    }
                }
            }
        }
    }
    return synapses;
}

Synapses synapses_of(const Sparse& sparse, const Shape& seen, const Shape&) {
    Synapses synapses(seen.size());
    for (std::size_t s = 0; s < seen.size(); ++s) {
        for (std::uint64_t k = sparse.offsets[s]; k < sparse.offsets[s + 1]; ++k) {
            synapses[s].push_back(value_of(sparse.weights, k, sparse.targets[k]));
        }
    }
    return synapses;
}

Shape seen_by(const ProjectionSpec& p, const Shape& source) {
    if (!p.pool) {
        return source;
    }
    const std::uint32_t stride = p.pool->stride == 0 ? p.pool->k : p.pool->stride;
    return {source.channels(),
            (source.height() - p.pool->k) / stride + 1,
            (source.width() - p.pool->k) / stride + 1};
}

// Every neuron that a source neuron is seen as: itself, or the windows that it falls in.
std::vector<std::size_t> seen_as(const ProjectionSpec& p, const Shape& source, NeuronIndex index) {
    if (!p.pool) {
        return {index};
    }
    const Shape seen = seen_by(p, source);
    const std::uint32_t stride = p.pool->stride == 0 ? p.pool->k : p.pool->stride;
    const std::uint32_t plane = source.height() * source.width();
    const std::uint32_t y = index % plane / source.width();
    const std::uint32_t x = index % plane % source.width();
    std::vector<std::size_t> windows;
    for (std::uint32_t wy = 0; wy < seen.height(); ++wy) {
        for (std::uint32_t wx = 0; wx < seen.width(); ++wx) {
            const bool rows = wy * stride <= y && y < wy * stride + p.pool->k;
            if (rows && wx * stride <= x && x < wx * stride + p.pool->k) {
                windows.push_back((index / plane * seen.height() + wy) * seen.width() + wx);
            }
        }
    }
    return windows;
}

// Spikes alone, all of payload 1.
ZeroWeightCounts count_zeros(const NetworkSpec& spec, std::size_t p, const Recorder& fired) {
    const ProjectionSpec& projection = spec.projections[p];
    const Shape& source = spec.populations[projection.source].shape;
    const Shape& target = spec.populations[projection.target].shape;
    const Synapses synapses = std::visit(
        [&](const auto& c) -> Synapses {
            if constexpr (requires { synapses_of(c, source, target); }) {
                return synapses_of(c, seen_by(projection, source), target);
            }
            return {};
        },
        projection.connection);
    ZeroWeightCounts counts;
    for (const auto& [population, packet] : fired.fired) {
        if (population != projection.source || packet.tick + projection.delay >= spec.horizon) {
            continue;
        }
        for (const Slot slot : packet.slots) {
            for (const std::size_t seen : seen_as(projection, source, source.index_of(slot))) {
                for (const double weight : synapses[seen]) {
                    counts.acs += weight == 0 ? 1 : 0;
                }
            }
        }
    }
    return counts;
}

// Both schedules against the count by hand.
void check(const NetworkSpec& spec, const std::vector<Packet>& packets) {
    const Network network = compile(spec);
    const ZeroWeights zeros(network);
    Simulator simulator(network);
    simulator.set_zero_weights(&zeros);
    for (const bool by_ticks : {false, true}) {
        CAPTURE(by_ticks);
        Recorder watcher(by_ticks);
        simulator.set_hook(&watcher);
        GivenPackets source(packets);
        PacketSource* const sources[] = {&source};
        simulator.begin(sources);
        for (const Tick end : {spec.horizon / 3, spec.horizon}) {
            simulator.advance_to(end - 1);
        }
        const Result result = simulator.finish();
        REQUIRE_FALSE(result.error);
        REQUIRE(result.counts.zero_weights.size() == spec.projections.size());
        for (std::size_t p = 0; p < spec.projections.size(); ++p) {
            CAPTURE(p);
            const ZeroWeightCounts want = count_zeros(spec, p, watcher);
            CHECK(result.counts.zero_weights[p].acs == want.acs);
            CHECK(result.counts.zero_weights[p].graded_macs == 0);
            CHECK(want.acs > 0);
            CHECK(want.acs < result.counts.projections[p].acs);
        }
    }
}

std::vector<float> pruned(std::mt19937& random, std::size_t n, float spread) {
    std::normal_distribution<float> normal(0.02F, spread);
    std::vector<float> values(n);
    for (float& value : values) {
        value = normal(random);
        if (random() % 3 == 0) {
            value = random() % 2 == 0 ? 0.0F : -0.0F;
        }
    }
    return values;
}

std::vector<std::int8_t> pruned8(std::mt19937& random, std::size_t n) {
    std::vector<std::int8_t> values(n);
    for (std::int8_t& value : values) {
        value = random() % 3 == 0 ? std::int8_t{0} : static_cast<std::int8_t>(random() % 200 - 90);
    }
    return values;
}

Weights int8_weights(std::span<const std::int8_t> values, std::span<const float> scales) {
    return {WeightType::int8, WeightLayout::by_index, std::as_bytes(values), scales, values.size()};
}

std::vector<Packet> firing(std::mt19937& random, Tick horizon, std::uint32_t sources) {
    std::vector<Packet> packets;
    for (Tick t = 0; t < horizon; ++t) {
        std::vector<Slot> slots;
        for (Slot s = 0; s < sources && t % 11 != 3; ++s) {
            if (random() % 4 == 0) {
                slots.push_back(s);
            }
        }
        if (!slots.empty()) {
            packets.push_back(spikes(t, std::move(slots)));
        }
    }
    return packets;
}

template <class Connection>
ProjectionSpec project(PopulationId source, PopulationId target, Connection connection) {
    ProjectionSpec projection;
    projection.source = source;
    projection.target = target;
    projection.connection = std::move(connection);
    return projection;
}

}  // namespace

TEST_CASE("zero weights: convolutions that pass bits on, behind a pool too, count as by hand") {
    std::mt19937 random(1);
    const std::vector<float> first = pruned(random, 5 * 2 * 9, 0.5F);
    const std::vector<float> second = pruned(random, 70 * 5 * 9, 0.3F);
    const std::vector<float> third = pruned(random, 5 * 70 * 9, 0.15F);
    const std::vector<std::int8_t> last = pruned8(random, 10 * 45);
    const std::vector<float> one = {0.01F};
    NetworkSpec spec;
    spec.horizon = 60;
    spec.populations = {encoder("in", {2, 6, 6}),
                        neurons("first", {5, 6, 6}),
                        neurons("second", {70, 6, 6}),
                        neurons("third", {5, 3, 3}),
                        neurons("out", {10})};
    const auto same = [](std::span<const float> weights) {
        return Conv2d{{3, 3}, {1, 1}, {1, 1}, {1, 1}, 1, float_weights(weights)};
    };
    spec.projections = {project(0, 1, same(first)),
                        project(1, 2, same(second)),
                        project(2, 3, same(third)),
                        project(3, 4, Dense{int8_weights(last, one)})};
    spec.projections[2].pool = PoolSpec{PoolSpec::Kind::average, 2, 0};
    check(spec, firing(random, spec.horizon, 72));
}

TEST_CASE("zero weights: strides, dilation, groups, windows that overlap and delays") {
    std::mt19937 random(2);
    const std::vector<std::int8_t> first = pruned8(random, 8 * 2 * 3 * 2);
    std::vector<float> scales = {0.02F, 0.01F, 0, 0.02F, -0.01F, 0.03F, 0.02F, 0.01F};
    const std::vector<float> second = pruned(random, 6 * 8 * 2 * 2, 0.4F);
    NetworkSpec spec;
    spec.horizon = 40;
    spec.populations = {
        encoder("in", {4, 7, 9}), neurons("first", {8, 4, 9}), neurons("second", {6, 2, 7})};
    spec.projections = {
        project(0, 1, Conv2d{{3, 2}, {2, 1}, {2, 1}, {2, 2}, 2, int8_weights(first, scales)}),
        project(1, 2, Conv2d{{2, 2}, {1, 1}, {0, 0}, {1, 1}, 1, float_weights(second)})};
    spec.projections[1].pool = PoolSpec{PoolSpec::Kind::sum, 2, 1};
    spec.projections[1].delay = 3;
    check(spec, firing(random, spec.horizon, 4 * 7 * 9));
}

TEST_CASE("zero weights: dense rows in tiles, and sparse ones in chunks") {
    std::mt19937 random(3);
    for (const bool currents : {false, true}) {
        const std::vector<float> first = pruned(random, 150 * 200, 0.15F);
        const std::vector<std::int8_t> second = pruned8(random, 200 * 100);
        const std::vector<float> few = pruned(random, 100 * 3, 0.5F);
        const std::vector<float> one = {0.003F};
        std::vector<std::uint64_t> offsets = {0};
        std::vector<std::uint32_t> targets;
        for (std::uint32_t s = 0; s < 100; ++s) {
            targets.insert(targets.end(), {s % 7, s % 7 + 20, s % 7 + 90});
            offsets.push_back(targets.size());
        }
        NeuronSpec rule;
        if (currents) {
            rule.beta = 0.9;
            rule.receptors[0].alpha = 0.8;
        }
        NetworkSpec spec;
        spec.horizon = 100;
        spec.populations = {encoder("in", {150}),
                            neurons("first", {200}, rule),
                            neurons("second", {100}),
                            neurons("third", {100}, rule)};
        spec.projections = {dense(0, 1, first),
                            project(1, 2, Dense{int8_weights(second, one)}),
                            project(2, 3, Sparse{offsets, targets, float_weights(few)})};
        check(spec, firing(random, spec.horizon, 150));
    }
}

TEST_CASE("zero weights: held values count each time they are set") {
    const std::vector<float> weights = {1, 0, 2, -0.0F, 0, 3};  // [2, 3]
    NetworkSpec spec;
    spec.horizon = 4;
    spec.populations = {encoder("in", {3}, true), neurons("out", {2})};
    spec.projections = {dense(0, 1, weights)};
    const Network network = compile(spec);
    const ZeroWeights zeros(network);
    Simulator simulator(network);
    simulator.set_zero_weights(&zeros);
    GivenPackets source({held(0, {0, 1}, {0.5F, 0.25F}), held(2, {1, 2}, {1, 1})});
    PacketSource* const sources[] = {&source};
    simulator.begin(sources);
    simulator.advance_to(3);
    const Counts counts = simulator.finish().counts;
    CHECK(counts.projections[0].held_macs == 8);
    // tick 0: -0 of input 0, both of input 1; tick 2: both of input 1
    CHECK(counts.zero_weights[0].held_macs == 5);
}

TEST_CASE("zero weights: only who asks is told, from the next sample on") {
    const std::vector<float> weights = {0, 1};
    NetworkSpec spec;
    spec.horizon = 2;
    spec.populations = {encoder("in", {1}), neurons("out", {2})};
    spec.projections = {dense(0, 1, weights)};
    const Network network = compile(spec);
    const ZeroWeights zeros(network);
    Simulator simulator(network);
    const auto run = [&](bool ask_within) {
        GivenPackets source({spikes(0, {0})});
        PacketSource* const sources[] = {&source};
        simulator.begin(sources);
        if (ask_within) {
            simulator.set_zero_weights(&zeros);
        }
        simulator.advance_to(1);
        return simulator.finish().counts.zero_weights;
    };
    CHECK(run(true).empty());
    REQUIRE(run(false).size() == 1);
    CHECK(run(false)[0].acs == 1);
    simulator.set_zero_weights(nullptr);
    CHECK(run(false).empty());
}
