#include "models/training/saved_model.hpp"

#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/training/recipe.hpp"

namespace saltus::training {

namespace {

std::vector<float> numbers_of(const Tensor& tensor) {
    const Tensor flat = tensor.detach().to(torch::kFloat32).contiguous().flatten();
    return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

class ModelWriter {
  public:
    explicit ModelWriter(const HybridNetwork& network)
        : network_(network), recipe_(network.recipe()), T_(recipe_.horizon()) {}

    proto::Model write() {
        const bool artificial = all_artificial(recipe_);
        if (recipe_.activation_bits() > 0) {
            throw ModelError("activation_bits",
                             std::to_string(recipe_.activation_bits()),
                             "0: a model's artificial layers have real activations");
        }
        model_.set_format_version(1);
        model_.set_name(recipe_.name());
        model_.set_description(recipe_.description());
        add_input();
        // Of an all-artificial network the readout is an integrator that the last activations drive.
        const std::size_t front = artificial ? stages().size() - 1 : recipe_.artificial_layers();
        for (std::size_t k = 0; k < front; ++k) {
            add_front_stage(k);
        }
        add_variance_head();
        add_encoder(artificial);
        source_ = "coding";
        if (artificial) {
            add_artificial_readout();
            model_.set_horizon(1);
            return std::move(model_);
        }
        for (std::size_t k = front; k < stages().size(); ++k) {
            add_spiking_stage(k);
        }
        const std::int64_t windows = phased() ? fired_ + 1 : 1;
        model_.set_horizon(windows * T_);
        return std::move(model_);
    }

  private:
    [[nodiscard]] const std::vector<Stage>& stages() const { return network_.stages(); }

    [[nodiscard]] bool phased() const { return recipe_.execution() == proto::Execution::phased; }

    [[nodiscard]] bool burst() const { return recipe_.execution() == proto::Execution::burst; }

    proto::Tensor& add_tensor(const std::string& name, const std::vector<std::int64_t>& shape) {
        proto::Tensor& tensor = *model_.add_tensors();
        tensor.set_name(name);
        for (const std::int64_t extent : shape) {
            tensor.add_shape(static_cast<std::uint64_t>(extent));
        }
        return tensor;
    }

    void add_numbers(const std::string& name, const Tensor& values) {
        proto::Tensor& tensor = add_tensor(name, values.sizes().vec());
        tensor.set_type(proto::TensorType::float32);
        const std::vector<float> numbers = numbers_of(values);
        tensor.set_raw(numbers.data(), numbers.size() * sizeof(float));
    }

    void add_input() {
        proto::Input& input = *model_.add_inputs();
        input.set_name("input");
        for (const std::uint32_t extent : stages().front().input.dims) {
            input.add_shape(extent);
        }
        const proto::TrainingData& data = recipe_.data();
        if (data.divide_by() != 1) {
            input.set_divide_by(data.divide_by());
        }
        *input.mutable_mean() = data.mean();
        *input.mutable_deviation() = data.deviation();
    }

    proto::Node& add_node(const std::string& name) {
        proto::Node& node = *model_.add_nodes();
        node.set_name(name);
        return node;
    }

    void add_layer(const std::string& name,
                   const Stage& stage,
                   const Tensor& weight,
                   const Tensor& bias) {
        add_numbers(name + ".weight", weight);
        add_numbers(name + ".bias", bias);
        proto::Node& node = add_node(name);
        if (weight.dim() == 2) {
            node.mutable_dense()->set_weight(name + ".weight");
            node.mutable_dense()->set_bias(name + ".bias");
            return;
        }
        proto::Conv2dLayer& conv = *node.mutable_conv2d();
        conv.set_weight(name + ".weight");
        conv.set_bias(name + ".bias");
        conv.add_stride(stage.stride);
        conv.add_padding(stage.padding);
    }

    void add_front_stage(std::size_t k) {
        const Stage& stage = stages()[k];
        const StageParameters& p = network_.parameters(k);
        if (!stage.has_weights()) {
            proto::Node& node = add_node(stage.name);
            (stage.kind == Stage::Kind::max_pool ? node.mutable_max_pool()
                                                 : node.mutable_average_pool())
                ->set_k(stage.kernel);
            return;
        }
        const bool pair = p.twin_weight.defined() && recipe_.coding().gaussian().relu();
        add_layer(stage.name,
                  stage,
                  pair ? torch::cat({p.weight, p.twin_weight}) : p.weight,
                  pair ? torch::cat({p.bias, p.twin_bias}) : p.bias);
        add_node(stage.name + ".relu").mutable_relu();
    }

    // Gaussian coding without the paper's ReLU: means are the features, log-variances come from them.
    void add_variance_head() {
        if (!recipe_.coding().has_gaussian() || recipe_.coding().gaussian().relu() ||
            all_artificial(recipe_)) {
            return;
        }
        for (std::size_t k = 0; k < recipe_.artificial_layers(); ++k) {
            const StageParameters& p = network_.parameters(k);
            if (!p.twin_weight.defined()) {
                continue;
            }
            const std::int64_t n = p.twin_bias.size(0);
            const Tensor same = torch::eye(n).view(p.twin_weight.sizes());
            Stage plain;
            plain.kind = stages()[k].kind;
            add_layer("mean_and_log_variance",
                      plain,
                      torch::cat({same, p.twin_weight}),
                      torch::cat({torch::zeros({n}), p.twin_bias}));
        }
    }

    void add_encoder(bool artificial) {
        proto::Encoder& encoder = *add_node("coding").mutable_encoder();
        const proto::RecipeCoding& coding = recipe_.coding();
        const auto c = network_.full_scale().item<float>();
        if (artificial || coding.has_duplicate()) {
            encoder.mutable_duplicate();
        } else if (coding.has_gaussian()) {
            // The front has applied the ReLU.
            encoder.mutable_gaussian();
        } else if (coding.has_events()) {
            encoder.mutable_events();
        } else if (coding.has_bernoulli()) {
            encoder.mutable_bernoulli()->set_c(c);
        } else if (coding.has_poisson()) {
            encoder.mutable_poisson()->set_c(c);
        } else {
            encoder.mutable_latency()->set_c(c);
            encoder.mutable_latency()->set_t(T_);
        }
    }

    void add_artificial_readout() {
        const std::size_t k = stages().size() - 1;
        const StageParameters& p = network_.parameters(k);
        add_numbers("logits.weight", p.weight);
        add_readout(p.bias, 1);
        connect(stages()[k], "logits", "logits.weight");
    }

    void add_readout(const Tensor& bias, std::int64_t divisor) {
        add_node("logits").mutable_population()->set_fires(false);
        add_numbers("logits.bias", bias);
        proto::Readout& readout = *model_.add_readouts();
        readout.set_name("class");
        readout.set_population("logits");
        readout.set_kind(proto::ReadoutKind::membrane);
        readout.mutable_logit()->set_t(divisor);
        readout.mutable_logit()->set_bias("logits.bias");
    }

    void connect(const Stage& stage, const std::string& target, const std::string& weight) {
        proto::Projection& projection = *model_.add_projections();
        projection.set_source(source_);
        projection.set_target(target);
        if (average_ > 0) {
            projection.mutable_average_pool()->set_k(average_);
            average_ = 0;
        }
        if (stage.kind == Stage::Kind::linear) {
            projection.mutable_dense()->set_weight(weight);
        } else {
            proto::Conv2d& conv = *projection.mutable_conv2d();
            conv.set_weight(weight);
            conv.add_stride(stage.stride);
            conv.add_padding(stage.padding);
        }
    }

    void add_weight(std::size_t k, const Tensor& weight) {
        const std::string name = stages()[k].name + ".weight";
        if (recipe_.precision() != proto::Precision::int8) {
            add_numbers(name, weight);
            return;
        }
        const Tensor scales = int8_scales(weight.detach());
        const Tensor codes = int8_codes(weight, scales).to(torch::kInt8).contiguous();
        proto::Tensor& tensor = add_tensor(name, weight.sizes().vec());
        tensor.set_type(proto::TensorType::int8);
        tensor.set_raw(codes.data_ptr<std::int8_t>(), static_cast<std::size_t>(codes.numel()));
        for (const float scale : numbers_of(scales)) {
            tensor.add_scales(scale);
        }
    }

    void add_spiking_pool(const Stage& stage) {
        if (stage.kind == Stage::Kind::average_pool) {
            if (average_ > 0) {
                throw ModelError(stage.name, "a pool behind an average pool", "one pool of both sizes");
            }
            average_ = stage.kernel;
            return;
        }
        add_node(stage.name).mutable_spike_max_pool()->set_mode(proto::SpikeMaxPool::Mode::by_count);
        proto::Projection& projection = *model_.add_projections();
        projection.set_source(source_);
        projection.set_target(stage.name);
        projection.mutable_window()->set_k(stage.kernel);
        source_ = stage.name;
    }

    // What the neurons of the recipe are in every tick.
    void set_neurons(proto::Population& population, proto::Receptor& receptor) const {
        const Neurons n = neurons_of(recipe_.neuron());
        if (n.seed) {
            population.set_beta(0);
            population.set_comparison(proto::Comparison::above);
            population.set_reset(proto::Reset::none);
            population.set_reset_trace(static_cast<float>(n.trace));
            proto::SecondOrder& filter = *receptor.mutable_second_order();
            filter.set_a1(static_cast<float>(n.a1));
            filter.set_a2(static_cast<float>(n.a2));
            filter.set_b(static_cast<float>(n.b));
            return;
        }
        if (n.beta != 1) {
            population.set_beta(static_cast<float>(n.beta));
            population.set_v_rest(static_cast<float>(n.rest));
        }
        if (n.alpha != 0) {
            receptor.set_alpha(static_cast<float>(n.alpha));
            receptor.set_gain(static_cast<float>(n.gain));
        }
        if (n.reset_to_zero) {
            population.set_reset(proto::Reset::to_v_reset);
        }
    }

    void set_start(proto::Population& population, const std::string& name, const Tensor& bias) {
        const double start = recipe_.neuron().start();
        if (phased() || burst()) {
            add_numbers(name + ".start", bias + start);
            population.set_v_init_each(name + ".start");
        } else if (!recipe_.neuron().has_seed()) {
            population.set_v_init(static_cast<float>(start));
        }
    }

    void add_spiking_stage(std::size_t k) {
        const Stage& stage = stages()[k];
        if (!stage.has_weights()) {
            add_spiking_pool(stage);
            return;
        }
        const Tensor weight = network_.scaled_weight(k, network_.input_value(k));
        const Tensor bias = network_.scaled_bias(k);
        add_weight(k, weight);
        const bool first = source_ == "coding";
        if (stage.readout && recipe_.readout() == proto::RecipeReadout::membrane) {
            add_readout(bias, phased() || burst() ? 1 : T_);
            if (first && recipe_.coding().has_latency()) {
                readout_population().add_receptors()->set_alpha(1);
            }
            connect(stage, stage.name, stage.name + ".weight");
            return;
        }
        add_population(stage, bias, first);
        connect(stage, target_, stage.name + ".weight");
        if (target_ != stage.name) {
            add_relay(stage);
        }
        source_ = stage.name;
        ++fired_;
        if (stage.readout) {
            proto::Readout& readout = *model_.add_readouts();
            readout.set_name("class");
            readout.set_population(stage.name);
            readout.set_kind(proto::ReadoutKind::spike_count);
            readout.set_ties(proto::Ties::index);
        }
    }

    proto::Population& readout_population() {
        return *model_.mutable_nodes(model_.nodes_size() - 1)->mutable_population();
    }

    void add_population(const Stage& stage, const Tensor& bias, bool first) {
        const bool latency = first && recipe_.coding().has_latency();
        const bool relayed = phased() && latency && T_ > 1;
        target_ = relayed ? stage.name + ".charge" : stage.name;
        proto::Node& node = add_node(target_);
        for (const std::uint32_t extent : stage.output.dims) {
            node.add_shape(extent);
        }
        proto::Population& population = *node.mutable_population();
        proto::Receptor& receptor = *population.add_receptors();
        set_neurons(population, receptor);
        set_start(population, stage.name, bias);
        if (latency && T_ > 1) {
            receptor.set_alpha(1);
        }
        if (phased() && first && recipe_.coding().has_duplicate()) {
            receptor.mutable_drive_window()->set_until(T_);
        }
        if (burst() || relayed) {
            population.set_spikes_per_tick(proto::SpikesPerTick::trunc);
            set_window(population, T_ - 1, T_);
        } else if (phased()) {
            set_window(population, (fired_ + 1) * T_, (fired_ + 2) * T_);
        } else {
            add_numbers(stage.name + ".bias", bias);
            population.add_receptors()->set_bias(stage.name + ".bias");
        }
    }

    static void set_window(proto::Population& population, std::int64_t from, std::int64_t until) {
        population.mutable_firing_window()->set_from(from);
        population.mutable_firing_window()->set_until(until);
    }

    void add_relay(const Stage& stage) {
        proto::Node& node = add_node(stage.name);
        for (const std::uint32_t extent : stage.output.dims) {
            node.add_shape(extent);
        }
        set_window(*node.mutable_population(), T_, 2 * T_);
        proto::Projection& projection = *model_.add_projections();
        projection.set_source(target_);
        projection.set_target(stage.name);
        projection.mutable_identity();
    }

    const HybridNetwork& network_;
    const proto::Recipe& recipe_;
    std::int64_t T_;
    proto::Model model_;
    std::string source_;          // what the next connection comes from
    std::string target_;          // what it leads to
    std::uint32_t average_ = 0;   // an average pool in front of it
    std::int64_t fired_ = 0;      // spiking layers so far
};

}  // namespace

proto::Model saved_model(const HybridNetwork& network) { return ModelWriter(network).write(); }

}  // namespace saltus::training
