// A loaded model with some of its numbers changed: what `saltus run --set` and studies simulate.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/network_spec.hpp"
#include "models/front/front.hpp"
#include "models/model.hpp"
#include "models/pipeline.hpp"
#include "models/study/settings.hpp"

namespace saltus {

// Paths that a model takes, for messages and help: those of the whole network, then those of each
// population of neurons.
//   horizon            ticks (a whole number from 1)
//   theta_scale        factor on every threshold of neurons that fire
//   weights.bits       2 to 16: every float32 weight, the front's too, rounded to a multiple of its
//                      tensor's largest magnitude / (2^(bits - 1) - 1)
//   weights.prune      0 to 1: of each float32 tensor that share of weights made 0, the smallest
//   first NAME.theta_scale   factor on one population's thresholds NAME.theta, NAME.beta,
//   NAME.v_rest, NAME.v_init, NAME.v_reset, NAME.refractory_ticks NAME.alpha, NAME.gain   of its
//   first receptor
std::vector<std::string> setting_paths(const LoadedModel& model);

// Owns what it changed and views the model, which must outlive it. Not movable while a pipeline
// made from it lives.
class ChangedModel {
  public:
    // Settings apply in this order, whatever the order given: pruning, bits, all others; an
    // absolute value before its scale. Throws InputError naming `option` for an unknown path (with
    // the nearest), a value out of range or a path that is given twice.
    ChangedModel(const LoadedModel& model,
                 std::span<const Setting> settings,
                 const std::string& option);
    ChangedModel(const ChangedModel&) = delete;
    ChangedModel& operator=(const ChangedModel&) = delete;

    // Throws ModelError with every fault, as Pipeline does.
    [[nodiscard]] Pipeline pipeline() const;

    // Set by `horizon`.
    [[nodiscard]] std::optional<Tick> horizon() const { return horizon_; }

  private:
    void set_population(std::size_t dot, const Setting& setting, const std::string& option);
    void change_weights(double prune, double bits, const std::string& option);
    std::span<float> copied(std::span<const float> weights);

    const LoadedModel* model_;
    std::optional<Tick> horizon_;
    NetworkSpec spec_;
    std::vector<FrontSpec> fronts_;
    std::deque<std::vector<float>> owned_;
};

// What weights.prune and weights.bits make of a tensor. Of weights of equal magnitude all are kept or none,
// so that the order in which they are stored does not matter: at most the share is gone.
void prune_by_magnitude(std::span<float> weights, double share);
void round_to_bits(std::span<float> weights, double bits);

}  // namespace saltus
