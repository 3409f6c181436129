// Inputs whose numbers are far from what models are trained on: pixels of 0 to 255 where 0 to 1
// were meant, or the other way round.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/model.hpp"

namespace saltus::cli {

// One line an input whose largest magnitude after `divide_by` is under 0.02 or over 20 in the first
// 64 of these samples; inputs of spikes, and those with a mean or deviation, are left alone.
// `sets`: one a model input, in order.
std::vector<std::string> scale_notes(const LoadedModel& model,
                                     std::span<const DataSet* const> sets,
                                     std::span<const std::uint64_t> samples);

}  // namespace saltus::cli
