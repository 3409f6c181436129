// Networks of a few neurons, written out, and packets given by hand.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "core/network.hpp"
#include "core/simulator.hpp"

namespace saltus::test {

// Gives the packets it was made with.
class GivenPackets final : public PacketSource {
  public:
    explicit GivenPackets(std::vector<Packet> packets) : packets_(std::move(packets)) {}

    bool next(Tick until, Packet& out) override {
        if (next_ == packets_.size() || packets_[next_].tick > until) {
            return false;
        }
        out = packets_[next_++];
        return true;
    }

  private:
    std::vector<Packet> packets_;
    std::size_t next_ = 0;
};

inline Packet spikes(Tick tick, std::vector<Slot> slots) {
    return {tick, false, std::move(slots), {}};
}

inline Packet held(Tick tick, std::vector<Slot> slots, std::vector<float> values) {
    return {tick, true, std::move(slots), std::move(values)};
}

inline PopulationSpec encoder(std::string name, Shape shape, bool holds_values = false) {
    return {std::move(name), std::move(shape), EncoderSpec{holds_values, false}, ""};
}

inline PopulationSpec neurons(std::string name, Shape shape, NeuronSpec rule = {}) {
    return {std::move(name), std::move(shape), std::move(rule), ""};
}

inline Weights float_weights(std::span<const float> values) {
    return {WeightType::float32, WeightLayout::by_index, std::as_bytes(values), {}, values.size()};
}

inline ProjectionSpec dense(PopulationId source,
                            PopulationId target,
                            std::span<const float> weights,
                            Tick delay = 0) {
    ProjectionSpec projection;
    projection.source = source;
    projection.target = target;
    projection.delay = delay;
    projection.connection = Dense{float_weights(weights)};
    return projection;
}

// Every packet that was fired, in the order it was shown; can ask for tick by tick.
class Recorder final : public Hook {
  public:
    explicit Recorder(bool watches = false) : watches_(watches) {}

    [[nodiscard]] bool watches_ticks() const override { return watches_; }

    void on_packet(PopulationId population, const Packet& packet) override {
        fired.emplace_back(population, packet);
    }

    [[nodiscard]] std::vector<Tick> ticks_of(PopulationId population) const {
        std::vector<Tick> ticks;
        for (const auto& [id, packet] : fired) {
            if (id == population) {
                ticks.push_back(packet.tick);
            }
        }
        return ticks;
    }

    std::vector<std::pair<PopulationId, Packet>> fired;

  private:
    bool watches_;
};

}  // namespace saltus::test
