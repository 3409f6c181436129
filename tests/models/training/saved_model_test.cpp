// The saved model against the network that was trained: folded batch normalisation, eight-bit weights,
// artificial networks.
#include "tests/models/training/torch_doctest.hpp"

#include <ATen/Parallel.h>

#include "tests/models/training/training_cases.hpp"

using namespace saltus;
using namespace saltus::training;
using namespace saltus::training::test;

namespace {

constexpr const char* k_mlp =
    "layers { linear { units: 20 } } layers { linear { units: 15 } } layers { linear { units: 4 } } ";
constexpr const char* k_conv =
    "layers { conv { channels: 3 padding: 1 } } layers { max_pool {} } layers { conv { channels: 4 } } "
    "layers { average_pool {} } layers { linear { units: 4 } } ";

// Test images, scaled.
Tensor images(const TrainingData& data) {
    std::vector<std::uint64_t> order(data.samples(Part::test));
    for (std::size_t k = 0; k < order.size(); ++k) {
        order[k] = k;
    }
    std::vector<float> values;
    std::vector<std::int64_t> labels;
    data.fill(Part::test, order, nullptr, values, labels);
    return torch::from_blob(values.data(), {static_cast<std::int64_t>(order.size()), 1, 8, 8},
                            torch::kFloat32)
        .clone();
}

// The engine's logits of the test images.
Tensor engine_logits(const proto::Model& message, const TrainingData& data) {
    const LoadedModel model = LoadedModel::from_message(message, ".", "case");
    const Pipeline pipeline(model);
    PipelineWorker worker(pipeline, 0);
    std::vector<float> stored(64);
    std::vector<float> all;
    for (std::uint64_t k = 0; k < data.samples(Part::test); ++k) {
        data.test_set().read(k, stored);
        const SampleInput input{.values = stored};
        const SampleOutcome outcome = worker.run(k, {&input, 1});
        REQUIRE(!outcome.result.error);
        for (const double value : outcome.result.readouts[0].values) {
            all.push_back(static_cast<float>(value));
        }
    }
    return torch::from_blob(all.data(), {static_cast<std::int64_t>(data.samples(Part::test)), 4}, torch::kFloat32)
        .clone();
}

double relative(const Tensor& a, const Tensor& b) {
    return ((a - b).abs().max() / b.abs().max()).item<double>();
}

}  // namespace

TEST_CASE("saved model: folding batch normalisation leaves the artificial network's outputs") {
    at::set_num_threads(1);
    const torch::NoGradGuard guard;
    torch::manual_seed(4);
    for (const char* const layers : {k_mlp, k_conv}) {
        const PatternData patterns;
        const proto::Recipe recipe = patterns.recipe(std::string(layers) + "batch_norm: true");
        HybridNetwork network(recipe, plan_stages(recipe, Shape{1, 8, 8}, 4), 3);
        for (int step = 0; step < 5; ++step) {
            static_cast<void>(network.artificial(torch::rand({30, 1, 8, 8}), true, {}));
        }
        for (std::size_t k = 0; k < network.stages().size(); ++k) {
            if (StageParameters& p = network.parameters(k); p.gamma.defined()) {
                p.gamma.copy_(torch::rand_like(p.gamma) + 0.5);
                p.beta.copy_(torch::randn_like(p.beta));
                p.bias.copy_(torch::randn_like(p.bias));
            }
        }
        const Tensor x = torch::rand({40, 1, 8, 8});
        const Tensor before = network.artificial(x, false, {}).logits;
        const Tensor plain = network.parameters(0).weight.clone();
        network.fold_batch_norm();
        CHECK_FALSE(torch::equal(network.parameters(0).weight, plain));
        CHECK_FALSE(network.parameters(0).gamma.defined());
        CHECK(relative(network.artificial(x, false, {}).logits, before) < 1e-4);
    }
}

TEST_CASE("saved model: an artificial network's logits are the trainer's") {
    at::set_num_threads(1);
    const PatternData patterns;
    for (const std::string& layers : {std::string(k_mlp) + "artificial_layers: 3 ",
                                     std::string(k_conv) + "artificial_layers: 5 "}) {
        for (const char* const text : {"", "batch_norm: true", "pruning { share: 0.5 from: 0 every: 1 }",
                                       "data { mean: 0.2 deviation: 0.4 }"}) {
            CAPTURE(layers);
            CAPTURE(text);
            const proto::Recipe recipe = patterns.recipe(layers + "batch: 16 epochs: 2 " + text);
            const TrainingData data(recipe.data(), recipe.seed());
            Trainer trainer(recipe, data, {}, {});
            REQUIRE(trainer.run());
            const torch::NoGradGuard guard;
            const Tensor wanted = trainer.network().hybrid(images(data), true, {}).logits;
            CHECK(relative(engine_logits(saved_model(trainer.network()), data), wanted) < 1e-5);
        }
    }
}

TEST_CASE("saved model: eight-bit weights give the logits that were trained with") {
    at::set_num_threads(1);
    const PatternData patterns;
    for (const std::string& layers : {std::string(k_mlp), std::string(k_conv)}) {
        for (const char* const text : {"coding { latency {} }", "coding { duplicate {} } execution: phased",
                                       "coding { latency {} } execution: burst"}) {
            CAPTURE(layers);
            CAPTURE(text);
            const proto::Recipe recipe = patterns.recipe(fmt::format(
                "{} {} batch: 16 epochs: 3 precision: int8 artificial_layers: {}", layers, text,
                layers == k_mlp ? 1 : 2));
            const TrainingData data(recipe.data(), recipe.seed());
            Trainer trainer(recipe, data, {}, {});
            REQUIRE(trainer.run());
            const proto::Model message = saved_model(trainer.network());
            int whole = 0;
            for (const proto::Tensor& tensor : message.tensors()) {
                whole += tensor.type() == proto::TensorType::int8 ? 1 : 0;
            }
            CHECK(whole == 2);
            const torch::NoGradGuard guard;
            const Tensor wanted = trainer.network().hybrid(images(data), true, {}).logits;
            const Tensor found = engine_logits(message, data);
            // A membrane at its threshold to the last bit may fall to either side: a spike more or
            // less changes few samples.
            const Tensor off = (found - wanted).abs().amax(1) > 1e-4 * wanted.abs().max();
            CHECK(off.sum().item<std::int64_t>() <= 1);
        }
    }
}

TEST_CASE("saved model: activations of few bits are refused, they are no model's") {
    const PatternData patterns;
    const proto::Recipe recipe =
        patterns.recipe(std::string(k_mlp) + "artificial_layers: 3 activation_bits: 3");
    const HybridNetwork network(recipe, plan_stages(recipe, Shape{1, 8, 8}, 4), 3);
    CHECK(error_of([&] { static_cast<void>(saved_model(network)); }).find("activation_bits") !=
          std::string::npos);
}
