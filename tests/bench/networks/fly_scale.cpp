#include "tests/bench/networks/fly_scale.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "encoders/elementary.hpp"

namespace saltus::bench {

namespace {

constexpr double k_sigma = 1.2;
constexpr double k_tick = 1e-4;

// Draws from a discrete distribution in constant time (Walker's alias method, 1977).
class AliasTable {
  public:
    explicit AliasTable(const std::vector<double>& weights)
        : keep_(weights.size()), alias_(weights.size()) {
        double sum = 0;
        for (const double w : weights) {
            sum += w;
        }
        std::vector<std::uint32_t> small;
        std::vector<std::uint32_t> large;
        for (std::uint32_t j = 0; j < weights.size(); ++j) {
            keep_[j] = weights[j] * static_cast<double>(weights.size()) / sum;
            (keep_[j] < 1 ? small : large).push_back(j);
        }
        while (!small.empty() && !large.empty()) {
            const std::uint32_t poor = small.back();
            const std::uint32_t rich = large.back();
            small.pop_back();
            alias_[poor] = rich;
            keep_[rich] -= 1 - keep_[poor];
            if (keep_[rich] < 1) {
                large.pop_back();
                small.push_back(rich);
            }
        }
        for (const auto& left : {small, large}) {
            for (const std::uint32_t j : left) {
                keep_[j] = 1;
            }
        }
    }

    std::uint32_t draw(SeededStream& stream) const {
        const auto j =
            static_cast<std::uint32_t>(stream.unit() * static_cast<double>(keep_.size()));
        return stream.unit() < keep_[j] ? j : alias_[j];
    }

  private:
    std::vector<double> keep_;
    std::vector<std::uint32_t> alias_;
};

NeuronSpec fly_neuron(Clock clock) {
    const double tau_m = 0.02;
    const double tau_s = 0.005;
    NeuronSpec rule;
    rule.clock = clock;
    rule.beta = std::exp(-k_tick / tau_m);
    rule.reset = Reset::to_v_reset;
    rule.current_used = CurrentUsed::tick_before;
    rule.refractory = Refractory::hold;
    rule.refractory_ticks = 22;
    ReceptorSpec& g = rule.receptors[0];
    g.alpha = std::exp(-k_tick / tau_s);
    g.gain = tau_s / (tau_m - tau_s) * (rule.beta.values[0] - g.alpha.values[0]);
    ReceptorSpec drive;
    drive.gain = 2.0;
    rule.receptors.push_back(drive);
    return rule;
}

// Rows of every neuron, those of inhibitory ones empty in the first and the other way round.
std::pair<OwnedSynapses, OwnedSynapses> draw_synapses(const FlyScale& size, SeededStream& stream) {
    const std::uint32_t excitatory = size.neurons / 5 * 3;
    std::vector<double> popularity(size.neurons);
    for (double& w : popularity) {
        w = portable_exp(k_sigma * stream.normal());
    }
    const AliasTable targets(popularity);
    const double mu = portable_log(size.mean_out_degree) - k_sigma * k_sigma / 2;
    std::pair<OwnedSynapses, OwnedSynapses> rows;
    rows.first.weight = 0.05;
    rows.second.weight = -0.05;
    std::vector<std::uint32_t> row;
    for (std::uint32_t source = 0; source < size.neurons; ++source) {
        const double degree = portable_exp(mu + k_sigma * stream.normal());
        row.resize(static_cast<std::size_t>(std::min(degree + 0.5, size.neurons / 2.0)));
        for (std::uint32_t& target : row) {
            target = targets.draw(stream);
        }
        std::sort(row.begin(), row.end());
        row.erase(std::unique(row.begin(), row.end()), row.end());
        OwnedSynapses& side = source < excitatory ? rows.first : rows.second;
        side.targets.insert(side.targets.end(), row.begin(), row.end());
        rows.first.end_row();
        rows.second.end_row();
    }
    return rows;
}

// One synapse from each train to a neuron of its own, drawn among the excitatory ones.
OwnedSynapses draw_driven(const FlyScale& size, SeededStream& stream) {
    OwnedSynapses rows;
    rows.weight = 1;
    const double excitatory = size.neurons / 5 * 3;
    while (rows.targets.size() < size.driven) {
        const auto target = static_cast<std::uint32_t>(stream.unit() * excitatory);
        if (std::find(rows.targets.begin(), rows.targets.end(), target) == rows.targets.end()) {
            rows.targets.push_back(target);
            rows.end_row();
        }
    }
    return rows;
}

std::vector<Packet> draw_trains(const FlyScale& size, Tick ticks, SeededStream& stream) {
    std::vector<Packet> packets;
    for (Tick t = 0; t < ticks; ++t) {
        Packet packet;
        packet.tick = t;
        for (Slot train = 0; train < size.driven; ++train) {
            if (stream.unit() < size.rate_hz * k_tick) {
                packet.slots.push_back(train);
            }
        }
        if (!packet.slots.empty()) {
            packets.push_back(std::move(packet));
        }
    }
    return packets;
}

}  // namespace

OwnedNetwork fly_scale_network(const FlyScale& size, Clock clock) {
    SeededStream stream(size.seed);
    OwnedNetwork network;
    network.tick_seconds = k_tick;
    network.spec.horizon = static_cast<Tick>(std::llround(size.seconds / k_tick));
    network.spec.populations.push_back({"neurons", Shape{size.neurons}, fly_neuron(clock), ""});
    network.spec.populations.push_back({"trains", Shape{size.driven}, EncoderSpec{}, ""});
    auto rows = draw_synapses(size, stream);
    network.connect(0, 0, 0, 18, std::move(rows.first));
    network.connect(0, 0, 0, 18, std::move(rows.second));
    network.connect(1, 0, 1, 0, draw_driven(size, stream));
    network.trains.push_back(draw_trains(size, network.spec.horizon, stream));
    return network;
}

}  // namespace saltus::bench
