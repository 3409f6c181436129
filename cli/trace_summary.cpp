// saltus trace summary FILE: what a network did, in numbers.
#include "models/trace/trace_summary.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/trace_options.hpp"
#include "cli/trace_summary_text.hpp"
#include "cli/trace_verbs.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::cli {

namespace {

struct SummaryVerb {
    TraceFileOptions options;
    std::string json;
};

int summarise(const SummaryVerb& verb) {
    const TraceFile file = open_trace(verb.options);
    FileRoles files;
    files.reads("the trace", verb.options.trace);
    files.writes_or_prints("--json", verb.json);
    const TraceSummary summary = summarise_trace(file, {verb.options.choice, stop_if_interrupted});
    if (!verb.json.empty()) {
        write_json(trace_summary_json(summary), verb.json);
    }
    if (verb.json != "-") {
        std::cout << trace_summary_text(summary);
    }
    return 0;
}

}  // namespace

void add_trace_summary(CLI::App& trace, Chosen& chosen) {
    const auto verb = std::make_shared<SummaryVerb>();
    CLI::App* const app = trace.add_subcommand("summary",
                                               "Silent and saturated neurons, rates and times of "
                                               "every population, how answers came about");
    add_trace_file(*app, verb->options);
    add_samples_choice(*app, verb->options.choice);
    add_population_choice(*app, verb->options.choice);
    add_ticks_choice(*app, verb->options.choice);
    add_skip_damaged(*app, verb->options);
    app->add_option("--json", verb->json, k_json_help)->type_name("FILE|-");
    app->callback([verb, &chosen] { chosen = [verb] { return summarise(*verb); }; });
}

}  // namespace saltus::cli
