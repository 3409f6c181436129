// Draws from a seed that are the same on every machine and standard library (SplitMix64, Steele et
// al. 2014).
#pragma once

#include <cstdint>
#include <initializer_list>

namespace reference {

class Draw {
  public:
    explicit Draw(std::uint64_t seed) : state_(seed) {}

    std::uint64_t word() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

    // In [low, high].
    int integer(int low, int high) {
        return low + static_cast<int>(word() % static_cast<std::uint64_t>(high - low + 1));
    }

    // In [0, 1).
    double unit() { return static_cast<double>(word() >> 11U) * 0x1p-53; }

    bool chance(double p) { return unit() < p; }

    template <class T>
    T one_of(std::initializer_list<T> choices) {
        return choices.begin()[integer(0, static_cast<int>(choices.size()) - 1)];
    }

  private:
    std::uint64_t state_;
};

}  // namespace reference
