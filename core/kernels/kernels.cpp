#include "core/kernels/kernels.hpp"

#include <cstdlib>
#include <string_view>

#include "core/kernels/runnable_kernels.hpp"

namespace saltus::detail {

std::vector<const Kernels*> runnable_kernels() {
    std::vector<const Kernels*> all = {&k_kernels_baseline};
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi2")) {
        return all;
    }
    all.push_back(&k_kernels_avx2);
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq")) {
        return all;
    }
    all.push_back(&k_kernels_avx512);
    if (__builtin_cpu_supports("avx512vnni")) {
        all.push_back(&k_kernels_vnni);
    }
#endif
    return all;
}

namespace {

const Kernels& choose() {
    const std::vector<const Kernels*> all = runnable_kernels();
    const char* const wanted = std::getenv("SALTUS_KERNELS");
    for (const Kernels* table : all) {
        if (wanted != nullptr && std::string_view(wanted) == table->name) {
            return *table;
        }
    }
    return *all.back();
}

}  // namespace

const Kernels& kernels() {
    static const Kernels& chosen = choose();
    return chosen;
}

}  // namespace saltus::detail
