// saltus study: one model at many settings, resumable, with a report.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "cli/command_line.hpp"
#include "cli/energy_report.hpp"
#include "cli/interrupt.hpp"
#include "cli/note.hpp"
#include "cli/progress.hpp"
#include "cli/sample_inputs.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "core/error.hpp"
#include "models/data/sample_range.hpp"
#include "models/files/model_digest.hpp"
#include "models/files/text_message.hpp"
#include "models/study/study_log.hpp"
#include "models/study/study_reports.hpp"
#include "models/study/study_runner.hpp"
#include "models/study/study_summary.hpp"

#include "saltus/study.pb.h"

namespace saltus::cli {

namespace {

struct StudyOptions {
    std::string what;  // a study, or a model
    std::string folder;
    SampleInputOptions input;
    std::vector<std::string> scans;
    std::vector<std::string> sets;
    std::vector<std::string> energy;
    std::uint64_t seed = 0;
    std::uint64_t repeats = 0;
    std::uint64_t random = 0;
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    bool quick = false;
};

// What a study file says, where the command line does not.
struct Asked {
    std::string name;
    std::string model;
};

std::string beside(const std::filesystem::path& study, const std::string& file) {
    return (study.parent_path() / file).lexically_normal().string();
}

template <class List>
void take_where_empty(std::vector<std::string>& ours, const List& theirs) {
    if (ours.empty()) {
        ours.assign(theirs.begin(), theirs.end());
    }
}

Asked read_study(StudyOptions& options) {
    if (!options.what.ends_with(".study.textproto")) {
        if (options.quick) {
            throw InputError(
                "--quick", "a model", "a study (.study.textproto) that says what is quick");
        }
        return {"", options.what};
    }
    proto::Study study;
    read_text_message(options.what, study);
    if (study.format_version() != 1) {
        throw ModelError(
            options.what + ": format_version", fmt::format("{}", study.format_version()), "1");
    }
    if (study.model().empty()) {
        throw ModelError(options.what + ": model", "none", "a model's file");
    }
    if (options.input.data.empty() && options.input.events.empty() && !study.data().empty()) {
        options.input.data = {study.data()};
    }
    if (options.input.samples.empty()) {
        options.input.samples = options.quick && !study.quick_samples().empty()
                                    ? study.quick_samples()
                                    : study.samples();
    }
    take_where_empty(
        options.scans,
        options.quick && study.quick_scan_size() > 0 ? study.quick_scan() : study.scan());
    take_where_empty(options.sets, study.set());
    if (options.energy.empty()) {
        for (const std::string& energy : study.energy()) {
            const bool file = energy.ends_with(".textproto");
            options.energy.push_back(file ? beside(options.what, energy) : energy);
        }
    }
    options.repeats = options.repeats == 0 ? study.repeats() : options.repeats;
    options.random = options.random == 0 ? study.random() : options.random;
    return {study.name() + (options.quick ? " (quick)" : ""), beside(options.what, study.model())};
}

StudyPlan plan_of(const StudyOptions& options) {
    StudyPlan plan;
    for (const std::string& scan : options.scans) {
        plan.axes.push_back(parse_axis(scan, "--scan"));
    }
    for (const std::string& set : options.sets) {
        plan.fixed.push_back(parse_setting(set, "--set"));
    }
    plan.first_seed = options.seed;
    plan.repeats = std::max<std::uint64_t>(1, options.repeats);
    if (options.random > 0) {
        plan.random = options.random;
    }
    return plan;
}

StudyIdentity identity_of(const StudyOptions& options,
                          const Asked& asked,
                          const StudyJob& job,
                          const SampleInputs& inputs) {
    StudyIdentity identity;
    identity.name = asked.name;
    identity.model_file = asked.model;
    identity.model_digest = model_digest(*job.model);
    for (const std::string& data : options.input.data) {
        identity.data += (identity.data.empty() ? "--data " : " --data ") + data;
    }
    for (const std::string& events : options.input.events) {
        identity.data += (identity.data.empty() ? "--events " : " --events ") + events;
    }
    if (options.input.time_first) {
        identity.data += " --time-first";
    }
    if (!options.input.labels.empty()) {
        identity.data += " --labels " + options.input.labels;
    }
    identity.samples = options.input.samples.empty() ? fmt::format("0-{}", inputs.samples - 1)
                                                     : options.input.samples;
    identity.scans = options.scans;
    identity.sets = options.sets;
    for (const EnergyModel& model : job.energy) {
        identity.energy.push_back(model.name);
    }
    identity.first_seed = options.seed;
    identity.repeats = std::max<std::uint64_t>(1, options.repeats);
    identity.random = options.random;
    identity.program = version_line();
    identity.command = fmt::format("saltus study {} -o {}", options.what, options.folder);
    return identity;
}

void say_summary(const StudySummary& summary, const std::string& folder) {
    const StudyRow* best = nullptr;
    const StudyRow* cheapest = nullptr;
    for (const StudyRow& row : summary.rows) {
        if (row.best) {
            best = best == nullptr || row.accuracy > best->accuracy ? &row : best;
            cheapest = cheapest == nullptr || row.total_operations < cheapest->total_operations
                           ? &row
                           : cheapest;
        }
    }
    const auto say = [](const char* head, const StudyRow& row) {
        std::string settings;
        for (const Setting& setting : row.settings) {
            settings += fmt::format(" {}={}", setting.path, value_text(setting.value));
        }
        std::cout << fmt::format(
            "{}{:.2f} %  [{:.2f}, {:.2f}] at 95 %, {:.0f} operations a sample:{}\n",
            head,
            100 * row.accuracy,
            100 * row.low,
            100 * row.high,
            row.total_operations,
            settings.empty() ? " as it is" : settings);
    };
    if (best != nullptr) {
        say("best      ", *best);
        say("cheapest  ", *cheapest);
    }
    std::cout << fmt::format(
        "{} point{}{}; {}/report.html, report.md, report.tex, results.csv\n",
        summary.rows.size(),
        summary.rows.size() == 1 ? "" : "s",
        summary.failed == 0 ? "" : fmt::format(", {} runs failed", summary.failed),
        folder);
}

int study(StudyOptions options) {
    const Asked asked = read_study(options);
    const StudyPlan plan = plan_of(options);
    const std::vector<StudyPoint> points = study_points(plan);
    StudyJob job;
    job.energy = load_energy_models(options.energy);
    const LoadedModel model = LoadedModel::load(asked.model);
    job.model = &model;
    const SampleInputs inputs = open_sample_inputs(
        model, options.input, MissingInput::refuse, {model.horizon(), true}, options.seed);
    job.inputs = inputs.by_input;
    job.labels = inputs.labels;
    job.samples =
        parse_sample_range(options.input.samples.empty() ? fmt::format("0-{}", inputs.samples - 1)
                                                         : options.input.samples,
                           inputs.samples,
                           "--samples");
    job.fixed = plan.fixed;
    job.threads = options.threads;
    job.short_of_threads = say_short_of_threads;
    check_points(job, points);

    const StudyIdentity identity = identity_of(options, asked, job, inputs);
    StudyLog log(options.folder, identity, points);
    std::vector<StudyPoint> left;
    for (const StudyPoint& point : points) {
        if (!log.results().contains(point.number)) {
            left.push_back(point);
        }
    }
    if (left.size() < points.size()) {
        std::cerr << fmt::format("note: {} of {} points are in {} already\n",
                                 points.size() - left.size(),
                                 points.size(),
                                 options.folder);
    }
    Progress progress("points", left.size());
    run_points(
        job,
        left,
        [&](PointResult&& result) {
            log.add(std::move(result));
            progress.advance();
        },
        interrupted);
    progress.finish();
    if (interrupted()) {
        std::cerr << fmt::format("note: {} of {} points are done; the same command goes on\n",
                                 log.results().size(),
                                 points.size());
        stop_if_interrupted();
    }
    log.put_in_order();
    const StudySummary summary = summarise_study(job, log.results());
    write_study_reports(options.folder, identity, job.energy, summary);
    say_summary(summary, options.folder);
    return summary.failed == 0 ? 0 : 1;
}

}  // namespace

void add_study(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<StudyOptions>();
    CLI::App* const verb = app.add_subcommand(
        "study",
        "Simulate a model at many settings: accuracy against operations and joules, with a report");
    verb->add_option("STUDY", options->what, "A .study.textproto, or a model (.saltus, .textproto)")
        ->required();
    verb->add_option(
            "-o,--folder", options->folder, "The study's folder; a study that is there goes on")
        ->required();
    add_data_options(*verb, options->input);
    add_labels_option(*verb, options->input);
    add_samples_option(*verb, options->input, "all");
    verb->add_option("--scan",
                     options->scans,
                     "PATH=VALUES: horizon=1,2,4,8, theta_scale=0.5:2:7 (seven values), "
                     "0.5:2:log:9; may be repeated");
    verb->add_option(
        "--set", options->sets, "PATH=VALUE, the same at every point; may be repeated");
    verb->add_option(
        "--energy", options->energy, "Joules by an energy model (saltus energy); may be repeated");
    takes_whole_number(
        verb->add_option(
            "--repeats", options->repeats, "Seeds of each point, from --seed on (default: 1)"),
        1,
        100000);
    takes_whole_number(
        verb->add_option("--random",
                         options->random,
                         "So many combinations of the grid, drawn by --seed (default: all)"),
        1,
        1000000);
    takes_seed(verb->add_option("--seed", options->seed, "First seed (default: 0)"));
    takes_whole_number(
        verb->add_option("--threads",
                         options->threads,
                         "Threads (default: one a core); the results are the same for any number"),
        1,
        1024);
    verb->add_flag("--quick", options->quick, "Fewer samples and points, as the study says");
    verb->callback([options, &chosen] { chosen = [options] { return study(*options); }; });
}

}  // namespace saltus::cli
