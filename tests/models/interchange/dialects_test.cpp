// Every framework's neuron, run as our update rule, against a plain loop of its own equation.
#include "models/interchange/dialects.hpp"

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/network.hpp"
#include "core/simulator.hpp"
#include "encoders/encoder.hpp"

namespace saltus::test {
namespace {

constexpr std::uint32_t k_neurons = 400;

// The framework's state of one neuron, and its equation: what arrives -> how many spikes.
struct State {
    float v = 0;
    float i = 0;
};

using Equation = std::function<float(State&, float)>;

struct Dialect {
    std::string name;
    NeuronSpec neuron;
    Equation step;
    bool same_bits;  // else only while all numbers are exact
    float start = 0;
};

float fires_above(const State& s, float th) {
    return s.v > th ? 1.0F : 0.0F;
}

Dialect leaky(bool zero, bool delay) {
    using Reset = SnntorchLeaky::Reset;
    return {
        std::string("snntorch.Leaky ") + (zero ? "zero" : "subtract") + (delay ? "" : ", no delay"),
        neuron_of(SnntorchLeaky{1.0, 0.75, zero ? Reset::zero : Reset::subtract, delay}),
        [zero, delay](State& s, float x) {
            const float r = fires_above(s, 1.0F);
            s.v = zero ? 0.75F * ((1.0F - r) * s.v) + x : 0.75F * s.v + x - r * 1.0F;
            const float fired = fires_above(s, 1.0F);
            if (!delay) {
                s.v -= (fired - r) * (zero ? s.v : 1.0F);
            }
            return fired;
        },
        true};
}

Dialect synaptic(bool zero, bool delay) {
    using Reset = SnntorchLeaky::Reset;
    return {
        std::string("snntorch.Synaptic ") + (zero ? "zero" : "subtract") +
            (delay ? "" : ", no delay"),
        neuron_of(SnntorchSynaptic{1.25, 0.5, 0.75, zero ? Reset::zero : Reset::subtract, delay}),
        [zero, delay](State& s, float x) {
            const float r = fires_above(s, 1.25F);
            s.i = 0.5F * s.i + x;
            s.v = zero ? (0.75F * s.v + s.i) * (1.0F - r) : 0.75F * s.v + s.i - r * 1.25F;
            const float fired = fires_above(s, 1.25F);
            if (!delay) {
                s.v -= (fired - r) * (zero ? s.v : 1.25F);
            }
            return fired;
        },
        true};
}

float spiking_jelly_fire(State& s, float h, const std::optional<float>& v_reset) {
    const float fired = h >= 1.0F ? 1.0F : 0.0F;
    s.v = !v_reset ? h - fired * 1.0F : fired > 0 ? *v_reset : h;
    return fired;
}

std::optional<Parameter> parameter(const std::optional<float>& value) {
    if (!value) {
        return {};
    }
    return Parameter(double{*value});
}

Dialect spiking_jelly_if(std::optional<float> v_reset) {
    return {std::string("sj.IF") + (v_reset ? " hard" : ""),
            neuron_of(SpikingJellyIf{1.0, parameter(v_reset)}),
            [v_reset](State& s, float x) { return spiking_jelly_fire(s, s.v + x, v_reset); },
            true,
            v_reset.value_or(0.0F)};
}

Dialect spiking_jelly_lif(std::optional<float> v_reset, bool decay_input) {
    return {std::string("sj.LIF") + (v_reset ? " hard" : "") + (decay_input ? " decay_input" : ""),
            neuron_of(SpikingJellyLif{1.0, parameter(v_reset), 4.0, decay_input}),
            [v_reset, decay_input](State& s, float x) {
                const float rest = v_reset.value_or(0.0F);
                const float h =
                    decay_input ? s.v + (x - (s.v - rest)) / 4.0F : s.v - (s.v - rest) / 4.0F + x;
                return spiking_jelly_fire(s, h, v_reset);
            },
            false,
            v_reset.value_or(0.0F)};
}

Dialect norse_lif() {
    return {"norse.LIF",
            neuron_of(NorseLif{0.5, 0.25, -0.5, 250.0, 500.0, 0.001}),
            [](State& s, float x) {
                s.i += x;
                s.v += 0.25F * ((0.25F - s.v) + s.i);
                s.i -= 0.5F * s.i;
                const float fired = fires_above(s, 0.5F);
                if (fired > 0) {
                    s.v = -0.5F;
                }
                return fired;
            },
            false,
            0.25F};
}

Dialect norse_lif_box(bool subtract) {
    using Reset = NorseLifBox::Reset;
    return {std::string("norse.LIFBox") + (subtract ? " subtract" : ""),
            neuron_of(NorseLifBox{
                0.5, 0.125, -0.5, 250.0, 0.001, subtract ? Reset::subtract : Reset::value}),
            [subtract](State& s, float x) {
                s.v += 0.25F * (x + 0.125F - s.v);
                const float fired = fires_above(s, 0.5F);
                if (fired > 0) {
                    s.v = subtract ? s.v - 0.5F : -0.5F;
                }
                return fired;
            },
            false,
            0.125F};
}

Dialect norse_iaf() {
    return {"norse.IAF",
            neuron_of(NorseIaf{1.0, -0.25}),
            [](State& s, float x) {
                s.v += x;
                const float fired = fires_above(s, 1.0F);
                if (fired > 0) {
                    s.v = -0.25F;
                }
                return fired;
            },
            true,
            -0.25F};
}

Dialect sinabs_iaf(bool multi, std::optional<double> min_v) {
    using Spike = SinabsIaf::Spike;
    return {std::string("sinabs.IAF ") + (multi ? "multi" : "single") + (min_v ? " min_v" : ""),
            neuron_of(SinabsIaf{0.75, min_v, multi ? Spike::multi : Spike::single}),
            [multi, min_v](State& s, float x) {
                s.v += x;
                float n = s.v >= 0.75F ? 1.0F : 0.0F;
                if (multi) {
                    n = s.v > 0 ? std::trunc(s.v / 0.75F) : 0.0F;
                }
                s.v -= n * 0.75F;
                if (min_v) {
                    s.v = std::fmax(s.v, static_cast<float>(*min_v));
                }
                return n;
            },
            true};
}

std::vector<Dialect> dialects() {
    std::vector<Dialect> all;
    for (const bool first : {false, true}) {
        for (const bool second : {false, true}) {
            all.push_back(leaky(first, second));
            all.push_back(synaptic(first, second));
        }
        all.push_back(norse_lif_box(first));
        all.push_back(sinabs_iaf(first, {}));
        all.push_back(sinabs_iaf(first, -0.75));
    }
    for (const std::optional<float> v_reset :
         {std::optional<float>{}, std::optional<float>{-0.5F}}) {
        all.push_back(spiking_jelly_if(v_reset));
        for (const bool decay : {false, true}) {
            all.push_back(spiking_jelly_lif(v_reset, decay));
        }
    }
    all.push_back(norse_lif());
    all.push_back(norse_iaf());
    return all;
}

class SpikeTable final : public Hook {
  public:
    explicit SpikeTable(Tick ticks) : spikes(static_cast<std::size_t>(ticks) * k_neurons, 0.0F) {}

