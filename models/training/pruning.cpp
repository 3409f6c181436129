#include "models/training/pruning.hpp"

#include <algorithm>
#include <cmath>

namespace saltus::training {

namespace {

// The magnitude up to which a share of the weights is pruned; below 0: none.
double limit_of(const Tensor& magnitudes, double share) {
    const auto count =
        static_cast<std::int64_t>(std::llround(share * static_cast<double>(magnitudes.numel())));
    if (count == 0) {
        return -1;
    }
    return std::get<0>(magnitudes.flatten().kthvalue(count)).item<double>();
}

void mask(StageParameters& p, double limit) {
    const Tensor kept = (p.weight.detach().abs() > limit).to(torch::kFloat32);
    p.mask = p.mask.defined() ? p.mask * kept : kept;
}

}  // namespace

double pruned_share(const proto::Pruning& pruning, double share, double p) {
    if (p >= pruning.until()) {
        return share;
    }
    const double done =
        std::max(0.0, (p - pruning.from()) / std::max(1e-9, pruning.until() - pruning.from()));
    return share * (1 - std::pow(1 - done, 3));
}

bool prunes(const HybridNetwork& network) {
    return std::any_of(network.stages().begin(), network.stages().end(), [](const Stage& stage) {
        return stage.prune > 0;
    });
}

void prune(HybridNetwork& network, double p) {
    const torch::NoGradGuard guard;
    const proto::Pruning& pruning = network.recipe().pruning();
    if (p < pruning.from() || !prunes(network)) {
        return;
    }
    const bool global = pruning.scope() == proto::Pruning::Scope::global;
    std::vector<Tensor> magnitudes;
    for (std::size_t k = 0; global && k < network.stages().size(); ++k) {
        if (network.stages()[k].prune > 0) {
            magnitudes.push_back(network.parameters(k).weight.detach().abs().flatten());
        }
    }
    const double of_all =
        global ? limit_of(torch::cat(magnitudes), pruned_share(pruning, pruning.share(), p)) : -1;
    for (std::size_t k = 0; k < network.stages().size(); ++k) {
        const Stage& stage = network.stages()[k];
        StageParameters& parameters = network.parameters(k);
        if (stage.prune > 0) {
            mask(parameters,
                 global ? of_all
                        : limit_of(parameters.weight.detach().abs(),
                                   pruned_share(pruning, stage.prune, p)));
        }
    }
    network.keep_valid();
    network.forget_fan_outs();
}

}  // namespace saltus::training
