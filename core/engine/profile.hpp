// Where a simulator's time goes, by population. Internal to core; users ask for it by
// Simulator::set_profile.
#pragma once

#include <chrono>
#include <span>

#include "core/tick.hpp"

namespace saltus::detail {

// Adds the time from its making to its end to seconds[id]. Without a profile (an empty span) it
// costs one test. Scopes must not lie within each other: their time would count twice.
class ProfileScope {
  public:
    ProfileScope(std::span<double> seconds, PopulationId id)
        : seconds_(seconds.empty() ? nullptr : &seconds[id]) {
        if (seconds_ != nullptr) {
            began_ = Clock::now();
        }
    }

    ProfileScope(const ProfileScope&) = delete;
    ProfileScope& operator=(const ProfileScope&) = delete;

    ~ProfileScope() {
        if (seconds_ != nullptr) {
            *seconds_ += std::chrono::duration<double>(Clock::now() - began_).count();
        }
    }

  private:
    using Clock = std::chrono::steady_clock;

    double* seconds_;
    Clock::time_point began_;
};

}  // namespace saltus::detail
