// Recipes: defaults, overridden fields, and what is said of text that is no recipe.
#include <doctest/doctest.h>

#include "models/training/recipe.hpp"
#include "models/training/training_data.hpp"
#include "tests/models/data/scratch_folder.hpp"

#include <functional>
#include <vector>

using namespace saltus;
using namespace saltus::training;

namespace {

constexpr const char* k_small =
    "data { set: \"mnist\" }\n"
    "layers { linear { units: 20 } }\n"
    "layers { linear { units: 10 } }\n";

std::string error_of(const std::function<void()>& what) {
    try {
        what();
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

class RecipeFile {
  public:
    proto::Recipe load(const std::string& text, const std::vector<std::string>& settings = {}) const {
        tests::write_bytes(path(), text);
        return load_recipe(path(), settings);
    }

    [[nodiscard]] std::string refusal(const std::string& text,
                                      const std::vector<std::string>& settings = {}) const {
        return error_of([&] { load(text, settings); });
    }

    [[nodiscard]] std::string queue_refusal(const std::string& text) const {
        tests::write_bytes(path(), text);
        return error_of([&] { load_queue(path()); });
    }

    [[nodiscard]] std::filesystem::path path() const { return folder_ / "small.textproto"; }

  private:
    tests::ScratchFolder folder_;
};

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("recipe: what is left out has the default that recipe.proto states") {
    const RecipeFile file;
    const proto::Recipe r = file.load(k_small);
    CHECK(r.format_version() == 1);
    CHECK(r.name() == "small");
    CHECK(r.data().validation() == 5000);
    CHECK(r.data().divide_by() == 255);
    CHECK(r.coding().has_duplicate());
    CHECK(r.coding().percentile() == 99.9);
    CHECK(r.neuron().has_integrate_and_fire());
    CHECK(r.neuron().start() == 0.5);
    CHECK(r.neuron().percentile() == 99.9);
    CHECK(r.horizon() == 4);
    CHECK(r.execution() == proto::Execution::concurrent);
    CHECK(r.learning() == proto::Learning::simultaneous);
    CHECK(r.forward() == proto::Forward::spikes);
    CHECK(r.gradient() == proto::Gradient::converted_rate);
    CHECK(r.readout() == proto::RecipeReadout::membrane);
    CHECK(r.label_smoothing() == 0);
    CHECK(r.price() == 0);
    CHECK(r.pruning().share() == 0);
    CHECK(r.pruning().from() == 0.1);
    CHECK(r.pruning().until() == 0.6);
    CHECK(r.pruning().every() == 50);
    CHECK(r.grid_bits() == 10);
    CHECK(r.optimiser().has_adam());
    CHECK(r.optimiser().rate() == 0.002);
    CHECK(r.optimiser().weight_decay() == 0);
    CHECK(r.epochs() == 20);
    CHECK(r.batch() == 100);
    CHECK(r.seed() == 1);
    CHECK(r.artificial_share() == 0.6);
    CHECK(r.dropout() == 0);
    CHECK(r.activation_bits() == 0);

    const proto::Recipe parts = file.load(
        "data { set: \"mnist\" } layers { conv { channels: 2 } } layers { average_pool {} } "
        "layers { max_pool {} } layers { linear { units: 10 } } neuron { current_based {} } "
        "optimiser { sgd {} } early_stopping {}");
    CHECK(parts.layers(0).conv().kernel() == 3);
    CHECK(parts.layers(0).conv().padding() == 0);
    CHECK(parts.layers(0).conv().stride() == 1);
    CHECK(parts.layers(1).average_pool().k() == 2);
    CHECK(parts.layers(2).max_pool().k() == 2);
    CHECK(parts.neuron().current_based().alpha() == 0.5);
    CHECK(parts.neuron().current_based().beta() == 0.9);
    CHECK(parts.neuron().current_based().rest() == 0.5);
    CHECK(parts.optimiser().sgd().momentum() == 0.9);
    CHECK(parts.early_stopping().patience() == 5);
    const proto::Recipe seed = file.load(std::string(k_small) +
                                         "neuron { seed {} spikes_at_mean: 2 } gradient: surrogate");
    CHECK(seed.neuron().seed().tau_m() == 4);
    CHECK(seed.neuron().seed().tau_s() == 1);
    CHECK_FALSE(seed.neuron().has_percentile());
    const proto::Recipe leaky = file.load(std::string(k_small) + "neuron { leaky {} }");
    CHECK(leaky.neuron().leaky().beta() == 0.9);
    CHECK(leaky.neuron().leaky().rest() == 0.5);
}

TEST_CASE("recipe: an unknown field names the nearest one, its line and column") {
    const RecipeFile file;
    const std::string said = file.refusal(std::string(k_small) + "horizont: 8\n");
    CAPTURE(said);
    CHECK(says(said, file.path().string() + ":4:"));
    CHECK(says(said, "horizont"));
    CHECK(says(said, "\"horizon\""));
    const std::string inner = file.refusal(std::string(k_small) + "neuron {\n  leaky { bet: 0.5 }\n}\n");
    CAPTURE(inner);
    CHECK(says(inner, file.path().string() + ":5:"));
    CHECK(says(inner, "\"beta\""));
    const std::string value = file.refusal(std::string(k_small) + "epochs: many\n");
    CAPTURE(value);
    CHECK(says(value, file.path().string() + ":4:9"));
}

TEST_CASE("recipe: any field is set by its path") {
    const RecipeFile file;
    const proto::Recipe r = file.load("data { set: \"mnist\" mean: [1, 2] } layers { linear { units: 20 } } "
                                      "layers { linear { units: 10 } } neuron { leaky { beta: 0.5 } }",
                                      {"horizon=8",
                                       "neuron.leaky.beta=0.75",
                                       "layers[0].prune=0.9",
                                       "execution=concurrent",
                                       "coding.latency=",
                                       "data.mean=0.5",
                                       "data.set=fashion-mnist",
                                       "description=a \"quoted\" word",
                                       "early_stopping.patience=3",
                                       "layers[1].linear.units=11"});
    CHECK(r.horizon() == 8);
    CHECK(r.neuron().leaky().beta() == 0.75);
    CHECK(r.layers(0).prune() == 0.9);
    CHECK(r.coding().has_latency());
    REQUIRE(r.data().mean_size() == 1);
    CHECK(r.data().mean(0) == 0.5F);
    CHECK(r.data().set() == "fashion-mnist");
    CHECK(r.description() == "a \"quoted\" word");
    CHECK(r.early_stopping().patience() == 3);
    CHECK(r.layers(1).linear().units() == 11);
}

TEST_CASE("recipe: a setting that cannot be names itself and what is needed") {
    const RecipeFile file;
    const struct {
        const char* setting;
        const char* needed;
    } cases[] = {
        {"horizon", "FIELD=VALUE"},
        {"=8", "FIELD=VALUE"},
        {"horizn=8", "\"horizon\""},
        {"neuron.leeky.beta=1", "\"leaky\""},
        {"layers.prune=0.5", "layers[number]"},
        {"layers[2].prune=0.5", "layers[0] to [1]"},
        {"layers[x].prune=0.5", "layers[0].prune"},
        {"layers[0=1", "layers[0].prune"},
        {"layers[0]=1", "a field of layers[0]"},
        {"neuron[0].start=0.5", "no list"},
        {"horizon.ticks=8", "it has no fields"},
        {"horizon=soon", "a value of horizon"},
        {"execution=fast", "concurrent, phased, burst"},
        {"epochs=-1", "epochs"},
    };
    for (const auto& c : cases) {
        const std::string said = file.refusal(k_small, {c.setting});
        CAPTURE(c.setting);
        CAPTURE(said);
        CHECK(says(said, c.setting));
        CHECK(says(said, c.needed));
    }
}

TEST_CASE("recipe: numbers out of range and layer counts that cannot be are refused by field") {
    const RecipeFile file;
    const struct {
        const char* setting;
        const char* field;
        const char* needed;
    } cases[] = {
        {"artificial_layers=3", "artificial_layers", "0 to 2"},
        {"layers[0].linear.units=0", "layers[0].linear.units", "at least 1"},
        {"layers[0].prune=1", "layers[0].prune", "0 to 0.9999"},
        {"data.divide_by=0", "data.divide_by", "above 0"},
        {"data.deviation=0", "data.deviation", "above 0"},
        {"data.set=", "data.set", "mnist"},
        {"horizon=0", "horizon", "1 to 100000"},
        {"epochs=0", "epochs", "1 to"},
        {"batch=0", "batch", "1 to"},
        {"neuron.start=1", "neuron.start", "0 to 0.999"},
        {"neuron.leaky.beta=1.5", "neuron.leaky.beta", "0 to 1"},
        {"neuron.seed.tau_s=9", "neuron.seed.tau_m", "above tau_s"},
        {"coding.full_scale=0", "coding.full_scale", "above 0"},
        {"coding.percentile=101", "coding.percentile", "50 to 100"},
        {"pruning.share=1", "pruning.share", "0 to 0.9999"},
        {"pruning.until=0.05", "pruning.until", "0.1 to 1"},
        {"pruning.every=0", "pruning.every", "1 to"},
        {"optimiser.rate=0", "optimiser.rate", "0"},
        {"optimiser.rate=nan", "optimiser.rate", "0"},
        {"artificial_share=1.5", "artificial_share", "0 to 1"},
        {"dropout=1", "dropout", "0 to 0.95"},
        {"label_smoothing=1", "label_smoothing", "0 to 0.99"},
        {"format_version=2", "format_version", "1"},
        {"activation_bits=4", "activation_bits", "all layers artificial"},
        {"layers[1].average_pool.k=2", "layers[1]", "readout"},
    };
    for (const auto& c : cases) {
        std::vector<std::string> settings{c.setting};
        if (std::string(c.setting).starts_with("neuron.seed")) {
            settings.emplace_back("gradient=surrogate");
        }
        const std::string said = file.refusal(k_small, settings);
        CAPTURE(c.setting);
        CAPTURE(said);
        CHECK(says(said, c.field));
        CHECK(says(said, c.needed));
        CHECK(says(said, file.path().string()));
    }
    CHECK(says(file.refusal("data { set: \"mnist\" }"), "layers"));
    CHECK(says(file.refusal(k_small, {"artificial_share=0", "batch_norm=true"}), "batch_norm"));
    CHECK(says(file.refusal(k_small, {"data.validation=0", "early_stopping.patience=2"}), "early_stopping"));
}

TEST_CASE("recipe: data that are missing are named with the command that gets them") {
    proto::TrainingData settings;
    settings.set_set("fashion-mnist");
    const char* const home = std::getenv("HOME");
    const std::string kept = home == nullptr ? "" : home;
    const tests::ScratchFolder nowhere;
    setenv("HOME", nowhere.path().c_str(), 1);
    unsetenv("XDG_CACHE_HOME");
    const std::string said = error_of([&] { const TrainingData data(settings, 1); });
    setenv("HOME", kept.c_str(), 1);
    CAPTURE(said);
    if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist") &&
        !std::filesystem::exists("fashion-mnist")) {
        CHECK(says(said, "scripts/get-data fashion-mnist"));
    }
}

TEST_CASE("recipe: a queue's trainings have names of their own") {
    const RecipeFile file;
    CHECK(file.queue_refusal("trainings { name: \"a\" recipe: \"x\" } trainings { name: \"b\" recipe: \"x\" }") == "");
    const std::string said = file.queue_refusal(
        "trainings { name: \"a\" recipe: \"x\" } trainings { name: \"a\" recipe: \"y\" }");
    CAPTURE(said);
    CHECK(says(said, "trainings[1].name"));
    CHECK(says(said, "a second time"));
    CHECK(says(file.queue_refusal("trainings { recipe: \"x\" }"), "trainings[0].name"));
    CHECK(says(file.queue_refusal("trainings { name: \"a/b\" recipe: \"x\" }"), "a/b"));
    CHECK(says(file.queue_refusal("trainings { name: \"a\" }"), "trainings[0].recipe"));
    CHECK(says(file.queue_refusal(""), "at least one"));
    CHECK(says(file.queue_refusal("training { name: \"a\" }"), "\"trainings\""));
}

TEST_CASE("recipe: the digest changes with any field, and not with how defaults are written") {
    const RecipeFile file;
    const std::string plain = recipe_digest(file.load(k_small));
    CHECK(plain.size() == 32);
    CHECK(recipe_digest(file.load(k_small, {"horizon=4"})) == plain);
    CHECK(recipe_digest(file.load(k_small, {"horizon=5"})) != plain);
    CHECK(recipe_digest(file.load(k_small, {"layers[0].prune=0"})) != plain);
}
