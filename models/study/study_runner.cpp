#include "models/study/study_runner.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/zero_weights.hpp"
#include "models/energy/energy_estimate.hpp"
#include "models/run/run_statistics.hpp"
#include "models/run/sample_reader.hpp"
#include "models/run/sample_runner.hpp"
#include "models/study/changed_model.hpp"
#include "models/study/exit_watch.hpp"

namespace saltus {

namespace {

// Points that differ in exit.margin alone.
struct Group {
    std::vector<Setting> settings;  // without the margin, the fixed ones first
    std::uint64_t seed = 0;
    std::vector<std::pair<StudyPoint, std::optional<double>>> points;  // and their margins
};

std::optional<double> margin_of(const std::vector<Setting>& settings) {
    const auto at = std::find_if(settings.begin(), settings.end(), [](const Setting& one) {
        return one.path == k_exit_margin;
    });
    return at == settings.end() ? std::nullopt : std::optional(at->value);
}

std::vector<Setting> without_margin(const std::vector<Setting>& settings) {
    std::vector<Setting> others;
    std::copy_if(
        settings.begin(), settings.end(), std::back_inserter(others), [](const Setting& one) {
            return one.path != k_exit_margin;
        });
    return others;
}

std::vector<Group> groups_of(const StudyJob& job, const std::vector<StudyPoint>& points) {
    std::map<std::string, std::size_t> places;
    std::vector<Group> groups;
    const std::optional<double> fixed = margin_of(job.fixed);
    for (const StudyPoint& point : points) {
        const std::vector<Setting> others = without_margin(point.settings);
        std::string key = fmt::format("{}", point.seed);
        for (const Setting& setting : others) {
            key += fmt::format(" {}={}", setting.path, setting.value);
        }
        const auto [at, is_new] = places.emplace(key, groups.size());
        if (is_new) {
            Group& group = groups.emplace_back();
            group.settings = without_margin(job.fixed);
            group.settings.insert(group.settings.end(), others.begin(), others.end());
            group.seed = point.seed;
        }
        const std::optional<double> own = margin_of(point.settings);
        groups[at->second].points.emplace_back(point, own ? own : fixed);
    }
    return groups;
}

PointResult result_of(const StudyJob& job,
                      const Pipeline& pipeline,
                      const StudyPoint& point,
                      const RunReport& report,
                      double ticks) {
    PointResult result;
    result.point = point;
    result.samples = report.samples;
    result.failed = report.failed.size();
    if (!report.readouts.empty() && report.readouts[0].accuracy) {
        result.labelled = report.readouts[0].labelled;
        result.right = report.readouts[0].right;
    }
    const SampleMeans& m = report.means;
    result.ticks = ticks;
    result.total_operations = m.total_operations();
    result.acs = m.effective_synaptic_operations;
    result.macs = result.total_operations - result.acs;
    result.spikes = m.spikes;
    result.encoder_spikes = m.encoder_spikes;
    if (!job.energy.empty() && report.samples > 0) {
        const EnergyCounts counts = energy_counts(pipeline, report, ticks);
        for (const EnergyModel& model : job.energy) {
            result.joules.push_back(estimate_energy(model, counts).joules);
        }
    }
    return result;
}

// One run to the horizon, without margins.
std::vector<PointResult> run_whole(const StudyJob& job,
                                   const Pipeline& pipeline,
                                   const Group& group,
                                   const std::function<bool()>& stop) {
    SampleRunnerOptions options;
    options.samples = job.samples;
    options.inputs = job.inputs;
    options.labels = job.labels;
    options.seed = group.seed;
    options.keep_going = true;
    RunStatistics statistics(pipeline);
    const NeuronActivity activity = run_samples(
        pipeline,
        options,
        [&](FinishedSample&& sample) {
            if (const auto& error = sample.outcome.result.error) {
                statistics.add_failure(sample.number, error->text);
            } else {
                statistics.add(sample.outcome, sample.front, sample.label);
            }
        },
        stop);
    if (stop()) {
        return {};
    }
    const RunReport report = statistics.report(activity);
    std::vector<PointResult> results;
    for (const auto& [point, margin] : group.points) {
        results.push_back(result_of(
            job, pipeline, point, report, static_cast<double>(pipeline.network().horizon())));
    }
    return results;
}

// What the samples come to with one margin.
struct Exit {
    Exit(const Pipeline& pipeline, std::optional<double> at) : margin(at), statistics(pipeline) {}

