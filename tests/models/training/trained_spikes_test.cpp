// The trainer's spiking forward pass is the engine's, spike for spike: random small networks with
// weights, thresholds and inputs that are multiples of powers of two, so that every sum is exact in
// any order.
#include "tests/models/training/torch_doctest.hpp"
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/simulator.hpp"
#include "models/model.hpp"
#include "models/pipeline.hpp"
#include "models/training/hybrid_network.hpp"
#include "models/training/recipe.hpp"
#include "models/training/saved_model.hpp"

#include "saltus/model.pb.h"

using namespace saltus;
using namespace saltus::training;

namespace {

// The engine's spikes of one sample: [population][tick][index], as payload.
class SpikeRecorder final : public Hook {
  public:
    explicit SpikeRecorder(const Network& network) : network_(network) {}

    void on_packet(PopulationId population, const Packet& packet) override {
        for (std::size_t k = 0; k < packet.slots.size(); ++k) {
            const NeuronIndex index =
                network_.population(population).shape.index_of(packet.slots[k]);
            const float payload = packet.payloads.empty() ? 1.0F : packet.payloads[k];
            spikes[network_.population(population).name][{packet.tick, index}] += payload;
        }
    }

    std::map<std::string, std::map<std::pair<Tick, NeuronIndex>, float>> spikes;

