#include <stdexcept>

#include "models/interchange/dialects.hpp"

#include "tests/models/golden_case.hpp"

namespace saltus::test {
namespace {

using Json = nlohmann::json;

std::optional<Parameter> optional_number(const Json& p, const char* name) {
    if (!p.contains(name) || p.at(name).is_null()) {
        return {};
    }
    return Parameter(p.at(name).get<double>());
}

// A word that stands for one of two values; the first if it is missing.
template <class T>
T word(const Json& p,
       const char* name,
       const char* first,
       T first_value,
       const char* second,
       T second_value) {
    const std::string text = p.value(name, first);
    if (text == first) {
        return first_value;
    }
    if (text == second) {
        return second_value;
    }
    throw std::runtime_error(std::string("case.json: ") + name + " \"" + text + "\" is not known");
}

SnntorchLeaky::Reset snntorch_reset(const Json& p) {
    using Reset = SnntorchLeaky::Reset;
    return word(p, "reset", "subtract", Reset::subtract, "zero", Reset::zero);
}

}  // namespace

NeuronSpec golden_neuron(const std::string& kind, const Json& p) {
    const Parameter threshold = p.value("threshold", 1.0);
    const auto number = [&p](const char* name) { return Parameter(p.at(name).get<double>()); };
    if (kind == "snntorch.Leaky") {
        return neuron_of(SnntorchLeaky{
            threshold, number("beta"), snntorch_reset(p), p.value("reset_delay", true)});
    }
    if (kind == "snntorch.Synaptic") {
        return neuron_of(SnntorchSynaptic{threshold,
                                          number("alpha"),
                                          number("beta"),
                                          snntorch_reset(p),
                                          p.value("reset_delay", true)});
    }
    if (kind == "sj.IF") {
        return neuron_of(SpikingJellyIf{threshold, optional_number(p, "v_reset")});
    }
    if (kind == "sj.LIF") {
        return neuron_of(SpikingJellyLif{
            threshold, optional_number(p, "v_reset"), number("tau"), p.value("decay_input", true)});
    }
    if (kind == "norse.LIF") {
        return neuron_of(NorseLif{threshold,
                                  p.value("v_leak", 0.0),
                                  p.value("v_reset", 0.0),
                                  number("tau_mem_inv"),
                                  number("tau_syn_inv"),
                                  p.value("dt", 0.001)});
    }
    if (kind == "norse.LIFBox") {
        using Reset = NorseLifBox::Reset;
        return neuron_of(
            NorseLifBox{threshold,
                        p.value("v_leak", 0.0),
                        p.value("v_reset", 0.0),
                        number("tau_mem_inv"),
                        p.value("dt", 0.001),
                        word(p, "reset", "value", Reset::value, "subtract", Reset::subtract)});
    }
    if (kind == "norse.IAF") {
        return neuron_of(NorseIaf{threshold, p.value("v_reset", 0.0)});
    }
    if (kind == "sinabs.IAF") {
        using Spike = SinabsIaf::Spike;
        std::optional<double> min_v;
        if (p.contains("min_v") && !p.at("min_v").is_null()) {
            min_v = p.at("min_v").get<double>();
        }
        return neuron_of(SinabsIaf{
            threshold, min_v, word(p, "spike", "multi", Spike::multi, "single", Spike::single)});
    }
    throw std::runtime_error("case.json: neuron kind \"" + kind + "\" is not known");
}

bool golden_same_bits(const std::string& kind) {
    return kind != "sj.LIF" && kind != "norse.LIF" && kind != "norse.LIFBox";
}

}  // namespace saltus::test
