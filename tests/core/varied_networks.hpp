// One small network for each way in which the engine takes a population through its ticks, and the
// packets that drive it: tiles (bits, products, whole rows, pixels), chunks, one by one, lazy
// blocks, leaps, max pools, source filters and held values.
#pragma once

#include <cmath>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/small_network.hpp"

namespace saltus::test {

// Numbers that a test holds against something: the same on every machine.
inline std::vector<float> spread_numbers(std::size_t n, float from, float to, std::uint64_t seed) {
    std::vector<float> values(n);
    std::uint64_t state = seed * 2654435761U + 12345;
    for (float& value : values) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        value = from + (to - from) * static_cast<float>(state >> 40) / static_cast<float>(1 << 24);
    }
    return values;
}

// Of every `one_in` sources about one fires at a tick.
inline std::vector<Packet> spread_spikes(std::uint32_t sources,
                                         Tick horizon,
                                         std::uint32_t one_in) {
    std::vector<Packet> packets;
    for (Tick t = 0; t < horizon; ++t) {
        Packet packet{t, false, {}, {}};
        for (Slot s = 0; s < sources; ++s) {
            const auto mixed = (s * 2654435761U + static_cast<std::uint32_t>(t) * 40503U) >> 7;
            if (mixed % one_in == 0) {
                packet.slots.push_back(s);
            }
        }
        if (!packet.slots.empty()) {
            packets.push_back(std::move(packet));
        }
    }
    return packets;
}

struct VariedNetwork {
    std::string name;
    NetworkSpec spec;  // population 0 is the only encoder
    std::vector<Packet> packets;
};

// Owns the weights that its networks view.
class VariedNetworks {
  public:
    VariedNetworks() {
        add("tiles", {}, 80, 3);
        add("tiles, rarely", {}, 80, 40);
        add_pixels();
        NeuronSpec current;
        current.beta = 0.9;
        current.receptors[0].alpha = 0.8;
        add("chunks", current, 70, 3);
        current.refractory_ticks = 3;
        add("chunks with a refractory period", current, 70, 3);
        NeuronSpec plain;
        plain.beta = 0.9;
        plain.reset_when = ResetWhen::next_after_input;
        add("one by one", plain, 70, 3);
        NeuronSpec lazy;
        lazy.clock = Clock::lazy;
        lazy.beta = 0.9;
        lazy.block = 16;
        lazy.refractory_ticks = 2;
        lazy.refractory = Refractory::drop;
        add("lazy", lazy, 70, 3);
        NeuronSpec leaps = current;
        leaps.clock = Clock::leaps;
        add("leaps", leaps, 70, 3);
        add_filter();
        add_held();
        add_two_ways();
    }

    [[nodiscard]] const std::deque<VariedNetwork>& all() const { return networks_; }

  private:
    static constexpr Tick k_horizon = 60;
    static constexpr std::uint32_t k_sources = 40;

    std::span<const float> weights(std::size_t n, float from, float to) {
        weights_.push_back(spread_numbers(n, from, to, weights_.size() + 1));
        return weights_.back();
    }

    VariedNetwork& start(std::string name) {
        VariedNetwork& network = networks_.emplace_back();
        network.name = std::move(name);
        network.spec.horizon = k_horizon;
        return network;
    }

    static ReadoutSpec counted(PopulationId population) {
        return {"out",
                population,
                ReadoutSpec::Kind::spike_count,
                ReadoutSpec::Ties::index,
                std::nullopt,
                ""};
    }

    // in -> a -> b, all dense.
    void add(const std::string& name,
             const NeuronSpec& rule,
             std::uint32_t size,
             std::uint32_t in) {
        VariedNetwork& network = start(name);
        network.spec.populations = {
            encoder("in", {k_sources}), neurons("a", {size}, rule), neurons("b", {size}, rule)};
        network.spec.projections = {dense(0, 1, weights(k_sources * size, -0.1F, 0.3F)),
                                    dense(1, 2, weights(std::size_t{size} * size, -0.05F, 0.15F))};
        network.spec.readouts = {counted(2)};
        network.packets = spread_spikes(k_sources, k_horizon, in);
    }

