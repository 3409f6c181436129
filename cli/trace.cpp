// saltus trace digest | export; the other verbs have their own files
#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/trace_options.hpp"
#include "cli/trace_verbs.hpp"
#include "cli/verbs.hpp"
#include "core/error.hpp"
#include "models/interchange/trace_export.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::cli {

namespace {

struct DigestVerb {
    std::string trace;
    std::string json;
};

struct ExportVerb {
    TraceFileOptions options;
    std::string out;
    bool grid = false;
};

int print_digest(const DigestVerb& options) {
    const TraceFile file(options.trace);
    FileRoles files;
    files.reads("the trace", options.trace);
    files.writes_or_prints("--json", options.json);
    if (!file.warnings().empty()) {
        throw InputError(file.warnings().front(), "", "");  // a digest is of a whole trace
    }
    nlohmann::ordered_json samples = nlohmann::ordered_json::array();
    std::vector<Digest> digests;
    for (std::uint64_t place = 0; place < file.samples(); ++place) {
        stop_if_interrupted();
        digests.push_back(file.digest(place));
        if (!options.json.empty()) {
            samples.push_back(
                {{"sample", file.number(place)}, {"digest", digest_text(digests.back())}});
        }
    }
    const std::string text = digest_text(run_digest(digests));
    if (options.json != "-") {
        std::cout << text << '\n';
    }
    if (!options.json.empty()) {
        write_json({{"digest", text}, {"model", file.header().model}, {"samples", samples}},
                   options.json);
    }
    return 0;
}

int export_spikes(const ExportVerb& verb) {
    const TraceFile file = open_trace(verb.options);
    note_not_recorded(file);
    FileRoles files;
    files.reads("the trace", verb.options.trace);
    files.writes("--out", verb.out);
    export_trace(file, verb.out, {verb.options.choice, stop_if_interrupted, verb.grid});
    return 0;
}

void add_digest(CLI::App& trace, Chosen& chosen) {
    const auto options = std::make_shared<DigestVerb>();
    CLI::App* digest =
        trace.add_subcommand("digest", "Print the digest: equal digests, same spikes and readouts");
    digest->add_option("FILE", options->trace, "The .saltrace file")->required();
    digest->add_option("--json", options->json, k_json_help)->type_name("FILE|-");
    digest->callback([options, &chosen] { chosen = [options] { return print_digest(*options); }; });
}

void add_export(CLI::App& trace, Chosen& chosen) {
    const auto verb = std::make_shared<ExportVerb>();
    CLI::App* app = trace.add_subcommand(
        "export",
        "Write the spikes for other programs: tables, SONATA, NIRData, Perfetto, address events");
    add_trace_file(*app, verb->options);
    app->add_option(
           "-o,--out",
           verb->out,
           "What to write, by the end of its name: .csv, .npz (NumPy), .h5 (SONATA), "
           ".nirdata (nir.read_data), .perfetto-trace (ui.perfetto.dev), .aer.txt (t x y p), "
           ".aedat (AEDAT 3.1)")
        ->required();
    app->add_flag(
        "--grid",
        verb->grid,
        "Of .nirdata: an array [sample, tick, neuron] (TimeGriddedData) instead of events");
    add_samples_choice(*app, verb->options.choice);
    add_population_choice(*app, verb->options.choice);
    add_ticks_choice(*app, verb->options.choice);
    add_skip_damaged(*app, verb->options);
    app->callback([verb, &chosen] { chosen = [verb] { return export_spikes(*verb); }; });
}

}  // namespace

void add_trace(CLI::App& app, Chosen& chosen) {
    CLI::App* trace =
        app.add_subcommand("trace", "Look into a trace that saltus run --trace wrote");
    trace->require_subcommand(1);
    add_digest(*trace, chosen);
    add_export(*trace, chosen);
    add_trace_raster(*trace, chosen);
    add_trace_summary(*trace, chosen);
    add_trace_explore(*trace, chosen);
    add_trace_why(*trace, chosen);
    add_trace_without(*trace, chosen);
    add_trace_diff(*trace, chosen);
    add_trace_import(*trace, chosen);
}

}  // namespace saltus::cli
