#include "cli/record_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/data/sample_range.hpp"

namespace saltus::cli {

void add_record_options(CLI::App& verb, RecordOptions& options) {
    const auto needs_trace = [&](CLI::Option* option) { option->needs("--trace"); };
    needs_trace(verb.add_option("--record",
                                options.choice.spikes,
                                "Whose spikes the trace holds: all (default), counts (how many "
                                "times each neuron fired) or NAME,..."));
    needs_trace(verb.add_option("--record-samples",
                                options.samples,
                                "Samples that the trace holds: 0-99,512 (default: all that run)"));
    needs_trace(verb.add_option("--record-membrane",
                                options.choice.membranes,
                                "Membranes after every tick: NAME, NAME[i] or NAME[i-j], ...; the "
                                "run goes tick by tick"));
    needs_trace(verb.add_flag("--record-readout",
                              options.choice.readouts,
                              "Readouts after every tick; the run goes tick by tick"));
    needs_trace(verb.add_flag("--record-changes",
                              options.choice.changes,
                              "Membranes and readouts only at ticks where one of them changes"));
    needs_trace(verb.add_flag(
        "--record-drive", options.choice.drives, "The values that encoders hold"));
}

std::optional<std::vector<std::uint64_t>> recorded_samples(const RecordOptions& options,
                                                           const std::vector<std::uint64_t>& run,
                                                           std::uint64_t samples) {
    if (options.samples.empty()) {
        return std::nullopt;
    }
    std::vector<std::uint64_t> wanted =
        parse_sample_range(options.samples, samples, "--record-samples");
    for (const std::uint64_t number : wanted) {
        if (!std::binary_search(run.begin(), run.end(), number)) {
            throw InputError("--record-samples",
                             fmt::format("sample {}, which does not run", number),
                             "some of --samples");
        }
    }
    return wanted;
}

std::string record_text(const RecordOptions& options) {
    std::string text;
    if (options.choice.spikes != "all") {
        text += " --record " + options.choice.spikes;
    }
    if (!options.samples.empty()) {
        text += " --record-samples " + options.samples;
    }
    for (const std::string& membrane : options.choice.membranes) {
        text += " --record-membrane " + membrane;
    }
    text += options.choice.readouts ? " --record-readout" : "";
    text += options.choice.changes ? " --record-changes" : "";
    text += options.choice.drives ? " --record-drive" : "";
    return text;
}

}  // namespace saltus::cli
