#include "models/interchange/nir/nir_sums.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus::detail {

namespace {

using Extents = std::vector<std::uint64_t>;

}  // namespace

Extents population_shape(Extents shape) {
    return shape.size() == 2 ? Extents{shape[0], 1, shape[1]} : shape.empty() ? Extents{1} : shape;
}

NirSums::NirSums(const NirGraph& graph, std::string file)
    : graph_(graph), file_(std::move(file)), before_(graph.nodes.size()) {
    for (const auto& [from, to] : graph.edges) {
        before_[to].push_back(from);
    }
}

void NirSums::set_shape(std::size_t node, Extents shape) {
    shapes_[node] = std::move(shape);
}

Extents NirSums::shape_of(std::size_t k) {
    if (const auto known = shapes_.find(k); known != shapes_.end()) {
        return known->second;
    }
    const NirNode& node = graph_.nodes[k];
    Extents stated;
    for (const auto& [name, array] : node.fields) {
        if (array.numbers.size() > 1 && array.shape.size() > stated.size()) {
            stated = array.shape;
        }
    }
    if (!stated.empty()) {
        return shapes_[k] = population_shape(stated);
    }
    if (!asked_.insert(k).second) {
        throw ModelError(file_ + ": " + node.name,
                         "a loop in which nobody states a shape",
                         "numbers one a neuron");
    }
    const NirSum sum = arriving(k);
    asked_.erase(k);
    return shapes_[k] = population_shape(sum.shape);
}

NirSum NirSums::arriving(std::size_t k) {
    std::vector<NirSum> sums;
    for (const std::size_t from : before_[k]) {
        sums.push_back(leaving(from));
    }
    return together(sums, file_, graph_.nodes[k].name);
}

NirSum NirSums::leaving(std::size_t k) {
    const NirNode& node = graph_.nodes[k];
    if (node.type == "Input" || has_state(node.type)) {
        NirPath path;
        path.source = k;
        path.shape = shape_of(k);
        NirSum sum;
        sum.shape = path.shape;
        sum.paths.push_back(std::move(path));
        return sum;
    }
    if (const auto known = stateless_.find(k); known != stateless_.end()) {
        return known->second;
    }
    if (!asked_.insert(k).second) {
        throw ModelError(
            file_ + ": " + node.name, "a loop of nodes without state", "neurons in it");
    }
    NirSum sum = behind(node, arriving(k), file_);
    asked_.erase(k);
    return stateless_[k] = std::move(sum);
}

std::vector<Tick> ticks_of_path(const NirPath& path, double tick, std::vector<std::string>& notes) {
    std::vector<Tick> ticks;
    for (const double seconds : path.seconds) {
        const double exact = seconds / tick;
        const double whole = std::nearbyint(exact);
        if (!(whole <= 9007199254740992.0)) {
            throw ModelError("delay", fmt::format("{} s", seconds), "fewer than 2^53 ticks");
        }
        if (std::abs(exact - whole) > 1e-6 * std::max(1.0, exact)) {
            notes.push_back(fmt::format(
                "a delay of {} s is {:.6g} ticks, and is rounded to {}", seconds, exact, whole));
        }
        ticks.push_back(static_cast<Tick>(whole));
    }
    return ticks.empty() ? std::vector<Tick>{0} : ticks;
}

NirDelays nir_delays(const NirGraph& graph,
                     const std::map<std::size_t, NirSum>& sums,
                     double tick,
                     std::vector<std::string>& notes) {
    NirDelays delays;
    for (const auto& [k, sum] : sums) {
        for (std::size_t j = 0; j < sum.paths.size(); ++j) {
            delays[{k, j}] = ticks_of_path(sum.paths[j], tick, notes);
        }
    }
    std::map<std::size_t, std::vector<std::pair<std::size_t, std::size_t>>>
        targets;  // target, path
    for (const auto& [place, ticks] : delays) {
        const auto& [target, path] = place;
        if (*std::min_element(ticks.begin(), ticks.end()) == 0) {
            targets[sums.at(target).paths[path].source].emplace_back(target, path);
        }
    }
    std::map<std::size_t, int> state;  // 1: its targets are being looked at, 2: done
    std::vector<std::size_t> starts;
    for (std::size_t k = 0; k < graph.nodes.size(); ++k) {
        if (graph.nodes[k].type == "Input") {
            starts.push_back(k);
        }
    }
    for (const auto& [k, sum] : sums) {
        starts.push_back(k);
    }
    for (const std::size_t start : starts) {
        std::vector<std::pair<std::size_t, std::size_t>> stack;  // node, next target
        if (state[start] == 0) {
            state[start] = 1;
            stack.emplace_back(start, 0);
        }
        while (!stack.empty()) {
            auto& [node, next] = stack.back();
            const auto& list = targets[node];
            if (next == list.size()) {
                state[node] = 2;
                stack.pop_back();
                continue;
            }
            const auto [target, path] = list[next++];
            if (state[target] == 1) {
                for (Tick& ticks : delays[{target, path}]) {
                    ticks += 1;
                }
                notes.push_back(fmt::format("{} -> {} closes a loop and arrives a tick later",
                                            graph.nodes[node].name,
                                            graph.nodes[target].name));
            } else if (state[target] == 0) {
                state[target] = 1;
                stack.emplace_back(target, 0);
            }
        }
    }
    return delays;
}

}  // namespace saltus::detail
