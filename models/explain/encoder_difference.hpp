// Whether two models' encoders code otherwise. Internal to models/explain.
#pragma once

#include <string>

#include "models/pipeline.hpp"

namespace saltus {

// "the encoder in is latency in the first, bernoulli in the second", or another number of one
// coding, of an encoder from which the population is reached (or that it is); empty: they code the
// same. Both models have the same populations.
std::string encoder_difference(PopulationId population, const Pipeline& a, const Pipeline& b);

}  // namespace saltus
