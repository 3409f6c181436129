#include "models/training/recipe.hpp"

#include <cmath>
#include <set>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "core/error.hpp"
#include "models/files/container.hpp"
#include "models/files/faults.hpp"
#include "models/files/text_message.hpp"

namespace saltus::training {

namespace {

constexpr std::uint32_t k_version = 1;

// Sets a field that the recipe leaves out.
#define SALTUS_DEFAULT(message, field, value) \
    if (!(message).has_##field()) {           \
        (message).set_##field(value);         \
    }

void complete_data(proto::TrainingData& data) {
    SALTUS_DEFAULT(data, validation, 5000)
    SALTUS_DEFAULT(data, divide_by, 255)
    proto::Augmentation& augmentation = *data.mutable_augmentation();
    SALTUS_DEFAULT(augmentation, shift, 0)
    SALTUS_DEFAULT(augmentation, rotation, 0)
    SALTUS_DEFAULT(augmentation, scale, 0)
    SALTUS_DEFAULT(augmentation, shear, 0)
    SALTUS_DEFAULT(augmentation, elastic, 0)
}

void complete_layers(proto::Recipe& recipe) {
    for (proto::RecipeLayer& layer : *recipe.mutable_layers()) {
        if (layer.has_conv()) {
            SALTUS_DEFAULT(*layer.mutable_conv(), kernel, 3)
            SALTUS_DEFAULT(*layer.mutable_conv(), padding, 0)
            SALTUS_DEFAULT(*layer.mutable_conv(), stride, 1)
        }
        if (layer.has_average_pool()) {
            SALTUS_DEFAULT(*layer.mutable_average_pool(), k, 2)
        }
        if (layer.has_max_pool()) {
            SALTUS_DEFAULT(*layer.mutable_max_pool(), k, 2)
        }
    }
}

void complete_neuron(proto::RecipeNeuron& neuron) {
    SALTUS_DEFAULT(neuron, start, 0.5)
    if (!neuron.has_spikes_at_mean()) {
        SALTUS_DEFAULT(neuron, percentile, 99.9)
    }
    switch (neuron.family_case()) {
        case proto::RecipeNeuron::kLeaky:
            SALTUS_DEFAULT(*neuron.mutable_leaky(), beta, 0.9)
            SALTUS_DEFAULT(*neuron.mutable_leaky(), rest, 0.5)
            break;
        case proto::RecipeNeuron::kCurrentBased:
            SALTUS_DEFAULT(*neuron.mutable_current_based(), alpha, 0.5)
            SALTUS_DEFAULT(*neuron.mutable_current_based(), beta, 0.9)
            SALTUS_DEFAULT(*neuron.mutable_current_based(), rest, 0.5)
            break;
        case proto::RecipeNeuron::kSeed:
            SALTUS_DEFAULT(*neuron.mutable_seed(), tau_m, 4)
            SALTUS_DEFAULT(*neuron.mutable_seed(), tau_s, 1)
            break;
        default:
            neuron.mutable_integrate_and_fire();
            break;
    }
}

void complete_optimiser(proto::Optimiser& optimiser) {
    if (optimiser.has_sgd()) {
        SALTUS_DEFAULT(*optimiser.mutable_sgd(), momentum, 0.9)
    } else {
        optimiser.mutable_adam();
    }
    SALTUS_DEFAULT(optimiser, rate, 0.002)
    SALTUS_DEFAULT(optimiser, weight_decay, 0)
}

void complete(proto::Recipe& recipe) {
    if (recipe.format_version() == 0) {
        recipe.set_format_version(k_version);
    }
    complete_data(*recipe.mutable_data());
    complete_layers(recipe);
    if (recipe.coding().coding_case() == proto::RecipeCoding::CODING_NOT_SET) {
        recipe.mutable_coding()->mutable_duplicate();
    }
    SALTUS_DEFAULT(*recipe.mutable_coding(), percentile, 99.9)
    complete_neuron(*recipe.mutable_neuron());
    SALTUS_DEFAULT(recipe, horizon, 4)
    SALTUS_DEFAULT(recipe, label_smoothing, 0)
    SALTUS_DEFAULT(recipe, price, 0)
    proto::Pruning& pruning = *recipe.mutable_pruning();
    SALTUS_DEFAULT(pruning, share, 0)
    SALTUS_DEFAULT(pruning, from, 0.1)
    SALTUS_DEFAULT(pruning, until, 0.6)
    SALTUS_DEFAULT(pruning, every, 50)
    SALTUS_DEFAULT(recipe, grid_bits, 10)
    complete_optimiser(*recipe.mutable_optimiser());
    SALTUS_DEFAULT(recipe, epochs, 20)
    SALTUS_DEFAULT(recipe, batch, 100)
    SALTUS_DEFAULT(recipe, seed, 1)
    SALTUS_DEFAULT(recipe, artificial_share, 0.6)
    SALTUS_DEFAULT(recipe, dropout, 0)
    SALTUS_DEFAULT(recipe, activation_bits, 0)
    if (recipe.has_early_stopping()) {
        SALTUS_DEFAULT(*recipe.mutable_early_stopping(), patience, 5)
    }
}
#undef SALTUS_DEFAULT

std::string text_of(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
}

// A fault unless low <= value <= high.
void check_range(
    Faults& faults, const std::string& path, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
        faults.add(path, text_of(value), text_of(low) + " to " + text_of(high));
    }
}

void check_data(const proto::TrainingData& data, Faults& faults) {
    if (data.set().empty()) {
        faults.add("data.set", "nothing", "mnist, fashion-mnist, cifar10 or a folder");
    }
    if (!(data.divide_by() > 0)) {
        faults.add("data.divide_by", text_of(data.divide_by()), "a number above 0");
    }
    for (const float deviation : data.deviation()) {
        if (!(deviation > 0)) {
            faults.add("data.deviation", text_of(deviation), "numbers above 0");
        }
    }
    const proto::Augmentation& a = data.augmentation();
    check_range(faults, "data.augmentation.shift", a.shift(), 0, 1000);
    check_range(faults, "data.augmentation.rotation", a.rotation(), 0, 3.15);
    check_range(faults, "data.augmentation.scale", a.scale(), 0, 0.9);
    check_range(faults, "data.augmentation.shear", a.shear(), 0, 2);
    check_range(faults, "data.augmentation.elastic", a.elastic(), 0, 100);
}

void check_layers(const proto::Recipe& recipe, Faults& faults) {
    const int count = recipe.layers_size();
    if (count == 0) {
        faults.add("layers", "none", "at least one linear layer, the readout");
        return;
    }
    if (!recipe.layers(count - 1).has_linear()) {
        faults.add("layers[" + std::to_string(count - 1) + "]",
                   "another kind of layer",
                   "a linear one: the last layer is the readout, one unit a class");
    }
    if (recipe.artificial_layers() > static_cast<std::uint32_t>(count)) {
        faults.add("artificial_layers",
                   std::to_string(recipe.artificial_layers()),
                   "0 to " + std::to_string(count) + ", as many as there are layers");
    }
    for (int k = 0; k < count; ++k) {
        const std::string path = "layers[" + std::to_string(k) + "]";
        const proto::RecipeLayer& layer = recipe.layers(k);
        if (layer.kind_case() == proto::RecipeLayer::KIND_NOT_SET) {
            faults.add(path, "no kind", "linear, conv, average_pool or max_pool");
        }
        if (layer.has_linear() && layer.linear().units() == 0) {
            faults.add(path + ".linear.units", "0", "at least 1");
        }
        if (layer.has_conv() && (layer.conv().channels() == 0 || layer.conv().kernel() == 0 ||
                                 layer.conv().stride() == 0)) {
            faults.add(path + ".conv", "a 0", "channels, kernel and stride of at least 1");
        }
        if ((layer.has_average_pool() && layer.average_pool().k() == 0) ||
            (layer.has_max_pool() && layer.max_pool().k() == 0)) {
            faults.add(path + ".k", "0", "at least 1");
        }
        if (layer.has_prune()) {
            check_range(faults, path + ".prune", layer.prune(), 0, 0.9999);
        }
    }
}

void check_neuron(const proto::RecipeNeuron& neuron, Faults& faults) {
    check_range(faults, "neuron.start", neuron.start(), 0, 0.999);
    if (neuron.has_percentile()) {
        check_range(faults, "neuron.percentile", neuron.percentile(), 50, 100);
    }
    if (neuron.has_spikes_at_mean()) {
        check_range(faults, "neuron.spikes_at_mean", neuron.spikes_at_mean(), 1e-3, 1e6);
    }
    if (neuron.has_leaky()) {
        check_range(faults, "neuron.leaky.beta", neuron.leaky().beta(), 0, 1);
        check_range(faults, "neuron.leaky.rest", neuron.leaky().rest(), -10, 0.999);
    }
    if (neuron.has_current_based()) {
        check_range(faults, "neuron.current_based.alpha", neuron.current_based().alpha(), 0, 0.999);
        check_range(faults, "neuron.current_based.beta", neuron.current_based().beta(), 0, 1);
        check_range(faults, "neuron.current_based.rest", neuron.current_based().rest(), -10, 0.999);
    }
    if (neuron.has_seed() &&
        !(neuron.seed().tau_m() > neuron.seed().tau_s() && neuron.seed().tau_s() > 0)) {
        faults.add("neuron.seed.tau_m", text_of(neuron.seed().tau_m()), "above tau_s, above 0");
    }
}

bool integrates_and_subtracts(const proto::RecipeNeuron& neuron) {
    return neuron.has_integrate_and_fire() && !neuron.integrate_and_fire().reset_to_zero();
}

// What does not go together.
void check_modes(const proto::Recipe& recipe, Faults& faults) {
    const bool concurrent = recipe.execution() == proto::Execution::concurrent;
    const proto::RecipeCoding& coding = recipe.coding();
    if (!concurrent && !integrates_and_subtracts(recipe.neuron())) {
        faults.add("execution",
                   "phased or burst with neurons that leak or reset to zero",
                   "concurrent, or neuron { integrate_and_fire {} }");
    }
    if (recipe.execution() == proto::Execution::phased && !coding.has_duplicate() &&
        !coding.has_latency() && !coding.has_events()) {
        faults.add("coding",
                   "a random coding in phased execution",
                   "duplicate, latency or events: the encoder would go on sending in later phases");
    }
    if (recipe.execution() != proto::Execution::concurrent &&
        recipe.readout() == proto::RecipeReadout::spike_count) {
        faults.add("readout", "spike_count in phased or burst execution", "membrane");
    }
    if (recipe.gradient() == proto::Gradient::surrogate && !concurrent) {
        faults.add("gradient", "surrogate", "converted_rate, or execution: concurrent");
    }
    if (recipe.gradient() == proto::Gradient::surrogate &&
        recipe.forward() == proto::Forward::rate) {
        faults.add("forward", "rate with a surrogate gradient", "spikes");
    }
    if (recipe.gradient() == proto::Gradient::converted_rate &&
        recipe.learning() != proto::Learning::converted && !all_artificial(recipe) &&
        !has_rate_function(recipe.neuron())) {
        faults.add("gradient",
                   "converted_rate with neurons that have no rate function",
                   "surrogate (rate functions: integrate_and_fire, leaky and current_based that "
                   "subtract)");
    }
    if (coding.has_gaussian() && recipe.artificial_layers() == 0) {
        faults.add("coding", "gaussian with no artificial layer", "artificial_layers of at least 1");
    }
    if (coding.has_latency() && !all_artificial(recipe) &&
        (recipe.neuron().has_current_based() || recipe.neuron().has_seed())) {
        faults.add("coding",
                   "latency into neurons with a synaptic current of their own",
                   "integrate_and_fire or leaky neurons: the code is a current that stays");
    }
    if (coding.has_events() && recipe.artificial_layers() > 0 && !all_artificial(recipe)) {
        faults.add("artificial_layers",
                   std::to_string(recipe.artificial_layers()) + " in front of events",
                   "0: events go straight to spiking layers");
    }
    if (coding.has_events() && recipe.data().divide_by() != 1) {
        faults.add("data.divide_by", text_of(recipe.data().divide_by()), "1: events are not scaled");
    }
    if (recipe.activation_bits() > 0 && !all_artificial(recipe)) {
        faults.add("activation_bits",
                   std::to_string(recipe.activation_bits()),
                   "0, or all layers artificial: spiking activations have T + 1 levels");
    }
}

void check_steps(const proto::Recipe& recipe, Faults& faults) {
    check_range(faults, "horizon", static_cast<double>(recipe.horizon()), 1, 100000);
    check_range(faults, "label_smoothing", recipe.label_smoothing(), 0, 0.99);
    check_range(faults, "price", recipe.price(), 0, 1e9);
    const proto::Pruning& pruning = recipe.pruning();
    check_range(faults, "pruning.share", pruning.share(), 0, 0.9999);
    check_range(faults, "pruning.from", pruning.from(), 0, 1);
    check_range(faults, "pruning.until", pruning.until(), pruning.from(), 1);
    check_range(faults, "pruning.every", pruning.every(), 1, 1e9);
    check_range(faults, "grid_bits", recipe.grid_bits(), 0, 24);
    check_range(faults, "activation_bits", recipe.activation_bits(), 0, 16);
    // A conversion of weights that are there needs no steps of its own.
    const bool converts = recipe.learning() == proto::Learning::converted && !recipe.start_from().empty();
    check_range(faults, "epochs", recipe.epochs(), converts ? 0 : 1, 1e6);
    check_range(faults, "batch", recipe.batch(), 1, 1e6);
    check_range(faults, "artificial_share", recipe.artificial_share(), 0, 1);
    check_range(faults, "dropout", recipe.dropout(), 0, 0.95);
    check_range(faults, "optimiser.rate", recipe.optimiser().rate(), 1e-9, 1e3);
    check_range(faults, "optimiser.weight_decay", recipe.optimiser().weight_decay(), 0, 1);
    if (recipe.has_early_stopping() && recipe.data().validation() == 0) {
        faults.add("early_stopping", "no samples held out", "data.validation of at least 1");
    }
    if (recipe.batch_norm() && recipe.artificial_share() == 0 && recipe.start_from().empty()) {
        faults.add("batch_norm",
                   "true without artificial steps",
                   "artificial_share above 0, or start_from: it is folded when the spiking steps begin");
    }
}

}  // namespace

