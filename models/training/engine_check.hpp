// The saved network run by the event-driven engine on a data set, held against what the trainer's
// own forward pass said of the same samples.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/model.hpp"
#include "models/run/run_statistics.hpp"

namespace saltus::training {

struct EngineCheck {
    RunReport report;
    std::uint64_t samples = 0;
    std::uint64_t right = 0;
    std::uint64_t other_predictions = 0;  // than the trainer's
    bool agrees = false;
};

// Points of accuracy within which a trainer and the engine agree.
inline constexpr double k_agreement_points = 0.1;

// `predictions`: the trainer's, of the first samples of the set. `random`: the coding draws numbers,
// and not the same ones; then the difference may also be three standard deviations of what
// other_predictions changed samples make by chance. `stop`: polled; once true, throws Stopped.
EngineCheck check_by_engine(const LoadedModel& model,
                            const DataSet& set,
                            const std::vector<std::int64_t>& predictions,
                            std::uint64_t trainer_right,
                            bool random,
                            unsigned threads,
                            const std::function<bool()>& stop);

}  // namespace saltus::training