    void on_packet(PopulationId population, const Packet& packet) override {
        if (population != 1) {
            return;
        }
        for (std::size_t k = 0; k < packet.slots.size(); ++k) {
            spikes[static_cast<std::size_t>(packet.tick) * k_neurons + packet.slots[k]] =
                packet.payload(k);
        }
    }

    std::vector<float> spikes;  // [tick, neuron]
};

// Runs `x` [tick, neuron] through both and compares all spikes and the last membranes.
void compare(const Dialect& dialect, const std::vector<float>& x) {
    CAPTURE(dialect.name);
    const auto ticks = static_cast<Tick>(x.size() / k_neurons);
    NetworkSpec spec;
    spec.horizon = ticks;
    spec.populations.push_back({"input", Shape{k_neurons}, EncoderSpec{}, ""});
    spec.populations.push_back({"neurons", Shape{k_neurons}, dialect.neuron, ""});
    ProjectionSpec projection;
    projection.target = 1;
    projection.connection = Identity{};
    spec.projections.push_back(projection);
    const Network network = compile(spec);
    Simulator simulator(network);
    SpikeTable table(ticks);
    simulator.set_hook(&table);
    const auto encoder = make_encoder(
        EventsCoding{}, {.shape = Shape{k_neurons}, .population = 0, .horizon = ticks});
    encoder->start({.activations = x, .frames = static_cast<std::size_t>(ticks)});
    PacketSource* const sources[] = {encoder.get()};
    simulator.begin(sources);
    simulator.advance_to(ticks - 1);
    REQUIRE(!simulator.finish().error);

    std::size_t spikes = 0;
    std::size_t different = 0;
    const std::vector<float> membrane = simulator.membrane(1);
    for (std::size_t j = 0; j < k_neurons; ++j) {
        State state{dialect.start, 0};
        for (std::size_t t = 0; t < static_cast<std::size_t>(ticks); ++t) {
            const float fired = dialect.step(state, x[t * k_neurons + j]);
            spikes += fired > 0 ? 1 : 0;
            different += fired != table.spikes[t * k_neurons + j] ? 1 : 0;
        }
        different += state.v != membrane[j] ? 1 : 0;
    }
    CHECK(different == 0);
    CHECK(spikes > 20);  // enough for every reset to matter
    CHECK(spikes < x.size());
}

}  // namespace

TEST_CASE("dialects: on exact numbers every framework's neuron fires as its own equation says") {
    std::mt19937_64 random(11);
    for (const Dialect& dialect : dialects()) {
        // halves over ten ticks: no sum or product needs more than 24 bits
        std::vector<float> x(10 * k_neurons);
        for (float& v : x) {
            v = static_cast<float>(static_cast<int>(random() % 11) - 3) * 0.5F;
        }
        compare(dialect, x);
    }
}

TEST_CASE(
    "dialects: where the rule takes the framework's operations in its order, all bits are the "
    "same") {
    std::mt19937_64 random(12);
    std::normal_distribution<float> noise(0.2F, 0.6F);
    for (const Dialect& dialect : dialects()) {
        if (!dialect.same_bits) {
            continue;
        }
        std::vector<float> x(100 * k_neurons);
        for (float& v : x) {
            v = noise(random);
        }
        compare(dialect, x);
    }
}

TEST_CASE("dialects: factors are given one a neuron where a parameter is") {
    const NeuronSpec spec =
        neuron_of(NorseLif{.tau_mem_inv = Parameter(std::vector<double>{100, 50}), .dt = 0.001});
    REQUIRE(spec.beta.values.size() == 2);
    CHECK(spec.beta.values[0] == double{0.9F});
    CHECK(spec.beta.values[1] == double{0.95F});
    CHECK(spec.receptors[0].gain.values[1] == double{0.05F});
    CHECK(spec.receptors[0].alpha.is_one());
}

TEST_CASE("dialects: numbers without a meaning are refused") {
    CHECK_THROWS_AS(neuron_of(SpikingJellyLif{.tau = 1.0}), ModelError);
    CHECK_THROWS_AS(
        neuron_of(SnntorchLeaky{.threshold = -1.0, .reset = SnntorchLeaky::Reset::zero}),
        ModelError);
}

}  // namespace saltus::test
