#include "core/schedule/forced_ticks.hpp"

#include <cstdlib>
#include <string>

#include "core/error.hpp"

namespace saltus::detail {

bool forces_ticks(const char* value) {
    const std::string name = value != nullptr ? value : "";
    if (!name.empty() && name != "ticks") {
        throw InputError("SALTUS_SCHEDULE", '"' + name + '"', "ticks, or nothing");
    }
    return !name.empty();
}

bool ticks_are_forced() {
    static const bool forced = forces_ticks(std::getenv("SALTUS_SCHEDULE"));
    return forced;
}

}  // namespace saltus::detail
