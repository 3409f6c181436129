// saltus trace digest | export; the other verbs have their own files
#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
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
#include "models/data/sample_range.hpp"
#include "models/trace/trace_export.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::cli {

namespace {

struct TraceOptions {
    std::string trace;
    std::string out;
    std::string json;
    std::optional<std::string> samples;  // "0-99,512"; nothing: all
    bool skip_damaged = false;
};

void add_skip_damaged(CLI::App& verb, TraceOptions& options) {
    verb.add_flag("--skip-damaged",
                  options.skip_damaged,
                  "Check the whole file first and leave out damaged chunks, with a warning each");
}

// Says on standard error what is missing of the trace; what is there is used.
TraceFile open_trace(const TraceOptions& options) {
    TraceFile file(options.trace,
                   options.skip_damaged ? TraceFile::Trust::nothing : TraceFile::Trust::index);
    for (const std::string& warning : file.warnings()) {
        std::cerr << "warning: " << warning << '\n';
    }
    return file;
}

int print_digest(const TraceOptions& options) {
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

// The places of the samples that `--sample` names and the trace has.
std::vector<std::uint64_t> chosen_places(const TraceFile& file, const TraceOptions& options) {
    std::vector<std::uint64_t> places;
    if (file.samples() > 0) {
        const std::uint64_t last = file.number(file.samples() - 1);
        for (const std::uint64_t number :
             parse_sample_range(*options.samples, last + 1, "--sample")) {
            if (const std::optional<std::uint64_t> place = file.find(number)) {
                places.push_back(*place);
            }
        }
    }
    if (places.empty()) {
        throw InputError("--sample",
                         fmt::format("{}, none of which is in {}", *options.samples, options.trace),
                         file.samples() == 0 ? "a trace with samples"
                                             : fmt::format("one of its {} samples, {} to {}",
                                                           file.samples(),
                                                           file.number(0),
                                                           file.number(file.samples() - 1)));
    }
    return places;
}

int export_spikes(const TraceOptions& options) {
    const TraceFile file = open_trace(options);
    note_not_recorded(file);
    FileRoles files;
    files.reads("the trace", options.trace);
    files.writes("--out", options.out);
    std::optional<std::vector<std::uint64_t>> places;
    if (options.samples) {
        places = chosen_places(file, options);
    }
    export_trace(file, options.out, stop_if_interrupted, places);
    return 0;
}

}  // namespace

void add_trace(CLI::App& app, Chosen& chosen) {
    CLI::App* trace =
        app.add_subcommand("trace", "Look into a trace that saltus run --trace wrote");
    trace->require_subcommand(1);
    const auto options = std::make_shared<TraceOptions>();

    CLI::App* digest = trace->add_subcommand(
        "digest", "Print the digest: equal digests, same spikes and readouts");
    digest->add_option("FILE", options->trace, "The .saltrace file")->required();
    digest->add_option("--json", options->json, k_json_help)->type_name("FILE|-");
    digest->callback([options, &chosen] { chosen = [options] { return print_digest(*options); }; });

    CLI::App* exported = trace->add_subcommand(
        "export", "Write the spikes for other programs: .csv, .npz or .h5 (SONATA)");
    exported->add_option("FILE", options->trace, "The .saltrace file")->required();
    exported->add_option("-o,--out", options->out, "What to write: x.csv, x.npz or x.h5")
        ->required();
    exported->add_option("--sample",
                         options->samples,
                         "Of these samples alone, by their numbers in the data set: 5 or 0-99,512");
    add_skip_damaged(*exported, *options);
    exported->callback(
        [options, &chosen] { chosen = [options] { return export_spikes(*options); }; });

    add_trace_raster(*trace, chosen);
    add_trace_summary(*trace, chosen);
    add_trace_explore(*trace, chosen);
    add_trace_why(*trace, chosen);
    add_trace_without(*trace, chosen);
    add_trace_diff(*trace, chosen);
    add_trace_import(*trace, chosen);
}

}  // namespace saltus::cli
