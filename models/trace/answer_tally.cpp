#include "models/trace/answer_tally.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace saltus {

namespace {

constexpr std::size_t k_closest = 20;

// How far the prediction leads the next value.
std::optional<double> lead(std::span<const float> values, std::uint32_t prediction, bool earlier) {
    if (values.size() < 2) {
        return std::nullopt;
    }
    const double sign = earlier ? -1 : 1;
    double next = -std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < values.size(); ++k) {
        if (k != prediction) {
            next = std::max(next, sign * double{values[k]});
        }
    }
    return sign * double{values[prediction]} - next;
}

bool closer(const ReadoutSummary::Answer& a, const ReadoutSummary::Answer& b) {
    return *a.margin != *b.margin ? *a.margin < *b.margin : a.sample < b.sample;
}

bool is_spike_readout(ReadoutSpec::Kind kind) {
    return kind == ReadoutSpec::Kind::spike_count || kind == ReadoutSpec::Kind::first_spike;
}

}  // namespace

AnswerTally::AnswerTally(const TraceHeader& header, std::size_t readout)
    : readout_(readout), horizon_(header.horizon), point_ticks_(level_ticks(header.horizon)) {
    const TraceReadout& of = header.readouts.at(readout);
    summary_.name = of.name;
    summary_.kind = of.kind;
    summary_.logit = of.logit;
    summary_.values = of.values;
    summary_.source = answer_source(header, readout);
    if (summary_.source != AnswerSource::unknown) {
        summary_.course.resize(level_count(horizon_));
        for (std::size_t k = 0; k < summary_.course.size(); ++k) {
            const Tick end = (static_cast<Tick>(k) + 1) * point_ticks_;
            summary_.course[k].tick = std::min(end, horizon_) - 1;
        }
    }
}

void AnswerTally::add(const TraceFile& file,
                      std::uint64_t place,
                      const SampleRecord& record,
                      const std::function<void()>& poll) {
    add_outcome(record);
    if (summary_.source != AnswerSource::unknown) {
        add_course(file, place, record, poll);
    }
}

void AnswerTally::add_outcome(const SampleRecord& record) {
    const ReadoutTrace& readout = record.readouts.at(readout_);
    ReadoutSummary::Answer answer;
    answer.sample = record.number;
    answer.label = record.label;
    answer.prediction = readout.prediction;
    answer.margin = lead(readout.values,
                         readout.prediction,
                         summary_.kind == ReadoutSpec::Kind::first_spike);
    ++summary_.samples;
    if (is_spike_readout(summary_.kind) && readout.undecided) {
        summary_.without_output.push_back(record.number);
    }
    keep_if_close(answer);
    if (!record.label) {
        return;
    }
    ++summary_.labelled;
    ++summary_.confusion[{*record.label, readout.prediction}];
    summary_.label_beyond = summary_.label_beyond || *record.label < 0 ||
                            *record.label >= std::int64_t{summary_.values};
    if (*record.label == std::int64_t{readout.prediction}) {
        ++summary_.right;
    } else {
        summary_.wrong.push_back(answer);
    }
}

void AnswerTally::keep_if_close(const ReadoutSummary::Answer& answer) {
    if (!answer.margin) {
        return;
    }
    std::vector<ReadoutSummary::Answer>& kept = summary_.closest;
    kept.insert(std::upper_bound(kept.begin(), kept.end(), answer, closer), answer);
    if (kept.size() > k_closest) {
        kept.pop_back();
    }
}

void AnswerTally::pass(const AnswerStep& step,
                       Tick until,
                       const std::optional<std::int64_t>& label,
                       std::size_t& point) {
    for (; point < summary_.course.size() && summary_.course[point].tick < until; ++point) {
        ReadoutSummary::Point& at = summary_.course[point];
        at.right += label && *label == std::int64_t{step.answer} ? 1 : 0;
        at.undecided += step.decided ? 0 : 1;
        summary_.tied += step.decided && step.tied && point + 1 < summary_.course.size() ? 1 : 0;
    }
}

void AnswerTally::add_course(const TraceFile& file,
                             std::uint64_t place,
                             const SampleRecord& record,
                             const std::function<void()>& poll) {
    const std::optional<std::int64_t> label = record.label;
    const std::uint32_t prediction = record.readouts.at(readout_).prediction;
    std::optional<AnswerStep> now;  // the last seen: it may be followed by one of the same tick
    std::optional<NeuronIndex> answer;
    Tick changed = 0;
    std::size_t point = 0;
    const auto settle = [&](Tick until) {
        const std::optional<NeuronIndex> next =
            now->decided ? std::optional<NeuronIndex>(now->answer) : std::nullopt;
        changed = next == answer ? changed : now->tick;
        answer = next;
        pass(*now, until, label, point);
    };
    visit_answers(file, place, readout_, [&](const AnswerStep& step) {
        if (now && step.tick > now->tick) {
            poll();
            settle(step.tick);
        }
        now = step;
    });
    if (!now) {
        return;
    }
    settle(horizon_ - 1);
    // After the last tick the answer is the model's own.
    AnswerStep end = *now;
    end.answer = prediction;
    pass(end, horizon_, label, point);
    ++summary_.course_samples;
    summary_.course_labelled += label ? 1 : 0;
    if (!answer) {
        ++summary_.never_answered;
    } else if (*answer != prediction) {
        ++summary_.change_unknown;
    } else {
        ++summary_.course[static_cast<std::size_t>(changed / point_ticks_)].last_changed;
    }
}

}  // namespace saltus
