#include "tests/bench/workloads/workload.hpp"

namespace saltus::bench {

Memory Workload::memory(unsigned /*threads*/) {
    throw InputError("memory", "this workload", "A or B");
}

std::unique_ptr<Workload> make_workload(const Request& request) {
    using Maker = std::unique_ptr<Workload> (*)(const Request&);

    struct Named {
        const char* name;
        Maker make;
    };

    constexpr Named makers[] = {
        {"A", make_mnist_mlp},
        {"B", make_conv_net},
        {"C", make_cuba},
        {"C-fine", make_cuba},
        {"C2", make_large_cuba},
        {"D", make_study},
        {"F", make_sparsity},
        {"G", make_large},
        {"H", make_queue_load},
        {"I", make_fly_scale},
    };
    for (const Named& maker : makers) {
        if (request.workload == maker.name) {
            return maker.make(request);
        }
    }
    throw InputError("workload", request.workload, "A to I");
}

}  // namespace saltus::bench
