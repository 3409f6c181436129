#include "tests/bench/workloads/resident.hpp"

#include <cstdlib>
#include <fstream>

namespace saltus::bench {

double status_bytes(const std::string& name) {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with(name + ":")) {
            return std::strtod(line.c_str() + name.size() + 1, nullptr) * 1024;
        }
    }
    return 0;
}

}  // namespace saltus::bench
