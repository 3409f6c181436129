#include "cli/trace_options.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include <fmt/format.h>

#include "cli/note.hpp"

namespace saltus::cli {

void add_trace_file(CLI::App& verb, TraceFileOptions& options) {
    verb.add_option("FILE", options.trace, "The .saltrace file")->required();
}

void add_samples_choice(CLI::App& verb, TraceChoice& choice, const std::string& by_default) {
    verb.add_option("--sample,--samples",
                    choice.samples,
                    fmt::format("Which samples, by their numbers in the data set: 0-999, or "
                                "1,3,7-9 (default: {})",
                                by_default))
        ->type_name("RANGE");
}

void add_sample_choice(CLI::App& verb, TraceChoice& choice) {
    verb.add_option("--sample,--samples",
                    choice.samples,
                    "Which sample, by its number in the data set (default: the first of the trace)")
        ->type_name("NUMBER");
}

void add_population_choice(CLI::App& verb, TraceChoice& choice, const std::string& what) {
    verb.add_option("--population",
                    choice.populations,
                    fmt::format("{} of this population only; may be repeated (default: all)", what))
        ->allow_extra_args(false)
        ->type_name("NAME");
}

void add_ticks_choice(CLI::App& verb, TraceChoice& choice, const std::string& what) {
    verb.add_option_function<std::string>(
            "--ticks",
            [&choice](const std::string& text) { choice.ticks = parse_ticks(text); },
            fmt::format("{} of these ticks only, first and last or one (default: all)", what))
        ->type_name("a-b");
}

void add_skip_damaged(CLI::App& verb, TraceFileOptions& options) {
    verb.add_flag("--skip-damaged",
                  options.skip_damaged,
                  "Check the whole file first and leave out damaged chunks, with a warning each");
}

TraceFile open_trace(const TraceFileOptions& options) {
    TraceFile file(options.trace,
                   options.skip_damaged ? TraceFile::Trust::nothing : TraceFile::Trust::index);
    for (const std::string& warning : file.warnings()) {
        std::cerr << "warning: " << warning << '\n';
    }
    return file;
}

void note_not_recorded(const TraceFile& file) {
    std::string names;
    for (const TracePopulation& population : file.header().populations) {
        if (population.recorded != TracePopulation::Recorded::every_spike) {
            names += (names.empty() ? "" : ", ") + population.name;
        }
    }
    if (!names.empty()) {
        say_note("the spikes of " + names + " were not recorded (--record): none are shown");
    }
}

}  // namespace saltus::cli
