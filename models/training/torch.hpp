// libtorch, with the one namespace that the trainer writes. Precompiled: it takes 20 seconds to
// read.
#pragma once

#include <torch/torch.h>

namespace saltus::training {

using torch::Tensor;

}  // namespace saltus::training
