// What a study leaves for people: report.md, report.html (one page, no network), report.tex with
// report.bib, and a plot for each cost, all made anew from its results.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/study/study_log.hpp"
#include "models/study/study_summary.hpp"

namespace saltus {

// How much of the spread of accuracy an axis alone explains: the variance of its values' means over
// the variance of all rows, 0 to 1 (main effects; the rest is other axes and their interplay).
struct AxisEffect {
    std::string path;
    double share = 0;
};

// Of axes with at least two values among the rows; empty where accuracy does not vary.
std::vector<AxisEffect> axis_effects(const std::vector<StudyRow>& rows);

// The command that makes one row again.
std::string row_command(const StudyIdentity& identity, const StudyRow& row);

// Each file whole or not at all. Throws as AtomicFile does.
void write_study_reports(const std::filesystem::path& folder,
                         const StudyIdentity& identity,
                         const std::vector<EnergyModel>& energy,
                         const StudySummary& summary);

// The texts, for tests.
std::string study_markdown(const StudyIdentity& identity,
                           const std::vector<EnergyModel>& energy,
                           const StudySummary& summary);
std::string study_latex(const StudyIdentity& identity,
                        const std::vector<EnergyModel>& energy,
                        const StudySummary& summary);
std::string study_page(const StudyIdentity& identity,
                       const std::vector<EnergyModel>& energy,
                       const StudySummary& summary);

}  // namespace saltus
