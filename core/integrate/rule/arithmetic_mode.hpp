// The floating-point mode of docs/semantics.md#arithmetic: round to nearest, denormals kept, no traps.
#pragma once

#include <cfenv>

namespace saltus::detail {

// Set while the engine runs on a thread, whatever mode the caller's libraries left; restored after.
class ArithmeticMode {
  public:
    ArithmeticMode() {
        std::fegetenv(&saved_);
        std::fesetenv(FE_DFL_ENV);
    }

    ArithmeticMode(const ArithmeticMode&) = delete;
    ArithmeticMode& operator=(const ArithmeticMode&) = delete;

    ~ArithmeticMode() { std::fesetenv(&saved_); }

  private:
    std::fenv_t saved_{};
};

}  // namespace saltus::detail
