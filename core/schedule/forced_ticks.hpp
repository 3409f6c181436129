// Whether the environment forbids the layer-by-layer schedule, for tests and measurements. Internal
// to core.
#pragma once

namespace saltus::detail {

// What a value of SALTUS_SCHEDULE asks for: "ticks", or nothing (nullptr or empty). InputError for
// any other.
bool forces_ticks(const char* value);

// The same of the environment, which is read once a process.
bool ticks_are_forced();

}  // namespace saltus::detail
