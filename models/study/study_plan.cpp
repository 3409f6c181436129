#include "models/study/study_plan.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {

namespace {

constexpr std::uint64_t k_most_points = 1000000;

void check_paths(const StudyPlan& plan) {
    std::set<std::string> seen;
    for (const Setting& setting : plan.fixed) {
        if (!seen.insert(setting.path).second) {
            throw InputError("--set", '"' + setting.path + "\" twice", "each path once");
        }
    }
    for (const Axis& axis : plan.axes) {
        if (!seen.insert(axis.path).second) {
            throw InputError(
                "--scan", '"' + axis.path + "\" twice, or also in --set", "each path once");
        }
    }
}

std::uint64_t grid_size(const StudyPlan& plan) {
    std::uint64_t size = 1;
    for (const Axis& axis : plan.axes) {
        size *= axis.values.size();
        if (size * plan.repeats > k_most_points) {
            throw InputError("--scan", "a grid of more than a million points", "fewer values");
        }
    }
    return size;
}

// `count` of the numbers below `size`, ascending (Floyd's sampling; the standard library's
// distributions differ from one to the next, so numbers are taken by remainder).
std::vector<std::uint64_t> drawn(std::uint64_t size, std::uint64_t count, std::uint64_t seed) {
    std::mt19937_64 generator(seed);
    std::set<std::uint64_t> chosen;
    for (std::uint64_t k = size - count; k < size; ++k) {
        const std::uint64_t one = generator() % (k + 1);
        chosen.insert(chosen.contains(one) ? k : one);
    }
    return {chosen.begin(), chosen.end()};
}

std::vector<Setting> settings_at(const StudyPlan& plan, std::uint64_t place) {
    std::vector<Setting> settings(plan.axes.size());
    for (std::size_t k = plan.axes.size(); k-- > 0;) {
        const Axis& axis = plan.axes[k];
        settings[k] = {axis.path, axis.values[place % axis.values.size()]};
        place /= axis.values.size();
    }
    return settings;
}

}  // namespace

std::vector<StudyPoint> study_points(const StudyPlan& plan) {
    check_paths(plan);
    const std::uint64_t size = grid_size(plan);
    if (plan.random && (*plan.random == 0 || *plan.random > size)) {
        throw InputError("--random",
                         fmt::format("{}", *plan.random),
                         fmt::format("1 to {}, the points of the grid", size));
    }
    std::vector<std::uint64_t> places;
    if (plan.random) {
        places = drawn(size, *plan.random, plan.first_seed);
    } else {
        for (std::uint64_t place = 0; place < size; ++place) {
            places.push_back(place);
        }
    }
    std::vector<StudyPoint> points;
    for (const std::uint64_t place : places) {
        for (std::uint64_t r = 0; r < plan.repeats; ++r) {
            points.push_back({points.size(), settings_at(plan, place), plan.first_seed + r});
        }
    }
    return points;
}

}  // namespace saltus
