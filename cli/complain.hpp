// What the programs say of a failure, and how they end.
#pragma once

#include <iostream>
#include <string>

namespace saltus::cli {

inline constexpr int k_done = 0;
inline constexpr int k_failed = 1;
inline constexpr int k_bad_input = 2;
inline constexpr int k_interrupted = 130;

// On standard error. Every line of a message with several faults says who speaks: "saltus".
inline void complain(const std::string& speaker, const std::string& text) {
    std::string line = speaker + ": ";
    for (const char c : text) {
        line += c;
        if (c == '\n') {
            line += speaker + ": ";
        }
    }
    std::cerr << line << '\n';
}

}  // namespace saltus::cli
