// Builds models from folders of trained weights and writes them as .saltus files.
//
//   make_models WEIGHTS OUT [NAME...]
//
// WEIGHTS holds mnist_hybrid/, mnist_sparse/, workload_a/, workload_b/; without a NAME all are
// made.
#include "make_models.hpp"

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace {

namespace fs = std::filesystem;
using examples::Coding;

struct Recipe {
    std::string name;
    std::function<saltus::LoadedModel(const fs::path& weights)> build;
};

std::vector<Recipe> recipes() {
    const auto hybrid = [](Coding coding) {
        return [coding](const fs::path& w) {
            return examples::mnist_hybrid(w / "mnist_hybrid", coding);
        };
    };
    const auto sparse = [](const char* folder, Coding coding) {
        return [folder, coding](const fs::path& w) {
            return examples::mnist_sparse(w / "mnist_sparse" / folder, coding);
        };
    };
    return {
        {"mnist_hybrid_duplicate", hybrid(Coding::duplicate)},
        {"mnist_hybrid_latency", hybrid(Coding::latency)},
        {"mnist_hybrid_bernoulli", hybrid(Coding::bernoulli)},
        {"mnist_dup_T4_lam0.03_s0", sparse("mnist_dup_T4_lam0.03_s0", Coding::duplicate)},
        {"mnist_dup_T4_lam0.3_s0", sparse("mnist_dup_T4_lam0.3_s0", Coding::duplicate)},
        {"mnist_ttfs_T4_lam0.03_s0", sparse("mnist_ttfs_T4_lam0.03_s0", Coding::latency)},
        {"workload_a", [](const fs::path& w) { return examples::workload_a(w / "workload_a"); }},
        {"workload_b", [](const fs::path& w) { return examples::workload_b(w / "workload_b"); }},
    };
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "use: make_models WEIGHTS OUT [NAME...]; the names are\n");
        for (const Recipe& recipe : recipes()) {
            std::fprintf(stderr, "  %s\n", recipe.name.c_str());
        }
        return 2;
    }
    const fs::path out = argv[2];
    const std::vector<std::string> wanted(argv + 3, argv + argc);
    try {
        std::size_t made = 0;
        fs::create_directories(out);
        for (const Recipe& recipe : recipes()) {
            bool chosen = wanted.empty();
            for (const std::string& name : wanted) {
                chosen = chosen || name == recipe.name;
            }
            if (!chosen) {
                continue;
            }
            const fs::path file = out / (recipe.name + ".saltus");
            saltus::save_saltus(recipe.build(argv[1]), file);
            std::printf("%s\n", file.c_str());
            ++made;
        }
        if (made < wanted.size()) {
            std::fprintf(stderr, "make_models: a NAME that is not among the models\n");
            return 2;
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "make_models: %s\n", error.what());
        return 2;
    }
    return 0;
}