  private:
    const Network& network_;
};

struct Style {
    const char* name;
    const char* text;
};

// What a recipe may say; layers and horizon are drawn.
const Style k_styles[] = {
    {"duplicate, integrate and fire", "coding { duplicate {} }"},
    {"duplicate, leaky", "coding { duplicate {} } neuron { leaky { beta: 0.5 } }"},
    {"duplicate, leaky to rest 0, reset to zero",
     "coding { duplicate {} } gradient: surrogate neuron { leaky { beta: 0.75 rest: 0 reset_to_zero: true } start: 0 }"},
    {"duplicate, current based",
     "coding { duplicate {} } neuron { current_based { alpha: 0.5 beta: 0.5 } }"},
    {"latency, integrate and fire", "coding { latency {} full_scale: 2 }"},
    {"latency, spike count", "coding { latency {} full_scale: 2 } readout: spike_count"},
    {"duplicate, spike count, leaky",
     "coding { duplicate {} } readout: spike_count neuron { leaky { beta: 0.5 rest: 0 } }"},
    {"duplicate, phased", "coding { duplicate {} } execution: phased"},
    {"latency, phased", "coding { latency {} full_scale: 2 } execution: phased"},
    {"latency, burst", "coding { latency {} full_scale: 2 } execution: burst"},
    {"duplicate, burst", "coding { duplicate {} } execution: burst"},
};

std::string random_layers(std::mt19937& random) {
    const auto one_of = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    std::string layers = fmt::format("layers {{ conv {{ channels: {} kernel: {} padding: {} }} }}\n",
                                     1 + one_of(3), 2 + one_of(2), one_of(2));
    switch (one_of(4)) {
        case 0:
            layers += "layers { average_pool {} }\n";
            break;
        case 1:
            layers += "layers { max_pool {} }\n";
            break;
        default:
            break;
    }
    if (one_of(2) == 0) {
        layers += fmt::format("layers {{ conv {{ channels: {} kernel: 2 }} }}\n", 1 + one_of(3));
    }
    layers += fmt::format("layers {{ linear {{ units: {} }} }}\n", 3 + one_of(6));
    return layers + "layers { linear { units: 3 } }\n";
}

// Multiples of 1/8 within +-2; steps of powers of two.
void make_dyadic(HybridNetwork& network, std::mt19937& random) {
    const torch::NoGradGuard guard;
    for (std::size_t k = 0; k < network.stages().size(); ++k) {
        StageParameters& p = network.parameters(k);
        if (!p.weight.defined()) {
            continue;
        }
        p.weight.copy_(torch::round(p.weight * 8).clamp(-16, 16) / 8);
        p.bias.copy_(torch::round(torch::randn_like(p.bias) * 4) / 8);
        p.step.fill_(std::exp2(static_cast<double>(random() % 3) - 2));
    }
}

// Returns how many spikes were compared.
std::size_t compare(const Style& style, unsigned seed) {
    std::mt19937 random(seed);
    proto::Recipe recipe;
    const std::string layers = random_layers(random);
    const int stages = static_cast<int>(std::count(layers.begin(), layers.end(), '\n'));
    const int T = 1 << (random() % 4);
    std::string text = fmt::format(
        "name: \"case\" data {{ set: \"none\" divide_by: 1 }} horizon: {} grid_bits: 0 {}\n{}",
        T, style.text, layers);
    REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &recipe));
    // A pool may not be the first spiking stage.
    std::vector<int> possible{0};
    for (int k = 1; k < stages; ++k) {
        const proto::RecipeLayer& layer = recipe.layers(k);
        if (layer.has_linear() || layer.has_conv()) {
            possible.push_back(k);
        }
    }
    recipe.set_artificial_layers(
        static_cast<std::uint32_t>(possible[random() % possible.size()]));
    recipe = complete_recipe(recipe, "case");
    CAPTURE(style.name);
    CAPTURE(seed);
    CAPTURE(recipe.ShortDebugString());

    HybridNetwork network(recipe, plan_stages(recipe, Shape{1, 6, 6}, 3), seed);
    make_dyadic(network, random);
    network.round_weights(true);
    const Tensor x = torch::randint(0, 9, {1, 1, 6, 6}).to(torch::kFloat32) / 4;
    std::vector<Tensor> trained;
    const torch::NoGradGuard guard;
    const Answer answer = network.hybrid(x, true, {.spikes = &trained});

    const LoadedModel model = LoadedModel::from_message(saved_model(network), ".", "case");
    const Pipeline pipeline(model);
    PipelineWorker worker(pipeline, 0);
    SpikeRecorder recorder(pipeline.network());
    worker.set_hook(&recorder);
    const SampleInput input{.values = {x.data_ptr<float>(), 36}};
    const SampleOutcome outcome = worker.run(0, {&input, 1});
    REQUIRE(!outcome.result.error);

    std::size_t compared = 0;
    for (std::size_t k = recipe.artificial_layers(); k < network.stages().size(); ++k) {
        if (trained.size() <= k || !trained[k].defined() ||
            network.stages()[k].kind == Stage::Kind::average_pool) {
            continue;
        }
        const std::string& name = network.stages()[k].name;
        CAPTURE(name);
        std::map<std::pair<Tick, NeuronIndex>, float> wanted;
        std::map<std::pair<Tick, NeuronIndex>, float> found;
        const bool ticks = recipe.execution() == proto::Execution::concurrent;
        const Tensor flat = ticks ? trained[k].flatten(1) : trained[k].flatten().unsqueeze(0);
        for (std::int64_t t = 0; t < flat.size(0); ++t) {
            for (std::int64_t n = 0; n < flat.size(1); ++n) {
                if (const float s = flat[t][n].item<float>(); s != 0) {
                    wanted[{t, static_cast<NeuronIndex>(n)}] = s;
                }
            }
        }
        for (const auto& [place, payload] : recorder.spikes[name]) {
            found[{ticks ? place.first : 0, place.second}] += payload;
        }
        CHECK(found == wanted);
        compared += wanted.size();
    }
    REQUIRE(outcome.result.readouts.size() == 1);
    for (std::int64_t c = 0; c < 3; ++c) {
        CHECK(outcome.result.readouts[0].values[static_cast<std::size_t>(c)] ==
              doctest::Approx(answer.logits[0][c].item<float>()).epsilon(1e-5));
    }
    return compared;
}

}  // namespace

TEST_CASE("trained spikes: the trainer's forward pass equals the engine's spikes on random networks") {
    at::set_num_threads(1);
    for (const Style& style : k_styles) {
        std::size_t compared = 0;
        for (unsigned seed = 0; seed < 25; ++seed) {
            compared += compare(style, seed);
        }
        CAPTURE(style.name);
        CHECK(compared > 300);
    }
}