    std::optional<double> margin;
    RunStatistics statistics;
    double ticks = 0;
    double samples = 0;
};

// One run to the horizon tells what every margin would have come to.
std::vector<PointResult> run_exits(const StudyJob& job,
                                   const Pipeline& pipeline,
                                   const Group& group,
                                   const std::function<bool()>& stop) {
    ExitWatch watch(pipeline.network());
    const ZeroWeights zeros(pipeline.network());
    PipelineWorker worker(pipeline, group.seed);
    worker.set_hook(&watch.hook());
    worker.set_watch(&watch);
    worker.set_zero_weights(&zeros);
    SampleReader reader(job.inputs);
    std::vector<Exit> exits;
    for (const auto& [point, margin] : group.points) {
        exits.emplace_back(pipeline, margin);
    }
    for (const std::uint64_t number : job.samples) {
        watch.begin();
        const SampleOutcome outcome = worker.run(number, reader.read(number), stop);
        if (stop()) {
            return {};
        }
        std::vector<std::vector<FrontLayerCounts>> front;
        for (std::size_t e = 0; e < pipeline.model().encoders().size(); ++e) {
            front.push_back(worker.front_layers(e));
        }
        const std::optional<std::int64_t> label =
            job.labels != nullptr ? job.labels->label(number) : std::nullopt;
        for (Exit& exit : exits) {
            if (outcome.result.error) {
                exit.statistics.add_failure(number, outcome.result.error->text);
                continue;
            }
            const SampleOutcome ended = exit.margin ? watch.ended(outcome, *exit.margin) : outcome;
            exit.statistics.add(ended, front, label);
            exit.ticks += static_cast<double>(ended.result.ticks_run);
            exit.samples += 1;
        }
    }
    const NeuronActivity none(pipeline.network());
    std::vector<PointResult> results;
    for (std::size_t k = 0; k < exits.size(); ++k) {
        results.push_back(result_of(job,
                                    pipeline,
                                    group.points[k].first,
                                    exits[k].statistics.report(none),
                                    exits[k].samples == 0 ? 0 : exits[k].ticks / exits[k].samples));
    }
    return results;
}

std::vector<PointResult> run_group(const StudyJob& job,
                                   const Group& group,
                                   const std::function<bool()>& stop) {
    const bool exits = std::any_of(group.points.begin(), group.points.end(), [](const auto& point) {
        return point.second.has_value();
    });
    const ChangedModel changed(*job.model, group.settings, "--scan");
    const Pipeline pipeline = changed.pipeline();
    return exits ? run_exits(job, pipeline, group, stop) : run_whole(job, pipeline, group, stop);
}

std::vector<PointResult> failed_group(const Group& group, const char* error) {
    std::vector<PointResult> results;
    for (const auto& [point, margin] : group.points) {
        PointResult result;
        result.point = point;
        result.error = error;
        std::replace(result.error.begin(), result.error.end(), '\n', ' ');
        results.push_back(result);
    }
    return results;
}

}  // namespace

void check_points(const StudyJob& job, const std::vector<StudyPoint>& points) {
    constexpr std::size_t k_most_shown = 10;
    std::vector<Fault> faults;
    const auto add = [&](const Fault& fault) {
        if (std::none_of(faults.begin(), faults.end(), [&](const Fault& other) {
                return other.text() == fault.text();
            })) {
            faults.push_back(fault);
        }
    };
    const auto look = [&](const std::function<void()>& work) {
        try {
            work();
        } catch (const InputError& error) {
            add(error.fault());
        } catch (const ModelError& error) {
            for (const Fault& fault : error.faults()) {
                add(fault);
            }
        }
    };
    std::set<std::pair<std::string, double>> alone;  // settings that were compiled by themselves
    for (const Group& group : groups_of(job, points)) {
        for (const auto& [point, margin] : group.points) {
            if (margin && !(*margin > 0)) {
                add({"--scan", fmt::format("exit.margin={}", *margin), "a margin above 0"});
            }
        }
        look([&] { const ChangedModel changed(*job.model, group.settings, "--scan"); });
        // What a network refuses of one number it refuses whatever the others are.
        for (const Setting& setting : group.settings) {
            if (alone.emplace(setting.path, setting.value).second && faults.size() < k_most_shown) {
                look([&] {
                    const ChangedModel changed(*job.model, std::span(&setting, 1), "--scan");
                    (void)changed.pipeline();
                });
            }
        }
        if (faults.size() >= k_most_shown) {
            break;
        }
    }
    if (!faults.empty()) {
        throw ModelError(std::move(faults));
    }
}

void run_points(const StudyJob& job,
                const std::vector<StudyPoint>& points,
                const std::function<void(PointResult&&)>& finished,
                const std::function<bool()>& stop) {
    const std::vector<Group> groups = groups_of(job, points);
    std::atomic<std::size_t> next{0};
    std::atomic<bool> broken{false};
    std::mutex mutex;
    const auto stopped = [&] { return broken.load() || stop(); };
    const auto threads =
        static_cast<unsigned>(std::clamp<std::size_t>(groups.size(), 1, std::max(1U, job.threads)));
    Workers workers(threads, {}, job.short_of_threads);
    workers.run([&](unsigned /*n*/) {
        while (!stopped()) {
            const std::size_t k = next++;
            if (k >= groups.size()) {
                return;
            }
            std::vector<PointResult> results;
            try {
                results = run_group(job, groups[k], stopped);
            } catch (const Stopped&) {
                return;
            } catch (const std::bad_alloc&) {
                results = failed_group(groups[k], "out of memory");
            } catch (const Error& error) {
                results = failed_group(groups[k], error.what());
            }
            const std::lock_guard lock(mutex);
            try {
                for (PointResult& result : results) {
                    finished(std::move(result));
                }
            } catch (...) {
                broken = true;
                throw;
            }
        }
    });
}

}  // namespace saltus
