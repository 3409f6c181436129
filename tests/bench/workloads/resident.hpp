// What this process holds in memory, as the system counts it.
#pragma once

#include <string>

namespace saltus::bench {

// A line of /proc/self/status ("VmRSS", "VmHWM") in bytes; 0 where there is none.
double status_bytes(const std::string& name);

}  // namespace saltus::bench
