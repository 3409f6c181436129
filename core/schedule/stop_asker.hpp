// When long work asks whether it is to stop. Internal to core.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "core/error.hpp"

namespace saltus::detail {

// Asks so seldom that it is not felt, and so often that a second is not reached: counted, not
// timed.
class StopAsker {
  public:
    StopAsker() = default;

    explicit StopAsker(std::function<bool()> stop) : stop_(std::move(stop)) {}

    // Call once a wake-up, or for `steps` short ones, with the bytes touched so far. Throws Stopped
    // if it is to stop.
    void pass(std::uint32_t steps, std::uint64_t bytes) {
        if (stop_) {
            steps_ += steps;
            if (steps_ >= k_steps || bytes - bytes_ >= k_bytes) {
                bytes_ = bytes;
                ask();
            }
        }
    }

    // The same of work that touches little.
    void pass(std::uint32_t steps) { pass(steps, bytes_); }

  private:
    static constexpr std::uint32_t k_steps = 64;
    static constexpr std::uint64_t k_bytes = std::uint64_t{1} << 25;

    void ask() {
        steps_ = 0;
        if (stop_()) {
            throw Stopped();
        }
    }

    std::function<bool()> stop_;
    std::uint32_t steps_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace saltus::detail
