// Which --data or --events feeds which input of a model: WHERE alone, or NAME=WHERE where a model
// has several inputs of the kind.
#pragma once

#include <string>
#include <vector>

#include "models/model.hpp"

namespace saltus::cli {

// One WHERE an input, in order; empty: none was given. An argument that begins with an input's name
// and '=' is for that input (a file of such a name: ./NAME=...), any other one is a place as it
// stands. Throws InputError, naming the inputs, for a name that the model has not, two arguments
// for one input, one for several, and those of the wrong kind.
std::vector<std::string> assign_inputs(const std::vector<ModelInput>& inputs,
                                       const std::vector<std::string>& data,
                                       const std::vector<std::string>& events);

}  // namespace saltus::cli
