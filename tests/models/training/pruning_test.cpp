// Pruning: its schedule, the shares it reaches, and that what is pruned stays 0 to the saved file.
#include "tests/models/training/torch_doctest.hpp"

#include <cmath>

#include <ATen/Parallel.h>

#include "models/files/sparse_model.hpp"
#include "models/training/pruning.hpp"
#include "tests/models/training/training_cases.hpp"

using namespace saltus;
using namespace saltus::training;
using namespace saltus::training::test;

namespace {

constexpr const char* k_layers =
    "layers { linear { units: 30 } } layers { linear { units: 20 } prune: 0.5 } "
    "layers { linear { units: 4 } prune: 0 } artificial_layers: 1 batch: 16 ";

double zeros(const Tensor& weight) {
    return (weight == 0).sum().item<double>() / static_cast<double>(weight.numel());
}

HybridNetwork network_of(const proto::Recipe& recipe) {
    return {recipe, plan_stages(recipe, Shape{1, 8, 8}, 4), 3};
}

}  // namespace

TEST_CASE("pruning: the schedule is cubic from its beginning to its end") {
    proto::Pruning pruning;
    pruning.set_from(0.2);
    pruning.set_until(0.7);
    CHECK(pruned_share(pruning, 0.9, 0.2) == 0);
    CHECK(pruned_share(pruning, 0.9, 0.1) == 0);
    for (const double p : {0.25, 0.3, 0.45, 0.69}) {
        const double left = (0.7 - p) / 0.5;
        CHECK(pruned_share(pruning, 0.9, p) == doctest::Approx(0.9 * (1 - left * left * left)));
    }
    CHECK(pruned_share(pruning, 0.9, 0.7) == 0.9);
    CHECK(pruned_share(pruning, 0.9, 1) == 0.9);
    pruning.set_until(0.2);  // at once
    CHECK(pruned_share(pruning, 0.9, 0.2) == 0.9);
}

TEST_CASE("pruning: by layer, each reaches its own share, the least weights first") {
    const PatternData patterns;
    const proto::Recipe recipe =
        patterns.recipe(std::string(k_layers) + "pruning { share: 0.8 from: 0 until: 0.5 }");
    HybridNetwork network = network_of(recipe);
    CHECK(prunes(network));
    const Tensor before = network.parameters(0).weight.detach().clone();
    prune(network, 1);
    CHECK(zeros(network.parameters(0).weight) == doctest::Approx(0.8).epsilon(1e-3));
    CHECK(zeros(network.parameters(1).weight) == doctest::Approx(0.5).epsilon(1e-3));
    CHECK_FALSE(network.parameters(2).mask.defined());
    const Tensor kept = network.parameters(0).mask != 0;
    CHECK((before.abs().masked_select(kept).min() > before.abs().masked_select(~kept).max()).item<bool>());
    CHECK(torch::equal(network.parameters(0).weight.masked_select(kept), before.masked_select(kept)));
}

TEST_CASE("pruning: globally, the share is of all layers that are pruned together") {
    const PatternData patterns;
    const proto::Recipe recipe =
        patterns.recipe(std::string(k_layers) + "pruning { share: 0.7 from: 0 until: 0.5 scope: global }");
    HybridNetwork network = network_of(recipe);
    prune(network, 1);
    const double first = zeros(network.parameters(0).weight);
    const double second = zeros(network.parameters(1).weight);
    CHECK((first * 1920 + second * 600) / 2520 == doctest::Approx(0.7).epsilon(1e-3));
    CHECK(first != doctest::Approx(second).epsilon(1e-2));
    CHECK_FALSE(network.parameters(2).mask.defined());
}

