// A model that loaded is compiled and runs one sample, if it is small enough for a fuzzer's
// patience.
#pragma once

#include "models/model.hpp"

namespace saltus::fuzz {

// Throws ModelError or InputError as the library does.
void run_model(const LoadedModel& model);

}  // namespace saltus::fuzz
