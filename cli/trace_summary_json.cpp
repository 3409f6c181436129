#include <nlohmann/json.hpp>

#include "cli/trace_summary_text.hpp"
#include "models/trace/trace.hpp"

namespace saltus::cli {

namespace {

using Json = nlohmann::ordered_json;
using Known = PopulationSummary::Known;

template <class T>
Json known_if(bool known, const T& value) {
    return known ? Json(value) : Json();
}

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

const char* known_text(const PopulationSummary& population) {
    switch (population.known) {
        case Known::every_spike:
            return "every spike";
        case Known::counts:
            return "counts";
        case Known::total:
            return "total";
        case Known::nothing:
            break;
    }
    return population.sends_spikes ? "nothing" : "sends no spikes";
}

const char* source_text(AnswerSource source) {
    switch (source) {
        case AnswerSource::series:
            return "recorded readout";
        case AnswerSource::spikes:
            return "output spikes";
        case AnswerSource::unknown:
            break;
    }
    return "unknown";
}

Json population_json(const TraceSummary& summary, const PopulationSummary& population) {
    const bool fires = population.fires() && summary.samples > 0;
    const bool neurons =
        fires && (population.known == Known::every_spike || population.known == Known::counts);
    const double rate = summary.rate(population);
    const bool busy = neurons && population.busiest_spikes > 0;
    const bool intervals = population.intervals > 0;
    return {{"name", population.name},
            {"known", known_text(population)},
            {"neurons", population.neurons},
            {"spikes", known_if(fires, population.spikes)},
            {"rate_a_tick", known_if(fires, rate)},
            {"rate_hz",
             fires && summary.tick_seconds > 0 ? Json(rate / summary.tick_seconds) : Json()},
            {"activation_sparsity", known_if(fires, 1 - rate)},
            {"silent", known_if(neurons, population.silent)},
            {"saturated", known_if(neurons, population.saturated)},
            {"busiest", known_if(busy, population.busiest)},
            {"busiest_spikes", known_if(busy, population.busiest_spikes)},
            {"silent_samples", known_if(fires, population.silent_samples)},
            {"died_samples", known_if(summary.followed_samples > 0, population.died_samples)},
            {"first_spike", or_null(population.first_spike)},
            {"neuron_first_spike", or_null(population.neuron_first_spike)},
            {"intervals", known_if(population.known == Known::every_spike, population.intervals)},
            {"interval_mean", known_if(intervals, population.interval_mean)},
            {"interval_variation", known_if(intervals, population.interval_variation)}};
}

Json answers_json(const std::vector<ReadoutSummary::Answer>& answers) {
    Json list = Json::array();
    for (const ReadoutSummary::Answer& answer : answers) {
        list.push_back({{"sample", answer.sample},
                        {"label", or_null(answer.label)},
                        {"answer", answer.prediction},
                        {"margin", or_null(answer.margin)}});
    }
    return list;
}

Json course_json(const ReadoutSummary& readout) {
    Json course = Json::array();
    for (const ReadoutSummary::Point& point : readout.course) {
        const bool labels = readout.course_labelled > 0 && !readout.label_beyond;
        course.push_back({{"tick", point.tick},
                          {"accuracy",
                           labels ? Json(static_cast<double>(point.right) /
                                         static_cast<double>(readout.course_labelled))
                                  : Json()},
                          {"right", point.right},
                          {"without_answer", point.undecided},
                          {"tied", point.tied},
                          {"last_changed", point.last_changed}});
    }
    return course;
}

Json readout_json(const ReadoutSummary& readout) {
    Json confusion = Json::array();
    for (const auto& [pair, samples] : readout.confusion) {
        confusion.push_back({{"label", pair.first}, {"answer", pair.second}, {"samples", samples}});
    }
    const bool labels = readout.labelled > 0 && !readout.label_beyond;
    const bool course = readout.source != AnswerSource::unknown;
    return {{"name", readout.name},
            {"kind", saltus::readout_text(readout.kind, readout.logit)},
            {"values", readout.values},
            {"samples", readout.samples},
            {"labelled", readout.labelled},
            {"right", readout.right},
            {"accuracy",
             labels ? Json(static_cast<double>(readout.right) /
                           static_cast<double>(readout.labelled))
                    : Json()},
            {"without_output", readout.without_output},
            {"by_tick_from", source_text(readout.source)},
            {"by_tick", known_if(course, course_json(readout))},
            {"by_tick_samples", readout.course_samples},
            {"by_tick_labelled", readout.course_labelled},
            {"never_answered", known_if(course, readout.never_answered)},
            {"change_unknown", known_if(course, readout.change_unknown)},
            {"confusion", confusion},
            {"smallest_margin", answers_json(readout.closest)},
            {"wrong", answers_json(readout.wrong)}};
}

}  // namespace

nlohmann::ordered_json trace_summary_json(const TraceSummary& summary) {
    Json populations = Json::array();
    for (const PopulationSummary& population : summary.populations) {
        populations.push_back(population_json(summary, population));
    }
    Json readouts = Json::array();
    for (const ReadoutSummary& readout : summary.readouts) {
        readouts.push_back(readout_json(readout));
    }
    const bool any = summary.samples > 0;
    return {{"trace", summary.path},
            {"model", summary.model},
            {"horizon", summary.horizon},
            {"tick_seconds", known_if(summary.tick_seconds > 0, summary.tick_seconds)},
            {"first_tick", summary.from},
            {"last_tick", summary.until - 1},
            {"samples", summary.samples},
            {"first_sample", known_if(any, summary.first_sample)},
            {"last_sample", known_if(any, summary.last_sample)},
            {"without_record", summary.without_record},
            {"followed_samples", summary.followed_samples},
            {"alive_samples", known_if(summary.followed_samples > 0, summary.alive_samples)},
            {"activation_sparsity", or_null(summary.activation_sparsity())},
            {"populations", populations},
            {"readouts", readouts}};
}

}  // namespace saltus::cli
