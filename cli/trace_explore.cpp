// saltus trace explore FILE -o page.html: one page to look into a trace with.
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/note.hpp"
#include "cli/sample_inputs.hpp"
#include "cli/trace_options.hpp"
#include "cli/traced_sample.hpp"
#include "cli/verbs.hpp"
#include "core/error.hpp"
#include "models/explain/page_explanations.hpp"
#include "models/pipeline.hpp"
#include "models/trace/explore_gather.hpp"
#include "models/trace/explore_page.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::cli {

namespace {

// Explanations of a page: about a second's, and some megabytes.
constexpr std::size_t k_most_explained = 5000;

struct ExploreOptions {
    std::string trace;
    TraceChoice choice;
    std::string out;
    std::string model;
    SampleInputOptions input;
    std::uint64_t most_spikes = ExploreRequest().most_spikes;
};

int explore(const ExploreOptions& options) {
    ExploreRequest request;
    static_cast<TraceChoice&>(request) = options.choice;
    request.most_spikes = options.most_spikes;
    request.poll = stop_if_interrupted;
    request.model_file = options.model;
    const bool events = options.input.data.empty();
    const std::vector<std::string>& given = events ? options.input.events : options.input.data;
    request.data_name = given.empty() ? "" : given.front();
    request.data_option = events ? "--events" : "--data";

    std::unique_ptr<DataSet> data;
    std::optional<LoadedModel> model;  // without data
    std::optional<TracedRun> run;      // with both
    FileRoles files;
    if (!options.model.empty() && !request.data_name.empty()) {
        run.emplace(options.trace, ReplayOptions{options.model, options.input});
        request.data = run->data();
        run->reads(files);
    } else {
        files.reads("the trace", options.trace);
        if (!options.model.empty()) {
            model.emplace(LoadedModel::load(options.model));
            check_model(compile_model(*model), TraceFile(options.trace).header(), options.trace);
            files.reads(*model);
        } else if (!request.data_name.empty()) {
            DataSetOptions how;
            how.sequence = events;  // spikes have a frame a tick
            data = open_data_set(request.data_name, how);
            request.data = data.get();
            files.reads(std::span(&request.data, 1));
        }
    }
    files.writes("--out", options.out);
    ExploreData page = gather_explore_data(options.trace, request);
    if (run) {
        add_explanations(
            run->replayer(),
            [&](std::uint64_t number) { return run->traced_digest(number); },
            k_most_explained,
            stop_if_interrupted,
            page);
    }
    write_explore_page(options.out, page);
    for (const std::string& note : page.notes) {
        say_note(note);
    }
    return 0;
}

}  // namespace

void add_trace_explore(CLI::App& trace, Chosen& chosen) {
    const auto options = std::make_shared<ExploreOptions>();
    CLI::App* verb = trace.add_subcommand(
        "explore", "Write one HTML page to look into the trace with; it needs no network");
    verb->add_option("FILE", options->trace, "The .saltrace file")->required();
    verb->add_option("-o,--out", options->out, "What to write: page.html")->required();
    add_samples_choice(*verb, options->choice, "wrong ones first, then those of smallest margin");
    add_population_choice(*verb, options->choice);
    add_ticks_choice(*verb, options->choice);
    verb->add_option("--max-spikes", options->most_spikes, "Spikes on the page, at most")
        ->capture_default_str();
    verb->add_option(
        "--model", options->model, "The model that was run: checked against the trace");
    add_data_options(*verb, options->input);
    verb->callback([options, &chosen] { chosen = [options] { return explore(*options); }; });
}

}  // namespace saltus::cli
