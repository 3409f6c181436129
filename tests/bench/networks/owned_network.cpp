#include "tests/bench/networks/owned_network.hpp"

#include <cmath>
#include <utility>

#include "encoders/elementary.hpp"

namespace saltus::bench {

void OwnedNetwork::connect(PopulationId source,
                           PopulationId target,
                           std::uint32_t receptor,
                           Tick delay,
                           OwnedSynapses from) {
    synapses.push_back(std::move(from));
    const OwnedSynapses& kept = synapses.back();
    weights.emplace_back(kept.targets.size(), kept.weight);
    Sparse sparse;
    sparse.offsets = kept.offsets;
    sparse.targets = kept.targets;
    sparse.weights.type = WeightType::float64;
    sparse.weights.data = std::as_bytes(std::span<const double>(weights.back()));
    sparse.weights.count = kept.targets.size();
    ProjectionSpec projection;
    projection.source = source;
    projection.target = target;
    projection.receptor = receptor;
    projection.delay = delay;
    projection.connection = sparse;
    spec.projections.push_back(std::move(projection));
}

bool PacketTrain::next(Tick until, Packet& out) {
    out.clear();
    if (read_ == packets_.size() || packets_[read_].tick > until) {
        return false;
    }
    out = packets_[read_++];
    return true;
}

std::uint64_t SeededStream::word() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

double SeededStream::unit() {
    return static_cast<double>(word() >> 11) * 0x1p-53;
}

double SeededStream::normal() {
    constexpr double k_two_pi = 6.283185307179586;
    const double radius = std::sqrt(-2 * portable_log(1 - unit()));
    return radius * portable_cos(k_two_pi * unit());
}

}  // namespace saltus::bench