    static Conv2d conv3(std::span<const float> weights) {
        Conv2d conv;
        conv.kernel[0] = conv.kernel[1] = 3;
        conv.padding[0] = conv.padding[1] = 1;
        conv.weights = float_weights(weights);
        return conv;
    }

    // in -> conv -> sum pool, conv -> max pool -> dense.
    void add_pixels() {
        VariedNetwork& network = start("pixels and pools");
        NeuronSpec rule;
        rule.theta = 0.7;
        MaxPoolSpec by_count;
        by_count.mode = MaxPoolSpec::Mode::by_count;
        network.spec.populations = {encoder("in", {2, 8, 8}),
                                    neurons("c1", {20, 8, 8}, rule),
                                    neurons("c2", {6, 4, 4}, rule),
                                    {"m", {6, 2, 2}, by_count, ""},
                                    neurons("out", {5}, rule)};
        ProjectionSpec first;
        first.source = 0;
        first.target = 1;
        first.connection = conv3(weights(20 * 2 * 9, -0.3F, 0.4F));
        ProjectionSpec second;
        second.source = 1;
        second.target = 2;
        second.pool = PoolSpec{PoolSpec::Kind::average, 2, 2};
        second.connection = conv3(weights(6 * 20 * 9, -0.3F, 0.4F));
        ProjectionSpec window;
        window.source = 2;
        window.target = 3;
        window.connection = PoolWindow{2, 2};
        network.spec.projections = {
            first, second, window, dense(3, 4, weights(5 * 24, -0.1F, 0.3F))};
        network.spec.readouts = {counted(4)};
        network.packets = spread_spikes(128, k_horizon, 4);
    }

    void add_filter() {
        VariedNetwork& network = start("a source filter, a pool and a delay");
        network.spec.populations = {encoder("in", {2, 6, 6}), neurons("a", {12})};
        ProjectionSpec filtered = dense(0, 1, weights(12 * 18, -0.1F, 0.2F), 2);
        filtered.source_filter = SecondOrder{0.5, -0.1, 1};
        filtered.pool = PoolSpec{PoolSpec::Kind::sum, 2, 2};
        network.spec.projections = {filtered};
        network.spec.readouts = {counted(1)};
        network.packets = spread_spikes(72, k_horizon, 5);
    }

    void add_held() {
        VariedNetwork& network = start("held values");
        network.spec.populations = {
            encoder("in", {k_sources}, true), neurons("a", {70}), neurons("b", {70})};
        network.spec.projections = {dense(0, 1, weights(k_sources * 70, -0.02F, 0.03F)),
                                    dense(1, 2, weights(70 * 70, -0.05F, 0.15F))};
        network.spec.readouts = {counted(2)};
        network.packets = {held(0, {0, 3, 7, 20, 33}, {1, 2, 1, 0.5F, 3}),
                           held(25, {1, 2, 9}, {2, 2, 4})};
    }

    // A cycle with delays, so that packets wait for more than one population.
    void add_two_ways() {
        VariedNetwork& network = start("a cycle");
        network.spec.populations = {
            encoder("in", {k_sources}), neurons("a", {64}), neurons("b", {64})};
        network.spec.projections = {dense(0, 1, weights(k_sources * 64, -0.1F, 0.3F)),
                                    dense(1, 2, weights(64 * 64, -0.05F, 0.1F), 3),
                                    dense(2, 1, weights(64 * 64, -0.1F, 0.05F), 4)};
        network.spec.readouts = {counted(1)};
        network.packets = spread_spikes(k_sources, k_horizon, 3);
    }

    std::deque<std::vector<float>> weights_;
    std::deque<VariedNetwork> networks_;
};

}  // namespace saltus::test
