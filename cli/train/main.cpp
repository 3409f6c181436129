// The `saltus-train` program: what `saltus train` and `saltus explain-conversion` start. The only
// one that links libtorch.
#include <CLI/CLI.hpp>
#include <iostream>
#include <new>

#include <cstdlib>

#include <unistd.h>

#include <c10/util/Exception.h>
#include <torch/utils.h>

#include "cli/complain.hpp"
#include "cli/interrupt.hpp"
#include "cli/train/train.hpp"
#include "core/error.hpp"

namespace {

using saltus::cli::k_bad_input;
using saltus::cli::k_failed;
using saltus::cli::k_interrupted;

void complain(const std::string& text) { saltus::cli::complain("saltus train", text); }

// OpenBLAS reads its settings when it is loaded. Debian's takes processors newer than itself for old
// ones (three times slower), and lets as many threads wait busily as there are cores. So this
// program starts itself once more, with both settings, unless they are there.
void start_with_blas_settings(char** argv) {
    if (getenv("OPENBLAS_NUM_THREADS") != nullptr) {
        return;
    }
    setenv("OPENBLAS_NUM_THREADS", saltus::cli::threads_asked_for(argv).c_str(), 1);
    if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vl") != 0) {
        setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
    } else if (__builtin_cpu_supports("avx2") != 0) {
        setenv("OPENBLAS_CORETYPE", "Haswell", 0);
    }
    execv("/proc/self/exe", argv);  // where it cannot, training is slower and the same
}

}  // namespace

int main(int argc, char** argv) {
    start_with_blas_settings(argv);
    CLI::App app{"Trains a hybrid network from a recipe and saves it as a model.", "saltus train"};
    saltus::cli::TrainOptions options;
    saltus::cli::declare(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            return app.exit(error);
        }
        complain(std::string(error.what()) + " (saltus train --help says what there is)");
        return k_bad_input;
    }
    saltus::cli::watch_interrupts();
    try {
        return saltus::cli::train(options);
    } catch (const saltus::ModelError& error) {
        complain(error.what());
        return k_bad_input;
    } catch (const saltus::InputError& error) {
        complain(error.what());
        return k_bad_input;
    } catch (const saltus::cli::Interrupted&) {
        return k_interrupted;
    } catch (const c10::Error& error) {
        complain(error.what_without_backtrace());
        return k_failed;
    } catch (const std::bad_alloc&) {
        complain("out of memory");
        return k_failed;
    } catch (const std::exception& error) {
        complain(error.what());
        return k_failed;
    }
}
