#include "models/training/straight_through.hpp"

namespace saltus::training {

namespace {

class StraightThrough : public torch::autograd::Function<StraightThrough> {
  public:
    static Tensor forward(torch::autograd::AutogradContext* /*context*/,
                          const Tensor& /*smooth*/,
                          const Tensor& real) {
        return real.clone();
    }

    static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* /*context*/,
                                                 torch::autograd::tensor_list gradients) {
        return {gradients[0], Tensor()};
    }
};

}  // namespace

Tensor straight_through(const Tensor& smooth, const Tensor& real) {
    return StraightThrough::apply(smooth, real.detach());
}

}  // namespace saltus::training