TEST_CASE("pruning: masks only ever lose weights, whatever is trained in between") {
    const PatternData patterns;
    for (const char* const scope : {"by_layer", "global"}) {
        const proto::Recipe recipe = patterns.recipe(
            fmt::format("{} pruning {{ share: 0.9 from: 0.1 until: 0.9 scope: {} }}", k_layers, scope));
        HybridNetwork network = network_of(recipe);
        torch::manual_seed(1);
        prune(network, 0.05);
        CHECK_FALSE(network.parameters(0).mask.defined());
        Tensor before = torch::ones({30, 64});
        for (int step = 0; step <= 20; ++step) {
            {
                const torch::NoGradGuard guard;
                network.parameters(0).weight.add_(torch::randn({30, 64}) * 0.1);
                network.parameters(1).weight.add_(torch::randn({20, 30}) * 0.1);
            }
            network.keep_valid();
            prune(network, 0.1 + step * 0.045);
            const Tensor mask = network.parameters(0).mask;
            CHECK((mask <= before).all().item<bool>());
            CHECK(torch::equal(network.parameters(0).weight * mask, network.parameters(0).weight));
            before = mask.clone();
        }
        if (std::string(scope) == "by_layer") {
            CHECK(zeros(before) == doctest::Approx(0.9).epsilon(1e-3));
        }
    }
}

TEST_CASE("pruning: pruned weights stay 0 through training, a checkpoint and the saved sparse file") {
    at::set_num_threads(1);
    const PatternData patterns;
    for (const char* const precision : {"float32", "int8"}) {
        CAPTURE(precision);
        const proto::Recipe recipe = patterns.recipe(fmt::format(
            "{} epochs: 12 pruning {{ share: 0.9 every: 2 }} precision: {} "
            "optimiser {{ rate: 0.01 weight_decay: 0.001 }} batch_norm: true", k_layers, precision));
        const TrainingData data(recipe.data(), recipe.seed());
        const std::filesystem::path checkpoint = patterns / "pruned";
        Trainer trainer(recipe, data, checkpoint, {});
        REQUIRE(trainer.run());
        const HybridNetwork& network = trainer.network();
        const double shares[] = {0.9, 0.5};
        for (std::size_t k = 0; k < 2; ++k) {
            CHECK(zeros(network.parameters(k).weight) == doctest::Approx(shares[k]).epsilon(1e-2));
            CHECK((network.parameters(k).weight.masked_select(network.parameters(k).mask == 0) == 0)
                      .all()
                      .item<bool>());
        }
        Trainer again(recipe, data, checkpoint, {});
        again.resume(checkpoint);
        for (std::size_t k = 0; k < 2; ++k) {
            CHECK(torch::equal(again.network().parameters(k).mask, network.parameters(k).mask));
        }
        // The saved file, read again: the weights left and no other.
        const LoadedModel dense = LoadedModel::from_message(saved_model(network), ".", "case");
        SparseModel sparse = with_sparse_rows(dense, 0.9);
        const std::filesystem::path path = patterns / "pruned.saltus";
        save_saltus(sparse.model, path, [] {});
        const LoadedModel loaded = LoadedModel::load(path);
        const Pipeline whole(dense);
        const Pipeline read(loaded);
        PipelineWorker first(whole, 0);
        PipelineWorker second(read, 0);
        const auto left = static_cast<std::uint64_t>(
            (network.scaled_weight(1, network.input_value(1)) != 0).sum().item<std::int64_t>());
        bool found = false;
        for (const SparseProjection& projection : sparse.projections) {
            if (projection.left.empty() && projection.weights == 600) {
                found = true;
                CHECK(projection.nonzero == left);
                CHECK(projection.nonzero <= 300);
            }
        }
        CHECK(found);
        std::vector<float> stored(64);
        for (std::uint64_t k = 0; k < 64; ++k) {
            data.test_set().read(k, stored);
            const SampleInput input{.values = stored};
            const SampleOutcome a = first.run(k, {&input, 1});
            const SampleOutcome b = second.run(k, {&input, 1});
            REQUIRE(!a.result.error);
            REQUIRE(!b.result.error);
            CHECK(a.result.readouts[0].values == b.result.readouts[0].values);
        }
    }
}
