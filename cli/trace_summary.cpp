// saltus trace summary FILE: what a network did, in numbers.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/tick_option.hpp"
#include "cli/trace_summary_text.hpp"
#include "cli/trace_verbs.hpp"
#include "models/trace/trace_file.hpp"
#include "models/trace/trace_summary.hpp"

namespace saltus::cli {

namespace {

struct SummaryVerb {
    std::string trace;
    TraceSummaryRequest request;
    std::string ticks;
    std::string json;
    bool skip_damaged = false;
};

int summarise(SummaryVerb verb) {
    verb.request.poll = stop_if_interrupted;
    if (!verb.ticks.empty()) {
        verb.request.ticks = parse_ticks(verb.ticks);
    }
    const TraceFile file(
        verb.trace, verb.skip_damaged ? TraceFile::Trust::nothing : TraceFile::Trust::index);
    FileRoles files;
    files.reads("the trace", verb.trace);
    files.writes_or_prints("--json", verb.json);
    for (const std::string& warning : file.warnings()) {
        std::cerr << "warning: " << warning << '\n';
    }
    const TraceSummary summary = summarise_trace(file, verb.request);
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
    CLI::App* const app = trace.add_subcommand(
        "summary",
        "Silent and saturated neurons, rates and times of every population, how answers came about");
    app->add_option("FILE", verb->trace, "The .saltrace file")->required();
    app->add_option("--sample,--samples",
                    verb->request.samples,
                    "Which samples: 0-999, or 1,3,7-9 (default: all)")
        ->type_name("RANGE");
    app->add_option(
           "--population", verb->request.populations, "These populations only (default: all)")
        ->allow_extra_args(false)
        ->type_name("NAME");
    app->add_option("--ticks",
                    verb->ticks,
                    "Spikes of these ticks only (default: all); answers are of the whole run")
        ->type_name("a-b");
    app->add_option("--json", verb->json, k_json_help)->type_name("FILE|-");
    app->add_flag("--skip-damaged",
                  verb->skip_damaged,
                  "Check the whole file first and leave out damaged chunks, with a warning each");
    app->callback([verb, &chosen] { chosen = [verb] { return summarise(*verb); }; });
}

}  // namespace saltus::cli
