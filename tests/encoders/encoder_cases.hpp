// One encoder of each coding with an input that makes it send, for the suites that run over all of
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "encoders/encoder.hpp"

namespace saltus::test {

struct EncoderCase {
    std::string name;
    Coding coding;
    Shape shape;
    std::size_t frames = 1;
    Tick ticks_per_frame = 1;
    float lowest = -0.2F;
    float highest = 1.2F;
};

constexpr Tick k_horizon = 40;

inline std::vector<EncoderCase> encoder_cases() {
    return {
        {"duplicate", DuplicateCoding{}, {2, 3, 4}},
        {"duplicate, sequence", DuplicateCoding{}, {5}, 8, 3},
        {"gaussian", GaussianCoding{}, {2, 3, 2}},
        {"gaussian, relu, sequence", GaussianCoding{true}, {7}, 4, 10},
        {"bernoulli", BernoulliCoding{}, {3, 4, 4}},
        {"bernoulli, sparse sequence", BernoulliCoding{4.0F}, {6}, 5, 7},
        {"poisson", PoissonCoding{0.5F}, {2, 3, 3}},
        {"poisson, sequence", PoissonCoding{3.0F}, {9}, 3, 9},
        {"latency", LatencyCoding{}, {2, 5, 5}},
        {"latency, sequence", LatencyCoding{0.8F, 6}, {2, 3, 3}, 6, 7},
        {"phase", PhaseCoding{}, {2, 4, 4}},
        {"phase, sequence", PhaseCoding{1.0F, 5}, {11}, 4, 10},
        {"burst", BurstCoding{}, {2, 3, 4}},
        {"burst, sequence", BurstCoding{1.0F, 3}, {8}, 4, 10},
        {"delta", DeltaCoding{0.25F}, {2, 2, 3}, 10, 4},
        {"delta, still", DeltaCoding{}, {10}},
        {"events", EventsCoding{}, {2, 3, 3}, 45, 1, -2.0F, 2.0F},
    };
}

inline EncoderContext context_of(const EncoderCase& c) {
    return {.shape = c.shape, .population = 3, .horizon = k_horizon, .seed = 0x0123456789abcdefU};
}

// A third of the values are zero; events get whole numbers.
inline std::vector<float> input_of(const EncoderCase& c, std::uint64_t sample) {
    std::mt19937_64 random(sample * 977 + 5);
    std::uniform_real_distribution<float> value(c.lowest, c.highest);
    std::vector<float> all(c.frames * activations_per_frame(c.coding, c.shape));
    for (float& a : all) {
        a = random() % 3 == 0 ? 0.0F : value(random);
        if (std::holds_alternative<EventsCoding>(c.coding)) {
            a = static_cast<float>(static_cast<int>(a));
        }
    }
    return all;
}

inline EncoderInput shown(const EncoderCase& c,
                          std::uint64_t sample,
                          const std::vector<float>& values) {
    return {.sample = sample,
            .activations = values,
            .frames = c.frames,
            .ticks_per_frame = c.ticks_per_frame};
}

inline std::vector<Packet> packets_until(PacketSource& source, Tick until) {
    std::vector<Packet> all;
    for (Packet packet; source.next(until, packet);) {
        all.push_back(packet);
    }
    return all;
}

inline bool same(const Packet& a, const Packet& b) {
    return a.tick == b.tick && a.held == b.held && a.slots == b.slots && a.payloads == b.payloads;
}

inline bool same(const std::vector<Packet>& a, const std::vector<Packet>& b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t k = 0; k < a.size(); ++k) {
        if (!same(a[k], b[k])) {
            return false;
        }
    }
    return true;
}

// Payloads [tick][index], 0 where nothing was sent.
inline std::vector<std::vector<float>> sent_by_index(const std::vector<Packet>& packets,
                                                     const Shape& shape,
                                                     Tick ticks) {
    std::vector<std::vector<float>> sent(
        static_cast<std::size_t>(ticks),
        std::vector<float>(static_cast<std::size_t>(shape.size()), 0.0F));
    for (const Packet& packet : packets) {
        for (std::size_t k = 0; k < packet.slots.size(); ++k) {
            sent[static_cast<std::size_t>(packet.tick)][shape.index_of(packet.slots[k])] =
                packet.payload(k);
        }
    }
    return sent;
}

}  // namespace saltus::test
