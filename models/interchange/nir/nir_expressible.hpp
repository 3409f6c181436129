// What NIR can say of a model, and by which convention a reader gets the same network. Internal to
// models/interchange/nir.
#pragma once

#include <string>
#include <vector>

#include "models/model.hpp"

namespace saltus::detail {

struct NirWords {
    std::string dialect;
    std::vector<std::string> assumptions;  // over the dialect's own
    std::vector<std::string> notes;        // what is cut off
};

// Throws ModelError with every part that NIR cannot say. `spec`: the model's spiking part.
NirWords check_expressible(const LoadedModel& model, const NetworkSpec& spec, bool spiking_part);

}  // namespace saltus::detail
