// The tables of kernels.hpp that this processor runs, the slowest first. Apart from them: what
// includes kernels.hpp for one instruction set is to see nothing of the standard library that may
// be compiled for it. Internal to core.
#pragma once

#include <vector>

#include "core/kernels/kernels.hpp"

namespace saltus::detail {

std::vector<const Kernels*> runnable_kernels();

// The table that a value of SALTUS_KERNELS asks for: the one of that name, or the fastest if there
// is no value (nullptr or empty), or if this processor lacks it. InputError for a name that no
// table has.
const Kernels& kernels_for(const char* value);

}  // namespace saltus::detail
