// A number that tells one model from another: in a trace, so that who replays a sample knows that
// the model is the same.
#pragma once

#include <string>

#include "models/model.hpp"

namespace saltus {

// XXH3-128, 32 hex digits, of the model's message and of the numbers of those tensors whose checksum
// the message does not hold. Equal for the same file; a .textproto and the .saltus made of it differ.
// Cost: of a .saltus, that of its header.
std::string model_digest(const LoadedModel& model);

}  // namespace saltus
