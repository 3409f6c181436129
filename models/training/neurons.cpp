#include "models/training/neurons.hpp"

#include "encoders/elementary.hpp"

namespace saltus::training {

Neurons neurons_of(const proto::RecipeNeuron& neuron) {
    Neurons numbers;
    numbers.start = neuron.start();
    switch (neuron.family_case()) {
        case proto::RecipeNeuron::kLeaky:
            numbers.beta = neuron.leaky().beta();
            numbers.rest = neuron.leaky().rest();
            numbers.reset_to_zero = neuron.leaky().reset_to_zero();
            break;
        case proto::RecipeNeuron::kCurrentBased:
            numbers.alpha = neuron.current_based().alpha();
            numbers.gain = 1 - numbers.alpha;
            numbers.beta = neuron.current_based().beta();
            numbers.rest = neuron.current_based().rest();
            break;
        case proto::RecipeNeuron::kSeed: {
            const double m = portable_exp(-1 / neuron.seed().tau_m());
            const double s = portable_exp(-1 / neuron.seed().tau_s());
            numbers.seed = true;
            numbers.a1 = m + s;
            numbers.a2 = -m * s;
            numbers.b = m - s;
            numbers.trace = m;
            break;
        }
        default:
            numbers.reset_to_zero = neuron.integrate_and_fire().reset_to_zero();
            break;
    }
    return numbers;
}

}  // namespace saltus::training
