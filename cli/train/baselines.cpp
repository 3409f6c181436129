#include "cli/train/baselines.hpp"

#include <iostream>

#include <fmt/format.h>

#include "models/training/recipe.hpp"

namespace saltus::cli {

namespace {

struct BaselineKind {
    const char* name;
    bool prunes;
    bool pays;
    bool quantised;
};

constexpr BaselineKind k_baselines[] = {{"dense", false, false, false},
                                        {"pruned", true, false, false},
                                        {"priced", false, true, false},
                                        {"quantised", false, false, true}};

// As many bits an activation as T ticks of a rate carry: ceil(log2(T + 1)).
std::uint32_t bits_of(std::int64_t T) {
    std::uint32_t bits = 0;
    while ((std::int64_t{1} << bits) < T + 1) {
        ++bits;
    }
    return bits;
}

proto::Recipe baseline_recipe(proto::Recipe recipe, const BaselineKind& kind) {
    recipe.set_name(recipe.name() + ", " + kind.name);
    recipe.set_artificial_layers(static_cast<std::uint32_t>(recipe.layers_size()));
    recipe.set_readout(proto::RecipeReadout::membrane);
    recipe.set_activation_bits(kind.quantised ? bits_of(recipe.horizon()) : 0);
    if (!kind.pays) {
        recipe.set_price(0);
    }
    if (!kind.prunes) {
        recipe.mutable_pruning()->set_share(0);
        for (proto::RecipeLayer& layer : *recipe.mutable_layers()) {
            layer.clear_prune();
        }
    }
    return training::complete_recipe(recipe, recipe.name());
}

}  // namespace

std::vector<proto::Baseline> train_baselines(const proto::Recipe& recipe,
                                             const Places& places,
                                             const TrainOptions& options) {
    namespace fs = std::filesystem;
    std::vector<proto::Baseline> found;
    for (const BaselineKind& kind : k_baselines) {
        const proto::Recipe its = baseline_recipe(recipe, kind);
        Places its_places;
        if (!places.checkpoint.empty()) {
            its_places.checkpoint = places.checkpoint.string() + "." + kind.name;
        }
        OneTraining run(its, its_places, options);
        run.run(fs::exists(its_places.checkpoint));
        const training::Evaluation test = run.trainer().evaluate(training::Part::test);
        std::cout << fmt::format("test: {:.2f} %, {:.1f} MACs a sample\n", 100 * test.accuracy(), test.macs);
        proto::Baseline& baseline = found.emplace_back();
        baseline.set_kind(kind.name);
        baseline.set_data_set(recipe.data().set() + " test");
        baseline.set_samples(test.samples);
        baseline.set_right(test.right);
        baseline.set_effective_macs_per_sample(test.macs);
        baseline.set_weights(run.trainer().weights_left());
        baseline.set_activation_bits(its.activation_bits());
        baseline.set_seed(its.seed());
    }
    return found;
}

}  // namespace saltus::cli
