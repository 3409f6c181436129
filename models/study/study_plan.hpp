// Which points a study has: a grid, or a random part of it, each with every seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/study/settings.hpp"

namespace saltus {

// Not a model's number: samples end as soon as the readout's lead reaches it (exit_watch.hpp).
inline constexpr const char* k_exit_margin = "exit.margin";

struct StudyPlan {
    std::vector<Axis> axes;
    std::vector<Setting> fixed;  // the same at every point
    std::uint64_t first_seed = 0;
    std::uint64_t repeats = 1;            // seeds first_seed, first_seed + 1, ...
    std::optional<std::uint64_t> random;  // so many combinations of the grid, drawn without return
};

struct StudyPoint {
    std::size_t number = 0;  // from 0, in the order of the grid: the last axis fastest, then seeds
    std::vector<Setting> settings;  // of the axes, in their order
    std::uint64_t seed = 0;
};

// Throws InputError naming --scan for a path in two axes or also fixed, and --random for more than
// the grid has. At most 1,000,000 points. The random part is drawn by a generator of its own from
// first_seed, and is the same everywhere.
std::vector<StudyPoint> study_points(const StudyPlan& plan);

}  // namespace saltus