bool has_rate_function(const proto::RecipeNeuron& neuron) {
    switch (neuron.family_case()) {
        case proto::RecipeNeuron::kLeaky:
            return !neuron.leaky().reset_to_zero();
        case proto::RecipeNeuron::kCurrentBased:
            return true;
        case proto::RecipeNeuron::kSeed:
            return false;
        default:
            return !neuron.integrate_and_fire().reset_to_zero();
    }
}

proto::Recipe complete_recipe(proto::Recipe recipe, const std::string& origin) {
    complete(recipe);
    Faults faults(origin);
    if (recipe.format_version() != k_version) {
        faults.add("format_version", std::to_string(recipe.format_version()), "1");
    }
    check_data(recipe.data(), faults);
    check_layers(recipe, faults);
    check_neuron(recipe.neuron(), faults);
    check_range(faults, "coding.percentile", recipe.coding().percentile(), 50, 100);
    if (recipe.coding().has_full_scale() && !(recipe.coding().full_scale() > 0)) {
        faults.add("coding.full_scale", text_of(recipe.coding().full_scale()), "a number above 0");
    }
    check_modes(recipe, faults);
    check_steps(recipe, faults);
    faults.throw_if_any();
    return recipe;
}

proto::Recipe load_recipe(const std::filesystem::path& path,
                          std::span<const std::string> settings) {
    proto::Recipe recipe;
    read_text_message(path, recipe);
    for (const std::string& setting : settings) {
        set_field(recipe, setting);
    }
    if (recipe.name().empty()) {
        recipe.set_name(path.stem().string());
    }
    return complete_recipe(std::move(recipe), path.string());
}

