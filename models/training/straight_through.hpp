// A number in the forward pass, the gradient of another in the backward pass.
#pragma once

#include "models/training/torch.hpp"

namespace saltus::training {

// Returns `real`, bit for bit; its gradient goes to `smooth`, of the same shape.
Tensor straight_through(const Tensor& smooth, const Tensor& real);

}  // namespace saltus::training
