// A few things that were read last. Internal to models/trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <utility>

namespace saltus::detail {

// By number; the one used longest ago goes first. Cost: a walk over all; for a few.
template <class T>
class Kept {
  public:
    explicit Kept(std::size_t most) : most_(most) {}

    T* find(std::uint64_t key) {
        for (auto at = all_.begin(); at != all_.end(); ++at) {
            if (at->first == key) {
                all_.splice(all_.begin(), all_, at);
                return &all_.front().second;
            }
        }
        return nullptr;
    }

    T& put(std::uint64_t key, T value) {
        if (all_.size() == most_) {
            all_.pop_back();
        }
        all_.emplace_front(key, std::move(value));
        return all_.front().second;
    }

    void drop_oldest() { all_.pop_back(); }

    [[nodiscard]] const std::list<std::pair<std::uint64_t, T>>& all() const { return all_; }

  private:
    std::size_t most_;
    std::list<std::pair<std::uint64_t, T>> all_;
};

}  // namespace saltus::detail
