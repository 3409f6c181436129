#include "core/kernels.hpp"

#include <cstdlib>
#include <string_view>

namespace saltus::detail {

namespace {

const Kernels& choose() {
#if defined(__x86_64__)
    const char* const wanted = std::getenv("SALTUS_KERNELS");
    const std::string_view name = wanted == nullptr ? "" : wanted;
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi2");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("avx512dq");
    const bool vnni = avx512 && __builtin_cpu_supports("avx512vnni");
    if (vnni && name != "avx512" && name != "avx2" && name != "baseline") {
        return k_kernels_vnni;
    }
    if (avx512 && name != "avx2" && name != "baseline") {
        return k_kernels_avx512;
    }
    if (avx2 && name != "baseline") {
        return k_kernels_avx2;
    }
#endif
    return k_kernels_baseline;
}

}  // namespace

const Kernels& kernels() {
    static const Kernels& chosen = choose();
    return chosen;
}

}  // namespace saltus::detail
