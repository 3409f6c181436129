// Which of the engine's paths random networks take, style by style. A path that hardly any network
// takes is hardly tested, however many networks there are.
#pragma once

#include <bitset>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/integrate/paths.hpp"

namespace reference {

// Those that one network takes, however it is run.
class TakenPaths {
  public:
    void add(const saltus::detail::PathCounts& counts);

    [[nodiscard]] bool has(std::size_t path) const { return taken_[path]; }

  private:
    std::bitset<saltus::detail::k_engine_paths> taken_;
};

class PathShares {
  public:
    // One more network of a style.
    void add(const std::string& style, const TakenPaths& taken);

    // The paths that less than one in twenty networks of each style take, one a line with how many
    // do; those left out that cannot be taken by this process's kernels and schedule. Of fewer than
    // 300 networks in all nothing is asked: a path that one in ten takes may lack by chance.
    [[nodiscard]] std::vector<std::string> seldom() const;

    // Every path and how many networks of each style take it.
    [[nodiscard]] std::string table() const;

  private:
    struct Style {
        std::size_t networks = 0;
        std::size_t taken[saltus::detail::k_engine_paths] = {};
    };

    [[nodiscard]] std::string line(std::size_t path) const;

    std::map<std::string, Style> styles_;
};

}  // namespace reference
