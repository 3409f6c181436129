// One neuron under a drive of 0.25 a tick fires at every fourth: built and run on the installed core alone.
#include <cstdio>

#include <core/network.hpp>
#include <core/simulator.hpp>

int main() {
    saltus::NetworkSpec spec;
    spec.horizon = 12;
    saltus::NeuronSpec neuron;
    neuron.receptors[0].bias = {0.25};
    spec.populations.push_back({"one", saltus::Shape{1}, neuron, ""});
    saltus::ReadoutSpec count;
    count.name = "count";
    spec.readouts.push_back(count);
    const saltus::Network network = saltus::compile(spec);
    saltus::Simulator simulator(network);
    simulator.begin({});
    simulator.advance_to(spec.horizon - 1);
    const float spikes = simulator.finish().readouts.at(0).values.at(0);
    std::printf("%g spikes\n", static_cast<double>(spikes));
    return spikes == 3.0F ? 0 : 1;
}
