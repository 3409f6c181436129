// Text to NetworkSpec, encoders and inputs.
#include <doctest/doctest.h>

#include "fault_text.hpp"
#include "small_model.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

// A model of one population, whose text is given.
NeuronSpec neuron(const std::string& population) {
    const LoadedModel model = load_text(R"(format_version: 1 horizon: 8
        tensors { name: "two" values: [0.25, 0.75] }
        tensors { name: "four" values: [1, 2, 3, 4] }
        nodes { name: "p" shape: [2, 1, 2] population { )" +
                                        population + " } }");
    return std::get<NeuronSpec>(model.network_spec().populations[0].kind);
}

}  // namespace

TEST_CASE("translation: what is left out has core's defaults") {
    const NeuronSpec a = neuron("");
    const NeuronSpec b;
    CHECK(a.clock == b.clock);
    CHECK(a.block == b.block);
    CHECK(a.fires == b.fires);
    CHECK(a.theta.values == b.theta.values);
    CHECK(a.beta.values == b.beta.values);
    CHECK(a.v_rest.values == b.v_rest.values);
    CHECK(a.v_init.values == b.v_init.values);
    CHECK(a.v_reset.values == b.v_reset.values);
    CHECK(a.comparison == b.comparison);
    CHECK(a.reset == b.reset);
    CHECK(a.reset_when == b.reset_when);
    CHECK(a.previous_reset_counts == b.previous_reset_counts);
    CHECK(a.current_used == b.current_used);
    CHECK(a.spikes_per_tick == b.spikes_per_tick);
    CHECK(a.floor == b.floor);
    CHECK(a.refractory == b.refractory);
    CHECK(a.refractory_ticks == b.refractory_ticks);
    CHECK(a.firing_window.from == 0);
    CHECK(!a.firing_window.until);
    CHECK(a.reset_trace == b.reset_trace);
    REQUIRE(a.receptors.size() == 1);
    CHECK(a.receptors[0].alpha.values == b.receptors[0].alpha.values);
    CHECK(a.receptors[0].gain.values == b.receptors[0].gain.values);
    CHECK(!a.receptors[0].second_order);
    CHECK(a.receptors[0].bias.empty());
}

TEST_CASE("translation: every setting is core's of the same name") {
    CHECK(neuron("clock: stepped").clock == Clock::stepped);
    CHECK(neuron("clock: lazy block: 7").clock == Clock::lazy);
    CHECK(neuron("clock: lazy block: 7").block == 7);
    CHECK(neuron("clock: leaps").clock == Clock::leaps);
    CHECK(neuron("fires: false").fires == false);
    CHECK(neuron("comparison: at_least").comparison == Comparison::at_least);
    CHECK(neuron("comparison: above").comparison == Comparison::above);
    CHECK(neuron("reset: subtract").reset == Reset::subtract);
    CHECK(neuron("reset: to_v_reset").reset == Reset::to_v_reset);
    CHECK(neuron("reset: none").reset == Reset::none);
    CHECK(neuron("reset_when: at_firing").reset_when == ResetWhen::at_firing);
    CHECK(neuron("reset_when: next_before_leak").reset_when == ResetWhen::next_before_leak);
    CHECK(neuron("reset_when: next_after_input").reset_when == ResetWhen::next_after_input);
    CHECK(neuron("reset_when: next_over_all").reset_when == ResetWhen::next_over_all);
    CHECK(neuron("previous_reset_counts: true").previous_reset_counts);
    CHECK(neuron("current_used: this_tick").current_used == CurrentUsed::this_tick);
    CHECK(neuron("current_used: tick_before").current_used == CurrentUsed::tick_before);
    CHECK(neuron("spikes_per_tick: one").spikes_per_tick == SpikesPerTick::one);
    CHECK(neuron("spikes_per_tick: trunc").spikes_per_tick == SpikesPerTick::trunc);
    CHECK(neuron("refractory: integrate").refractory == Refractory::integrate);
    CHECK(neuron("refractory: hold refractory_ticks: 5").refractory == Refractory::hold);
    CHECK(neuron("refractory: hold refractory_ticks: 5").refractory_ticks == 5);
    CHECK(neuron("refractory: drop").refractory == Refractory::drop);
    CHECK(neuron("floor: -1.5").floor == -1.5);
    CHECK(neuron("reset_trace: 0.5").reset_trace == 0.5);
    CHECK(neuron("firing_window { from: 2 until: 5 }").firing_window.from == 2);
    CHECK(neuron("firing_window { from: 2 until: 5 }").firing_window.until == 5);
    CHECK(!neuron("firing_window { from: 2 }").firing_window.until);
}

