// A network built in C++: two neurons of a population under a constant drive inhibit each other
// through a delay of two ticks. Prints who fired when, and the membranes after every tick. Links
// saltus::core alone.
#include <array>
#include <core/network.hpp>
#include <core/simulator.hpp>
#include <cstdio>

namespace {

class PrintSpikes final : public saltus::Hook {
  public:
    void on_packet(saltus::PopulationId /*population*/, const saltus::Packet& packet) override {
        for (const saltus::Slot slot : packet.slots) {
            std::printf("tick %2lld: neuron %u fires\n", static_cast<long long>(packet.tick), slot);
        }
    }
};

}  // namespace

int main() {
    const std::array<float, 4> weights = {0, -0.5F, -0.25F, 0};  // [target, source]
    saltus::NeuronSpec leaky;
    leaky.beta = 0.75;
    leaky.receptors[0].bias = {0.375, 0.3125};
    saltus::NetworkSpec spec;
    spec.horizon = 16;
    spec.populations = {{"pair", saltus::Shape{2}, leaky, ""}};
    saltus::Dense inhibition;
    inhibition.weights.data = std::as_bytes(std::span(weights));
    inhibition.weights.count = weights.size();
    saltus::ProjectionSpec& loop = spec.projections.emplace_back();
    loop.delay = 2;
    loop.connection = inhibition;
    spec.readouts.emplace_back().name = "spikes";

    const saltus::Network network = saltus::compile(spec);  // throws ModelError with every fault
    saltus::Simulator simulator(network);
    PrintSpikes print;
    simulator.set_hook(&print);
    simulator.begin({});
    for (saltus::Tick t = 0; t < spec.horizon; ++t) {
        simulator.advance_to(t);
        const std::vector<float> v = simulator.membrane(0);
        std::printf("tick %2lld: membranes %9.6f %9.6f\n", static_cast<long long>(t), v[0], v[1]);
    }
    const saltus::Result result = simulator.finish();
    std::printf("spikes: %g %g\n", result.readouts[0].values[0], result.readouts[0].values[1]);
}
