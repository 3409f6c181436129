// Simulates the points of a study on several threads; each point on one thread, so that nothing
// depends on how many there are.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/energy/energy_model.hpp"
#include "models/model.hpp"
#include "models/run/workers.hpp"
#include "models/study/study_plan.hpp"

namespace saltus {

// What a point came to; means a sample. The same bits on every machine and any number of threads.
struct PointResult {
    StudyPoint point;
    std::string error;  // one line; empty: it ran. Nothing below is then known
    std::uint64_t samples = 0;
    std::uint64_t failed = 0;  // samples that failed, and count for nothing below
    std::uint64_t labelled = 0;
    std::uint64_t right = 0;
    double ticks = 0;
    double total_operations = 0;  // effective MACs and ACs
    double macs = 0;              // of these
    double acs = 0;
    double spikes = 0;  // of neurons
    double encoder_spikes = 0;
    std::vector<double> joules;  // by energy model

    [[nodiscard]] double accuracy() const {
        return labelled == 0 ? 0 : static_cast<double>(right) / static_cast<double>(labelled);
    }
};

struct StudyJob {
    const LoadedModel* model = nullptr;
    std::vector<const DataSet*> inputs;  // one a model input, in order
    const DataSet* labels = nullptr;     // nullptr: none
    std::vector<std::uint64_t> samples;  // ascending
    std::vector<Setting> fixed;
    std::vector<EnergyModel> energy;
    unsigned threads = 1;
    SayShortage short_of_threads = {};
};

// Throws ModelError with what is wrong with the points, before one is run (some ten faults, each
// once): unknown paths, values out of range, windows beyond a horizon.
void check_points(const StudyJob& job, const std::vector<StudyPoint>& points);

// `points` in any order; those that differ in exit.margin alone are one simulation. `finished`:
// called by one thread at a time, as points end. A point that cannot be run is a result with an
// error. `stop`: polled; points under way are dropped.
void run_points(const StudyJob& job,
                const std::vector<StudyPoint>& points,
                const std::function<void(PointResult&&)>& finished,
                const std::function<bool()>& stop);

}  // namespace saltus
