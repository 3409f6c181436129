// The verbs of the `saltus` command, one file each. add_X declares its options and, when chosen,
// leaves what to run in `chosen`, which returns the exit code: 0 done, 1 the run failed, 2 bad use
// or input, 3 different, 130 interrupted. Errors of core's family are caught by main.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace saltus::cli {

using Chosen = std::function<int()>;

void add_run(CLI::App& app, Chosen& chosen);
void add_bench(CLI::App& app, Chosen& chosen);
void add_info(CLI::App& app, Chosen& chosen);
void add_convert(CLI::App& app, Chosen& chosen);
void add_import(CLI::App& app, Chosen& chosen);
void add_check(CLI::App& app, Chosen& chosen);
void add_export_model(CLI::App& app, Chosen& chosen);
void add_train(CLI::App& app, Chosen& chosen);
void add_energy(CLI::App& app, Chosen& chosen);
void add_study(CLI::App& app, Chosen& chosen);
void add_trace(CLI::App& app, Chosen& chosen);
// Verbs of `saltus trace` with a file of their own: `trace` is that subcommand.
void add_trace_explore(CLI::App& trace, Chosen& chosen);

}  // namespace saltus::cli
