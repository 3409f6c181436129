// What a study found: its points with repeats taken together, with intervals, and which of them
// nobody beats.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/study/study_runner.hpp"

namespace saltus {

// One combination of settings, over its seeds.
struct StudyRow {
    std::size_t point = 0;  // number of its first
    std::vector<Setting> settings;
    std::uint64_t runs = 0;  // without those that failed
    std::string error;       // of the first that failed; empty: none did
    double accuracy = 0;     // mean over runs
    // At 95 %: of one run Wilson's interval over its samples, of several Student's over the runs.
    double low = 0;
    double high = 0;
    bool labelled = false;
    double total_operations = 0;
    double macs = 0;
    double acs = 0;
    double spikes = 0;
    double ticks = 0;
    std::vector<double> joules;
    bool best = false;  // no other row is as accurate with as few operations
};

struct StudyRival {
    std::string kind;
    double accuracy = 0;
    double macs = 0;
    std::vector<std::optional<double>>
        joules;  // by energy model; absent: no price for artificial layers
};

struct StudySummary {
    std::vector<StudyRow> rows;  // in the order of points
    std::vector<StudyRival> rivals;
    std::uint64_t failed = 0;  // points
};

// 1 - alpha = 95 %: half the width of Student's interval is this times the standard error of n
// values.
double student_quantile(std::uint64_t n);

StudySummary summarise_study(const StudyJob& job,
                             const std::map<std::size_t, PointResult>& results);

}  // namespace saltus
