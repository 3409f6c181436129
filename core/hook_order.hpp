// How far apart populations may run: what a hook that puts their packets together can rely on.
#pragma once

#include "core/tick.hpp"

namespace saltus {

// A packet of tick t is shown after all packets, of any population, of ticks t - k_most_hook_lag
// and before.
inline constexpr Tick k_most_hook_lag = 128;

}  // namespace saltus
