// Whether a network fits this machine's memory. Internal to core.
#pragma once

#include <cstddef>

#include "core/network_spec.hpp"

namespace saltus::detail {

// ModelError if what compiling and running would allocate, roughly and from below, is more than the
// machine has. `number`: bytes of one number of the state.
void check_memory(const NetworkSpec& spec, std::size_t number);

}  // namespace saltus::detail
