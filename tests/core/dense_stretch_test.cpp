// Dense layers whose sources fire so often that a stretch goes through products: the same as tick
// by tick.
#include <array>
#include <iterator>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "tests/core/by_ticks.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

constexpr std::uint32_t k_sources = 150;
constexpr std::uint32_t k_hidden = 200;  // three tiles and a part

// Each source fires at its own share of the ticks, one in five at all; a tick in eight is graded
// if asked for.
std::vector<Packet> firing(std::mt19937& random, Tick horizon, bool graded) {
    std::vector<Packet> packets;
    for (Tick t = 0; t < horizon; ++t) {
        Packet packet{t, false, {}, {}};
        for (Slot s = 0; s < k_sources; ++s) {
            if (s % 5 == 0 || random() % k_sources < s) {
                packet.slots.push_back(s);
            }
        }
        if (graded && t % 8 == 7) {
            packet.payloads.assign(packet.slots.size(), 0.75F);
        }
        packets.push_back(std::move(packet));
    }
    return packets;
}

std::vector<float> noise(std::mt19937& random, std::size_t n) {
    std::normal_distribution<float> normal(0.01F, 0.1F);
    std::vector<float> values(n);
    for (float& value : values) {
        value = normal(random);
    }
    return values;
}

std::vector<std::int8_t> bytes(std::mt19937& random, std::size_t n) {
    std::vector<std::int8_t> values(n);
    for (std::int8_t& value : values) {
        value = static_cast<std::int8_t>(random() % 255 - 127);
    }
    return values;
}

// About one in `rarely` sources fires at a tick.
std::vector<Packet> rare_firing(std::mt19937& random,
                                Tick horizon,
                                std::uint32_t rarely,
                                std::uint32_t sources = k_sources) {
    std::vector<Packet> packets;
    for (Tick t = 0; t < horizon; ++t) {
        Packet packet{t, false, {}, {}};
        for (Slot s = 0; s < sources; ++s) {
            if (random() % rarely == 0) {
                packet.slots.push_back(s);
            }
        }
        if (!packet.slots.empty()) {
            packets.push_back(std::move(packet));
        }
    }
    return packets;
}

ProjectionSpec dense8(PopulationId source,
                      PopulationId target,
                      std::span<const std::int8_t> weights,
                      std::span<const float> scales) {
    ProjectionSpec projection;
    projection.source = source;
    projection.target = target;
    projection.connection = Dense{
        {WeightType::int8, WeightLayout::by_index, std::as_bytes(weights), scales, weights.size()}};
    return projection;
}

NetworkSpec two_layers(Tick horizon) {
    NeuronSpec leaky;
    leaky.beta = 0.875;
    leaky.receptors[0].bias.assign(k_hidden, -0.0);
    NetworkSpec spec;
    spec.horizon = horizon;
    spec.populations = {encoder("in", {k_sources}),
                        neurons("hidden", {k_hidden}),
                        neurons("out", {k_hidden}, leaky)};
    spec.readouts = {
        {"out", 2, ReadoutSpec::Kind::spike_count, ReadoutSpec::Ties::index, std::nullopt, ""}};
    return spec;
}

}  // namespace

TEST_CASE("dense stretch: float32 layers have the bits and counts of tick by tick") {
    std::mt19937 random(1);
    for (const Tick horizon : {7, 128, 300}) {
        for (const bool graded : {false, true}) {
            const std::vector<float> first = noise(random, k_sources * k_hidden);
            const std::vector<float> second = noise(random, k_hidden * k_hidden);
            const std::vector<float> skip = noise(random, k_sources * k_hidden);
            NetworkSpec spec = two_layers(horizon);
            spec.projections = {dense(0, 1, first), dense(1, 2, second, 1), dense(0, 2, skip)};
            CHECK(hold(spec, firing(random, horizon, graded)).counts.populations[2].spikes > 100);
        }
    }
}

