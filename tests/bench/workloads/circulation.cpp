#include "tests/bench/workloads/circulation.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace saltus::bench {

namespace {

constexpr std::uint32_t k_populations = 1000;
constexpr std::uint32_t k_neurons = 100;
constexpr std::uint32_t k_ways = 2;     // projections out of a population
constexpr std::uint32_t k_targets = 4;  // of a neuron, in each of them
constexpr std::uint32_t k_encoders = 20;
constexpr std::uint32_t k_encoder_ways = 50;
constexpr Tick k_between = 7;  // ticks between an encoder's spikes
constexpr double k_weight = 0.125;

}  // namespace

// SplitMix64 (Steele, Lea, Flood, 2014): the same on every machine.
std::uint64_t Circulation::draw(std::uint64_t below) {
    random_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = random_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31)) % below;
}

Circulation::Circulation(Tick horizon) {
    spec_.horizon = horizon;
    eighths_.assign(std::size_t{k_neurons} * k_targets, static_cast<float>(k_weight));
    ways_.resize(k_populations + k_encoders);
    for (std::uint32_t p = 0; p < k_populations; ++p) {
        NeuronSpec neurons;
        std::vector<double> v_init;
        for (std::uint32_t j = 0; j < k_neurons; ++j) {
            v_init.push_back(static_cast<double>(draw(8)) * k_weight);
        }
        neurons.v_init = Parameter(std::move(v_init));
        spec_.populations.push_back({fmt::format("p{}", p), Shape{k_neurons}, neurons, ""});
    }
    for (std::uint32_t e = 0; e < k_encoders; ++e) {
        spec_.populations.push_back(
            {fmt::format("input{}", e), Shape{k_neurons}, EncoderSpec{}, ""});
    }

    for (std::uint32_t p = 0; p < k_populations; ++p) {
        for (std::uint32_t w = 0; w < k_ways; ++w) {
            const auto target = static_cast<PopulationId>(draw(k_populations));
            connect(p, target, k_neurons, 1 + static_cast<Tick>(draw(k_longest_delay)));
        }
    }
    for (std::uint32_t e = 0; e < k_encoders; ++e) {
        for (std::uint32_t w = 0; w < k_encoder_ways; ++w) {
            connect(k_populations + e,
                    e * k_encoder_ways + w,
                    k_neurons,
                    1 + static_cast<Tick>(draw(k_longest_delay)));
        }
        std::vector<Packet>& packets = inputs_.emplace_back();
        for (Tick t = e % k_between; t < k_longest_delay; t += k_between) {
            Packet packet;
            packet.tick = t;
            packet.slots = {static_cast<Slot>(draw(k_neurons))};
            packets.push_back(std::move(packet));
        }
    }
}

void Circulation::connect(PopulationId source,
                          PopulationId target,
                          std::uint32_t sources,
                          Tick delay) {
    Rows& rows = rows_.emplace_back();
    constexpr std::uint32_t stride = k_neurons / k_targets;
    for (std::uint32_t s = 0; s < sources; ++s) {
        rows.offsets.push_back(rows.targets.size());
        for (std::uint32_t k = 0; k < k_targets; ++k) {
            rows.targets.push_back(k * stride + static_cast<std::uint32_t>(draw(stride)));
        }
    }
    rows.offsets.push_back(rows.targets.size());

    Sparse sparse;
    sparse.offsets = rows.offsets;
    sparse.targets = rows.targets;
    sparse.weights.data = std::as_bytes(std::span(eighths_).first(rows.targets.size()));
    sparse.weights.count = rows.targets.size();
    ProjectionSpec projection;
    projection.source = source;
    projection.target = target;
    projection.delay = delay;
    projection.connection = sparse;
    spec_.projections.push_back(std::move(projection));
    ways_[source].push_back({target, delay});
}

double Circulation::charge_given() const {
    double charge = 0;
    for (const PopulationSpec& population : spec_.populations) {
        if (const auto* neurons = std::get_if<NeuronSpec>(&population.kind)) {
            for (const double v : neurons->v_init.values) {
                charge += v;
            }
        }
    }
    for (const std::vector<Packet>& packets : inputs_) {
        charge += static_cast<double>(packets.size()) * k_encoder_ways * k_targets * k_weight;
    }
    return charge;
}

double Circulation::charge_after(std::span<const Firing> firings,
                                 const Simulator& simulator) const {
    double charge = 0;
    for (std::uint32_t p = 0; p < k_populations; ++p) {
        for (const float v : simulator.membrane(p)) {
            charge += double{v};
        }
    }
    for (const Firing& firing : firings) {
        for (const Way& way : ways_[firing.population]) {
            if (firing.tick + way.delay >= spec_.horizon) {
                charge += firing.spikes * k_targets * k_weight;
            }
        }
    }
    return charge;
}

std::uint64_t Circulation::packets_pending(std::span<const Firing> firings, Tick tick) const {
    return static_cast<std::uint64_t>(
        std::count_if(firings.begin(), firings.end(), [&](const Firing& firing) {
            const std::vector<Way>& ways = ways_[firing.population];
            return firing.tick < tick && std::any_of(ways.begin(), ways.end(), [&](const Way& way) {
                       return firing.tick + way.delay >= tick;
                   });
        }));
}

}  // namespace saltus::bench
