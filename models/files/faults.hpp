// Gathers what is wrong with a file, so that all of it is reported at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace saltus {

class Faults {
  public:
    // `origin`: the file, in front of every path.
    explicit Faults(std::string origin) : origin_(std::move(origin)) {}

    void add(const std::string& path, std::string found, std::string needed) {
        // A hostile file may be wrong in millions of places; the first hundred are enough to read.
        if (list_.size() < 100) {
            list_.push_back({at(path), std::move(found), std::move(needed)});
        }
    }

    // "model.textproto: nodes[2]"
    [[nodiscard]] std::string at(const std::string& path) const { return origin_ + ": " + path; }

    [[nodiscard]] const std::string& origin() const { return origin_; }

    [[nodiscard]] bool any() const { return !list_.empty(); }

    void throw_if_any() const {
        if (any()) {
            throw ModelError(list_);
        }
    }

  private:
    std::string origin_;
    std::vector<Fault> list_;
};

}  // namespace saltus