TEST_CASE("dense stretch: int8 layers have the bits and counts of tick by tick") {
    std::mt19937 random(2);
    for (const Tick horizon : {7, 128, 300}) {
        for (const bool graded : {false, true}) {
            const std::vector<std::int8_t> first = bytes(random, k_sources * k_hidden);
            const std::vector<std::int8_t> second = bytes(random, k_hidden * k_hidden);
            const std::vector<std::int8_t> skip = bytes(random, k_sources * k_hidden);
            std::vector<float> scales = noise(random, k_hidden);
            for (float& scale : scales) {
                scale *= 0.1F;
            }
            NetworkSpec spec = two_layers(horizon);
            const std::array<float, 1> one = {0.004F};
            spec.projections = {
                dense8(0, 1, first, one), dense8(1, 2, second, scales), dense8(0, 2, skip, one)};
            CHECK(hold(spec, firing(random, horizon, graded)).counts.populations[2].spikes > 100);
        }
    }
}

TEST_CASE("dense stretch: more sources than a cache has room for have the bits of tick by tick") {
    std::mt19937 random(5);
    for (const std::uint32_t sources : {1024U, 1025U, 1600U}) {
        for (const bool graded : {false, true}) {
            const std::vector<float> first = noise(random, std::size_t{sources} * k_hidden);
            const std::vector<std::int8_t> second = bytes(random, std::size_t{sources} * k_hidden);
            const std::array<float, 1> scale = {0.0004F};
            NetworkSpec spec = two_layers(100);
            spec.populations[0] = encoder("in", {sources});
            spec.projections = {dense(0, 1, first), dense8(0, 2, second, scale)};
            std::vector<Packet> packets = rare_firing(random, 100, 12, sources);
            for (Packet& packet : packets) {
                if (graded && packet.tick % 4 != 0) {
                    packet.payloads.assign(packet.slots.size(), 0.75F);
                }
            }
            CHECK(hold(spec, packets).counts.populations[1].spikes > 100);
        }
    }
}

TEST_CASE("dense stretch: driven tiles of 16 and of 32 neurons end where their population does") {
    std::mt19937 random(7);
    for (const std::uint32_t neurons_of : {80U, 96U}) {
        const std::vector<float> first = noise(random, std::size_t{k_sources} * neurons_of);
        const std::vector<std::int8_t> second = bytes(random, std::size_t{k_sources} * neurons_of);
        const std::array<float, 1> scale = {0.004F};
        NeuronSpec driven;
        driven.receptors[0].bias.assign(neurons_of, 0.03);
        NetworkSpec spec = two_layers(100);
        spec.populations[1] = neurons("hidden", {neurons_of}, driven);
        spec.populations[2] = neurons("out", {neurons_of}, driven);
        spec.projections = {dense(0, 1, first), dense8(0, 2, second, scale)};
        for (const std::uint32_t rarely : {2U, 20U, 200U}) {
            const Outcome result = hold(spec, rare_firing(random, 100, rarely));
            CHECK(result.counts.populations[1].spikes > 10);
            CHECK(result.counts.populations[2].spikes > 10);
        }
    }
}

// The second projection's sums start from the first one's, in the same place.
TEST_CASE("dense stretch: a membrane that overflows behind two projections stops at its tick") {
    std::mt19937 random(8);
    int stopped = 0;
    for (int round = 0; round < 40; ++round) {
        const std::vector<float> first = noise(random, k_sources * k_hidden);
        std::vector<float> second = first;
        second[random() % second.size()] = 3e37F;  // a dozen spikes
        NetworkSpec spec = two_layers(100);
        spec.projections = {dense(0, 1, first), dense(0, 1, second), dense(0, 2, first)};
        const std::uint32_t rarely = std::array{2U, 5U}[random() % 2];
        stopped += hold(spec, rare_firing(random, 100, rarely)).error.empty() ? 0 : 1;
    }
    CHECK(stopped > 30);
}

TEST_CASE("dense stretch: a layer of many neurons that passes on bits has those of tick by tick") {
    constexpr std::uint32_t k_many = 1200;
    std::mt19937 random(6);
    const std::vector<float> first = noise(random, std::size_t{k_sources} * k_many);
    const std::vector<float> second = noise(random, std::size_t{k_many} * k_hidden);
    NetworkSpec spec = two_layers(100);
    spec.populations[1] = neurons("hidden", {k_many});
    spec.projections = {dense(0, 1, first), dense(1, 2, second)};
    for (const std::uint32_t rarely : {3U, 10U, 40U}) {
        const auto result = hold(spec, rare_firing(random, 100, rarely));
        CHECK(result.counts.populations[1].spikes > 100);
        CHECK(result.counts.populations[2].spikes > 100);
    }
}