TEST_CASE("translation: a number is for all, a tensor one a neuron or one a channel") {
    CHECK(neuron("beta: 0.1").beta.values == std::vector<double>{static_cast<double>(0.1F)});
    CHECK(neuron("theta: 2 v_rest: 3 v_init: 4 v_reset: 5").v_reset.values ==
          std::vector<double>{5});
    CHECK(neuron("theta_each: \"four\"").theta.values == std::vector<double>{1, 2, 3, 4});
    CHECK(neuron("beta_each: \"two\"").beta.values == std::vector<double>{0.25, 0.25, 0.75, 0.75});
    const NeuronSpec spec = neuron(
        "receptors { alpha: 0.5 gain_each: \"two\" } "
        "receptors { bias: \"four\" second_order { a1: 0.5 a2: 0.25 } drive_window { until: 3 } }");
    REQUIRE(spec.receptors.size() == 2);
    CHECK(spec.receptors[0].alpha.at(0) == 0.5);
    CHECK(spec.receptors[0].gain.values == std::vector<double>{0.25, 0.25, 0.75, 0.75});
    CHECK(spec.receptors[1].bias == std::vector<double>{1, 2, 3, 4});
    CHECK(spec.receptors[1].second_order->a2 == 0.25);
    CHECK(spec.receptors[1].second_order->b == 1);
    CHECK(spec.receptors[1].drive_window.until == 3);
}

TEST_CASE("translation: inputs, front and encoder come out in core's terms") {
    const LoadedModel model = load_text(k_small_model);
    REQUIRE(model.inputs().size() == 1);
    CHECK(model.inputs()[0].shape == Shape{1, 4, 4});
    CHECK(model.inputs()[0].divide_by == 255);
    CHECK(model.inputs()[0].mean == std::vector<float>{0.5});
    CHECK(!model.inputs()[0].spikes);
    REQUIRE(model.encoders().size() == 1);
    const EncoderBinding& encoder = model.encoders()[0];
    CHECK(encoder.name == "code");
    CHECK(encoder.population == 0);
    CHECK(std::get<LatencyCoding>(encoder.coding).c == 2);
    CHECK(encoder.front.input == Shape{1, 4, 4});
    REQUIRE(encoder.front.layers.size() == 2);
    const auto& conv = std::get<FrontConv2d>(encoder.front.layers[0].kind);
    CHECK(conv.out_channels == 2);
    CHECK(conv.kernel[1] == 3);
    CHECK(conv.padding[0] == 1);
    CHECK(conv.bias.size() == 2);
    CHECK(std::holds_alternative<FrontRelu>(encoder.front.layers[1].kind));
    const NetworkSpec spec = model.network_spec();
    REQUIRE(spec.populations.size() == 3);
    CHECK(spec.populations[0].shape == Shape{2, 4, 4});
    CHECK(spec.populations[1].origin == "m.textproto: nodes[3].population");
    CHECK(spec.populations[2].shape == Shape{3});
    REQUIRE(spec.projections.size() == 4);
    CHECK(spec.projections[1].pool->k == 2);
    CHECK(spec.projections[1].pool->kind == PoolSpec::Kind::average);
    CHECK(std::get<Dense>(spec.projections[1].connection).weights.scales.size() == 3);
    CHECK(spec.projections[2].delay == 1);
    const auto& sparse = std::get<Sparse>(spec.projections[3].connection);
    CHECK(std::vector<std::uint64_t>(sparse.offsets.begin(), sparse.offsets.end()) ==
          std::vector<std::uint64_t>{0, 2, 2, 3});
    CHECK(spec.readouts[0].ties == ReadoutSpec::Ties::membrane);
    CHECK(spec.readouts[0].logit.has_value());
    CHECK(!spec.readouts[0].logit->T);
}

