// A hybrid network in training: its parameters, and three ways to run it on a batch.
//
// Weights and biases are those of the artificial network, activations in its scale. A spiking layer
// has one number more, its step: the activation that one spike stands for. In thresholds, which is
// how the network is saved and how its ticks are run, its input a presentation is
//
//   n = (bias + sum W total value) / step        total, value: codings.hpp; behind a spiking layer
//                                                total is its count and value its step
//
// and its activation is count x step. Everything else (how counts come about, what they cost) follows.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/training/codings.hpp"
#include "models/training/neurons.hpp"
#include "models/training/stages.hpp"
#include "models/training/torch.hpp"

namespace saltus::training {

// Steps, full scales and int8 scales are never below this.
inline constexpr double k_least_scale = 1e-6;
// Added to the variances of batch normalisation.
inline constexpr double k_norm_epsilon = 1e-5;

// Of one stage with weights; members that it has no use for are undefined.
struct StageParameters {
    Tensor weight;  // [out, in] or [out, in, ky, kx]; 0 where pruned
    Tensor bias;    // [out]
    Tensor mask;    // 1, or 0 where pruned; like weight
    Tensor step;    // one number
    Tensor twin_weight;  // gaussian coding: what the log-variances are made by
    Tensor twin_bias;
    // Batch normalisation, until it is folded.
    Tensor gamma;
    Tensor beta;
    Tensor mean;
    Tensor variance;
};

// [out]: of int8 weights, the largest of each output's divided by 127.
Tensor int8_scales(const Tensor& weight);
// round(weight / scale), -127 to 127, as float32; no tape.
Tensor int8_codes(const Tensor& weight, const Tensor& scales);
// [out] as [out, 1, ...], to multiply weights of so many dimensions by output.
Tensor by_output(const Tensor& values, std::int64_t dimensions);
// The value below which a percentile (0 to 100) of the values lies; one number. `sorted`: ascending.
Tensor percentile_of_sorted(const Tensor& sorted, double percentile);

// Operations of a batch, by stage: what arrives in it, weights and inputs of zero skipped.
struct Operations {
    std::vector<double> macs;
    std::vector<double> acs;
    std::vector<double> spikes;  // of the stage itself
    double encoder_spikes = 0;

    [[nodiscard]] double total() const;
};

struct Answer {
    Tensor logits;  // [batch, classes]
    Tensor price;   // synaptic operations of the batch, with tape; undefined unless asked for
};

// What a forward pass is to do besides the logits.
struct Asked {
    bool price = false;
    bool dropout = false;
    Operations* operations = nullptr;             // added to
    std::vector<Tensor>* activations = nullptr;   // artificial(): of each stage, after ReLU
    // hybrid(): of each spiking stage that fires, pools too, by tick where ticks are run
    // ([T, batch, ...]), else the counts ([batch, ...]); undefined for other stages.
    std::vector<Tensor>* spikes = nullptr;
    // hybrid(): of each spiking stage that fires, its whole input in thresholds, [batch, ...].
    std::vector<Tensor>* inputs = nullptr;
    bool quantised = false;                       // artificial(): activations of activation_bits
};

class HybridNetwork {
  public:
    // Initial weights by `seed` (He et al. 2015).
    HybridNetwork(const proto::Recipe& recipe, std::vector<Stage> stages, std::uint64_t seed);

    [[nodiscard]] const std::vector<Stage>& stages() const { return stages_; }

    [[nodiscard]] const proto::Recipe& recipe() const { return recipe_; }

    // Empty for a pool.
    [[nodiscard]] StageParameters& parameters(std::size_t stage) { return parameters_[stage]; }

    [[nodiscard]] const StageParameters& parameters(std::size_t stage) const {
        return parameters_[stage];
    }

    // c of the coding: one number.
    [[nodiscard]] const Tensor& full_scale() const { return full_scale_; }

    void set_full_scale(const Tensor& c) { full_scale_ = c; }

    // The whole network as an artificial one. `training`: batch statistics are used and kept.
    Answer artificial(const Tensor& x, bool training, const Asked& asked);

    // Front, coding and spiking layers. `spikes`: every tick is run, as it is saved; else counts are
    // those of the rate function, the same thing in phased and burst execution.
    Answer hybrid(const Tensor& x, bool spikes, const Asked& asked);

    // Steps of the spiking stages and c from the activations of artificial(), as the recipe says.
    void set_scales(const std::vector<Tensor>& activations);

    // Puts batch normalisation into weights and biases.
    void fold_batch_norm();

    // What can be trained now: weights that are decayed, and everything else. `spiking`: steps, c and
    // what gaussian coding needs too; with separate learning the front is left out.
    struct Trainable {
        std::vector<Tensor> weights;
        std::vector<Tensor> others;
    };
    [[nodiscard]] Trainable trainable(bool spiking) const;

    // After a step: pruned weights back to 0, steps and c above 0.
    void keep_valid();

    // By name, for checkpoints: every tensor there is.
    [[nodiscard]] std::vector<std::pair<std::string, Tensor>> state() const;
    void set_state(const std::vector<std::pair<std::string, Tensor>>& state);

    // Stage `k` as it is saved, in thresholds (the readout: as logits), with tape; once
    // round_weights(true), rounded as the recipe says. `value`: of what arrives.
    [[nodiscard]] Tensor scaled_weight(std::size_t k, const Tensor& value) const;
    // Concurrent execution: what is added at each tick; else to the initial membrane.
    [[nodiscard]] Tensor scaled_bias(std::size_t k) const;

    // What one unit of stage k's input stands for, if it is a spiking one.
    [[nodiscard]] Tensor input_value(std::size_t k) const;

    // From now on weights are rounded to the recipe's grid: for the network as it is saved.
    void round_weights(bool on) { rounds_ = on; }

    // Synapses of weight other than 0 of each unit that enters stage `k`: [...its input's shape].
    // Cached until forget_fan_outs().
    Tensor fan_out(std::size_t k);
    void forget_fan_outs() { fan_outs_.clear(); }

  private:
    [[nodiscard]] Tensor apply(const Stage& stage, const Tensor& weight, const Tensor& x) const;
    // scaled_weight() on x.
    [[nodiscard]] Tensor apply_scaled(std::size_t k, const Tensor& value, const Tensor& x) const;
    // Ticks over which a bias and a readout are spread: T in concurrent execution, else 1.
    [[nodiscard]] double shared_ticks() const;
    [[nodiscard]] bool is_logits(std::size_t k) const;
    // True if stage `k` is saved as two populations.
    [[nodiscard]] bool has_relay(std::size_t k) const;
    [[nodiscard]] Tensor to_grid(const Tensor& values) const;
    [[nodiscard]] Tensor weight_scale(std::size_t k, const Tensor& value) const;
    [[nodiscard]] Tensor normalised(std::size_t k, const Tensor& z, bool training);
    [[nodiscard]] Tensor front(const Tensor& x, const Asked& asked, Answer& answer);
    void pool(const Stage& stage, Signal& signal, bool spikes) const;
    void fire_stage(std::size_t k, Signal& signal, bool spikes, const Asked& asked);
    void count_front(std::size_t k, const Tensor& x, const Asked& asked);
    void add_price(Answer& answer, const Tensor& events, std::size_t k);

    proto::Recipe recipe_;
    std::vector<Stage> stages_;
    Neurons neurons_;
    std::vector<StageParameters> parameters_;
    Tensor full_scale_;
    std::vector<Tensor> fan_outs_;
    bool rounds_ = false;
};

}  // namespace saltus::training
