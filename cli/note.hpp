// A remark beside the results, on standard error.
#pragma once

#include <iostream>
#include <string>

namespace saltus::cli {

inline void say_note(const std::string& text) {
    std::cerr << "saltus: note: " + text + '\n';
}

// What models/run/workers.hpp tells.
inline void say_short_of_threads(const std::string& what) {
    say_note(what + "; the work goes on with those there are, the results are the same");
}

}  // namespace saltus::cli
