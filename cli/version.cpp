#include "cli/version.hpp"

#include "saltus_version.hpp"

namespace saltus::cli {

std::string version_number() {
    return SALTUS_VERSION;
}

std::string version_line() {
#if defined(__clang__)
    const std::string compiler = "clang++ " __clang_version__;
#elif defined(__GNUC__)
    const std::string compiler = "g++ " __VERSION__;
#else
    const std::string compiler = "an unknown compiler";
#endif
    return "saltus " SALTUS_VERSION ", commit " SALTUS_COMMIT ", " + compiler;
}

}  // namespace saltus::cli
