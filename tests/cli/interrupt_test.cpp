#include "cli/interrupt.hpp"

#include <csignal>

#include <doctest/doctest.h>

namespace saltus::cli {

TEST_CASE("interrupt: the first signal sets the flag and ends nothing") {
    CHECK_FALSE(interrupted());
    stop_if_interrupted();
    watch_interrupts();
    std::raise(SIGINT);
    CHECK(interrupted());
    CHECK_THROWS_AS(stop_if_interrupted(), Interrupted);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

}  // namespace saltus::cli
