#include "core/kernels/kernels.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "core/error.hpp"
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

const Kernels& kernels_for(const char* value) {
    constexpr std::string_view k_known[] = {"baseline", "avx2", "avx512", "vnni"};
    const std::vector<const Kernels*> all = runnable_kernels();
    const std::string_view name = value != nullptr ? value : "";
    if (name.empty()) {
        return *all.back();
    }
    for (const Kernels* table : all) {
        if (name == table->name) {
            return *table;
        }
    }
    if (std::find(std::begin(k_known), std::end(k_known), name) == std::end(k_known)) {
        throw InputError("SALTUS_KERNELS",
                         '"' + std::string(name) + '"',
                         "baseline, avx2, avx512, vnni, or nothing");
    }
    return *all.back();
}

const Kernels& kernels() {
    static const Kernels& chosen = kernels_for(std::getenv("SALTUS_KERNELS"));
    return chosen;
}

}  // namespace saltus::detail