proto::Queue load_queue(const std::filesystem::path& path) {
    proto::Queue queue;
    read_text_message(path, queue);
    Faults faults(path.string());
    std::set<std::string> names;
    for (int k = 0; k < queue.trainings_size(); ++k) {
        const proto::QueuedTraining& training = queue.trainings(k);
        const std::string place = "trainings[" + std::to_string(k) + "]";
        if (!training.start_from().empty() && names.count(training.start_from()) == 0) {
            faults.add(place + ".start_from", training.start_from(), "an earlier training's name");
        }
        if (training.name().empty() || training.name().find('/') != std::string::npos) {
            faults.add(place + ".name", training.name(), "a file name");
        } else if (!names.insert(training.name()).second) {
            faults.add(place + ".name", training.name() + " a second time", "a name of its own");
        }
        if (training.recipe().empty()) {
            faults.add(place + ".recipe", "nothing", "a recipe's file");
        }
    }
    if (names.empty()) {
        faults.add("trainings", "none", "at least one");
    }
    faults.throw_if_any();
    return queue;
}

std::string recipe_digest(const proto::Recipe& recipe) {
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        recipe.SerializeToCodedStream(&coded);
    }
    return checksum_text(std::as_bytes(std::span(bytes)));
}

}  // namespace saltus::training