TEST_CASE(
    "translation: shapes follow through convolutions, pools and projections given in any order") {
    const LoadedModel model = load_text(R"(format_version: 1 horizon: 1
        inputs { name: "x" shape: [1, 9, 7] }
        tensors { name: "K" shape: [2, 1, 3, 1] values: [1, 2, 3, 4, 5, 6] }
        tensors { name: "W" shape: [3, 4] values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }
        nodes { name: "e" encoder { bernoulli {} } }
        nodes { name: "d" population {} }
        nodes { name: "m" spike_max_pool { mode: by_count } }
        nodes { name: "c" population {} }
        projections { source: "m" target: "d" dense { weight: "W" } }
        projections { source: "c" target: "m" window { k: 2 } }
        projections { source: "e" target: "c"
                      conv2d { weight: "K" stride: [2, 3] padding: [1, 0] dilation: [2, 1] } })");
    // rows: (9 + 2 - 2 * 2 - 1) / 2 + 1 = 4, columns: (7 - 1) / 3 + 1 = 3; pooled: 2 x 1
    const auto& populations = model.network_spec().populations;
    CHECK(populations[3].shape == Shape{2, 4, 3});
    CHECK(populations[2].shape == Shape{2, 2, 1});
    CHECK(populations[1].shape == Shape{3});
    CHECK(std::get<MaxPoolSpec>(populations[2].kind).mode == MaxPoolSpec::Mode::by_count);
}

TEST_CASE("translation: gaussian coding halves its activations") {
    const auto shape = [](const std::string& input) {
        return load_text("format_version: 1 horizon: 1 inputs { name: \"x\" shape: " + input +
                         " } nodes { name: \"e\" encoder { gaussian { relu: true } } }")
            .network_spec()
            .populations[0]
            .shape;
    };
    CHECK(shape("[10]") == Shape{5});
    CHECK(shape("[6, 4, 4]") == Shape{3, 4, 4});
    CHECK(shape("[2, 3, 4, 4]") == Shape{3, 4, 4});
}

TEST_CASE("translation: an input that feeds events is one of spikes") {
    const LoadedModel model = load_text(R"(format_version: 1 horizon: 1
        inputs { name: "x" shape: 4 } nodes { name: "e" encoder { events {} } })");
    CHECK(model.inputs()[0].spikes);
    CHECK(std::holds_alternative<EventsCoding>(model.encoders()[0].coding));
}

TEST_CASE("horizon: another one is taken by all that leaves it open") {
    const LoadedModel model = load_text(k_small_model);
    CHECK(model.network_spec().horizon == 6);
    CHECK(model.network_spec(100).horizon == 100);
    CHECK(!std::get<NeuronSpec>(model.network_spec(100).populations[1].kind).firing_window.until);
    CHECK(contains(fault_text([&] { (void)model.network_spec(0); }),
                   "horizon: got 0, need at least 1"));
}

TEST_CASE("horizon: another one is refused only where a stated window would end after it") {
    const LoadedModel model = load_text(R"(format_version: 1 horizon: 8
        nodes { name: "p" shape: 2 population { firing_window { from: 4 until: 7 } } }
        nodes { name: "q" shape: 2 population {
            receptors { drive_window { from: 2 } } receptors { drive_window { until: 6 } } } })");
    for (const Tick horizon : {7, 8, 9, 1000}) {
        CAPTURE(horizon);
        const NetworkSpec spec = model.network_spec(horizon);
        CHECK(spec.horizon == horizon);
        const auto& p = std::get<NeuronSpec>(spec.populations[0].kind);
        CHECK(p.firing_window.from == 4);
        CHECK(p.firing_window.until == 7);  // what it states stays
        const auto& q = std::get<NeuronSpec>(spec.populations[1].kind);
        CHECK(!q.receptors[0].drive_window.until);  // what it leaves unset follows
    }
    std::string text = fault_text([&] { (void)model.network_spec(6); });
    CHECK(contains(text,
                   "nodes[0].population.firing_window: got the window [4, 7), need one that ends "
                   "within the horizon of 6 ticks"));
    CHECK(!contains(text, "nodes[1]"));
    text = fault_text([&] { (void)model.network_spec(1); });
    CHECK(contains(text, "nodes[0].population.firing_window: got the window [4, 7)"));
    CHECK(contains(
        text,
        "nodes[1].population.receptors[1].drive_window: got the window [0, 6), need one that "
        "ends within the horizon of 1 tick"));
}

TEST_CASE("horizon: a model whose own ends before one of its windows is refused") {
    const std::string text = fault_text([] {
        load_text(R"(format_version: 1 horizon: 24
            nodes { name: "p" shape: 2 population { receptors { drive_window { from: 20 until: 25 } } } })");
    });
    CHECK(contains(text,
                   "nodes[0].population.receptors[0].drive_window: got the window [20, 25), need "
                   "one that ends within the horizon of 24 ticks"));
}
