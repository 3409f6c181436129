#include "models/study/study_summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/energy/rivals.hpp"
#include "models/run/run_statistics.hpp"

#include "saltus/model.pb.h"

namespace saltus {

namespace {

// Sums over the runs of one row.
struct Gathered {
    StudyRow row;
    std::vector<double> accuracies;
    std::uint64_t right = 0;
    std::uint64_t labelled = 0;
};

void add(Gathered& to, const PointResult& result) {
    if (!result.error.empty()) {
        to.row.error = to.row.error.empty() ? result.error : to.row.error;
        return;
    }
    StudyRow& row = to.row;
    ++row.runs;
    row.total_operations += result.total_operations;
    row.macs += result.macs;
    row.acs += result.acs;
    row.spikes += result.spikes;
    row.ticks += result.ticks;
    row.joules.resize(result.joules.size());
    for (std::size_t k = 0; k < result.joules.size(); ++k) {
        row.joules[k] += result.joules[k];
    }
    row.labelled = result.labelled > 0;
    to.accuracies.push_back(result.accuracy());
    to.right = result.right;
    to.labelled = result.labelled;
}

void set_interval(Gathered& gathered) {
    StudyRow& row = gathered.row;
    const auto n = static_cast<double>(gathered.accuracies.size());
    for (const double accuracy : gathered.accuracies) {
        row.accuracy += accuracy / n;
    }
    if (gathered.accuracies.size() == 1) {
        const Proportion interval = wilson(gathered.right, gathered.labelled);
        row.low = interval.low;
        row.high = interval.high;
        return;
    }
    double squares = 0;
    for (const double accuracy : gathered.accuracies) {
        squares += (accuracy - row.accuracy) * (accuracy - row.accuracy);
    }
    const double half =
        student_quantile(gathered.accuracies.size()) * std::sqrt(squares / (n - 1) / n);
    row.low = row.accuracy - half;
    row.high = row.accuracy + half;
}

void finish(Gathered& gathered) {
    StudyRow& row = gathered.row;
    if (row.runs == 0) {
        return;
    }
    const auto n = static_cast<double>(row.runs);
    for (double* const sum :
         {&row.total_operations, &row.macs, &row.acs, &row.spikes, &row.ticks}) {
        *sum /= n;
    }
    for (double& joules : row.joules) {
        joules /= n;
    }
    if (row.labelled) {
        set_interval(gathered);
    }
}

void mark_best(std::vector<StudyRow>& rows) {
    std::vector<StudyRow*> order;
    for (StudyRow& row : rows) {
        if (row.runs > 0 && row.labelled) {
            order.push_back(&row);
        }
    }
    std::stable_sort(order.begin(), order.end(), [](const StudyRow* a, const StudyRow* b) {
        return a->total_operations < b->total_operations ||
               (a->total_operations == b->total_operations && a->accuracy > b->accuracy);
    });
    double most = -1;
    for (StudyRow* const row : order) {
        row->best = row->accuracy > most;
        most = std::max(most, row->accuracy);
    }
}

}  // namespace

double student_quantile(std::uint64_t n) {
    // Of n - 1 degrees of freedom, two-sided.
    constexpr std::array<double, 29> k_quantiles = {
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
        2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
        2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045};
    return n < 2                        ? 0
           : n - 2 < k_quantiles.size() ? k_quantiles[n - 2]
                                        : 1.960 + 2.4 / static_cast<double>(n - 1);
}

StudySummary summarise_study(const StudyJob& job,
                             const std::map<std::size_t, PointResult>& results) {
    StudySummary summary;
    std::vector<Gathered> gathered;
    for (const auto& [number, result] : results) {
        summary.failed += result.error.empty() ? 0 : 1;
        // Seeds follow each other.
        if (gathered.empty() || gathered.back().row.settings != result.point.settings) {
            gathered.emplace_back();
            gathered.back().row.point = number;
            gathered.back().row.settings = result.point.settings;
        }
        add(gathered.back(), result);
    }
    for (Gathered& one : gathered) {
        finish(one);
        summary.rows.push_back(one.row);
    }
    mark_best(summary.rows);
    for (const proto::Baseline& baseline : job.model->message().baselines()) {
        StudyRival rival;
        rival.kind = baseline.kind();
        rival.accuracy = baseline.samples() == 0 ? 0
                                                 : static_cast<double>(baseline.right()) /
                                                       static_cast<double>(baseline.samples());
        rival.macs = baseline.effective_macs_per_sample();
        for (const EnergyModel& model : job.energy) {
            rival.joules.push_back(rival_joules(model, weight_width(*job.model), baseline));
        }
        summary.rivals.push_back(rival);
    }
    return summary;
}

}  // namespace saltus