TEST_CASE("dense stretch: few targets of int8 behind busy and quiet bits are as tick by tick") {
    std::mt19937 random(9);
    std::uint64_t spikes = 0;
    for (const std::uint32_t hidden : {20U, 500U, 1030U}) {
        for (const std::uint32_t out : {1U, 10U, 16U, 17U}) {
            const std::vector<float> first = noise(random, std::size_t{k_sources} * hidden);
            const std::vector<std::int8_t> second = bytes(random, std::size_t{hidden} * out);
            const std::vector<std::int8_t> again = bytes(random, std::size_t{hidden} * out);
            const std::vector<float> scales(out, 0.004F);
            NetworkSpec spec = two_layers(150);
            spec.populations[1] = neurons("hidden", {hidden});
            spec.populations[2] = neurons("out", {out});
            spec.projections = {
                dense(0, 1, first), dense8(1, 2, second, scales), dense8(1, 2, again, scales)};
            for (const std::uint32_t rarely : {3U, 40U}) {
                spikes += hold(spec, rare_firing(random, 150, rarely)).counts.populations[2].spikes;
            }
        }
    }
    CHECK(spikes > 1000);
}

// What a layer fires may reach the next as bits, or as packets where it went tick by tick itself.
TEST_CASE("dense stretch: deep networks of busy and of quiet layers are as tick by tick") {
    std::mt19937 random(3);
    std::uint64_t spikes = 0;
    int stopped = 0;
    for (int round = 0; round < 80; ++round) {
        CAPTURE(round);
        const auto horizon = static_cast<Tick>(1 + random() % 300);
        NetworkSpec spec;
        spec.horizon = horizon;
        spec.populations = {encoder("in", {k_sources})};
        const std::uint32_t sizes[] = {k_sources, 10, 64, 65, k_hidden, 500};
        std::vector<std::uint32_t> widths = {k_sources};
        const std::size_t depth = 2 + random() % 4;
        for (std::size_t k = 1; k <= depth; ++k) {
            widths.push_back(sizes[random() % std::size(sizes)]);
            NeuronSpec rule;
            rule.beta = random() % 2 == 0 ? 1 : 0.9375;
            rule.theta = std::array{0.25, 1.0, 4.0}[random() % 3];
            if (random() % 4 == 0) {
                rule.receptors[0].bias.assign(widths.back(), 0.03125);
            }
            spec.populations.push_back(neurons("p" + std::to_string(k), {widths.back()}, rule));
        }
        std::vector<std::vector<float>> weights;
        std::vector<std::vector<std::int8_t>> weights8;
        weights.reserve(3 * depth);
        weights8.reserve(3 * depth);
        const std::array<float, 1> scale = {0.002F};
        const auto connect = [&](PopulationId source, PopulationId target, Tick delay) {
            const std::size_t n = std::size_t{widths[source]} * widths[target];
            if (random() % 2 == 0) {
                weights.push_back(noise(random, n));
                if (random() % 16 == 0) {
                    weights.back()[n / 2] = 3e38F;
                }
                spec.projections.push_back(dense(source, target, weights.back(), delay));
            } else {
                weights8.push_back(bytes(random, n));
                spec.projections.push_back(dense8(source, target, weights8.back(), scale));
                spec.projections.back().delay = delay;
            }
        };
        for (PopulationId k = 1; k <= depth; ++k) {
            connect(k - 1, k, random() % 5 == 0 ? 2 : 0);
            if (k > 1 && random() % 3 == 0) {
                connect(static_cast<PopulationId>(random() % (k - 1)), k, random() % 2);
            }
            if (random() % 6 == 0) {
                connect(k, k, static_cast<Tick>(2 + random() % 9));
            }
        }
        spec.readouts = {{"out",
                          static_cast<PopulationId>(depth),
                          ReadoutSpec::Kind::spike_count,
                          ReadoutSpec::Ties::index,
                          std::nullopt,
                          ""}};
        const std::uint32_t rarely = std::array{2U, 20U, 200U}[random() % 3];
        const Outcome outcome = hold(spec, rare_firing(random, horizon, rarely));
        spikes += outcome.counts.populations.back().spikes;
        stopped += outcome.error.empty() ? 0 : 1;
    }
    CHECK(spikes > 1000);
    CHECK(stopped > 0);
}
