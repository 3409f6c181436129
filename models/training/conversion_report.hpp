// Why a spiking layer's rate is not its activation: the error of each layer, split by cause.
//
// With n the layer's whole input in thresholds, as it really arrived, and N its spikes, both over a
// presentation of T ticks:
//
//   max(0, n) - N  =  [max(0, n) - clip(n, 0, most)]          clipping: more than a spike a tick
//                   + [clip(n, 0, most) - Q(n)]               quantisation: Q(n) = clip(floor(n + start), 0, most)
//                   + [Q(n) - N]                              unevenness: the order in which input came
//
// most = T; without limit in burst execution. Each is the mean of its absolute value over neurons
// and samples, as a share of the mean of max(0, n).
// Source of the three terms: Bu et al. 2022 (arXiv 2303.04347).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/training/trainer.hpp"

namespace saltus::training {

struct LayerConversion {
    std::string name;
    double mean_count = 0;  // of max(0, n): spikes that the activation asks for
    double clipping = 0;    // shares of it
    double quantisation = 0;
    double unevenness = 0;
    // The least horizon, at most 64 ticks, and the percentile for its threshold, at which clipping
    // and quantisation together are at most a fifth of what they are; absent: none, or nothing to
    // remove.
    std::optional<std::int64_t> horizon;
    double percentile = 0;
};

// Of the spiking layers that fire, on at most `samples` validation samples (of the training set where
// none are held out).
std::vector<LayerConversion> explain_conversion(Trainer& trainer, std::uint64_t samples = 1000);

}  // namespace saltus::training
