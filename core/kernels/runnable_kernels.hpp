// The tables of kernels.hpp that this processor runs, the slowest first. Apart from them: what
// includes kernels.hpp for one instruction set is to see nothing of the standard library that may
// be compiled for it. Internal to core.
#pragma once

#include <vector>

#include "core/kernels/kernels.hpp"

namespace saltus::detail {

std::vector<const Kernels*> runnable_kernels();

}  // namespace saltus::detail
