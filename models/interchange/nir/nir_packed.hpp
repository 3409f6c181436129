// A NIR graph as bytes, from the process that reads it to the one that asked. Internal to
// models/interchange/nir.
#pragma once

#include <string>

#include "models/interchange/nir/nir_file.hpp"

namespace saltus::detail {

std::string packed(const NirGraph& graph);
NirGraph unpacked(const std::string& bytes);

}  // namespace saltus::detail
