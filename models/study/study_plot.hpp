// Accuracy against cost, a point for each row of a study, with what nobody beats joined and the
// rivals beside.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "models/picture/picture.hpp"
#include "models/study/study_summary.hpp"

namespace saltus {

// `energy`: joules by that energy model; absent: total operations. `cost`: what the axis is called.
// 174 mm wide (two columns of a paper). A study without labels, or whose points all failed, gives a
// picture that says so.
Picture study_plot(const StudySummary& summary,
                   std::optional<std::size_t> energy,
                   const std::string& cost);

}  // namespace saltus
