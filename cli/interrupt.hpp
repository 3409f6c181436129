// Ctrl-C. The first SIGINT or SIGTERM only sets a flag, which long work polls between samples, so
// that no file is left half written; a second one ends the program at once.
#pragma once

#include <exception>

namespace saltus::cli {

// Thrown by whoever stops for the flag; main turns it into exit code 130.
class Interrupted final : public std::exception {
  public:
    [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

// Installs the handlers. Called once, by main, before any thread starts.
void watch_interrupts();

// True from the first signal on. Safe from any thread; costs one relaxed load.
[[nodiscard]] bool interrupted() noexcept;

// Throws Interrupted if the flag is set.
void stop_if_interrupted();

}  // namespace saltus::cli
