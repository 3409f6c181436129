#include "models/trace/answer_tally.hpp"

#include <algorithm>

#include "models/trace/answer_lead.hpp"

namespace saltus {

namespace {

constexpr std::size_t k_closest = 20;

bool closer(const ReadoutSummary::Answer& a, const ReadoutSummary::Answer& b) {
    return *a.margin != *b.margin ? *a.margin < *b.margin : a.sample < b.sample;
}

// The tick at which the answer last changed. The first answer is a change.
class LastChange {
  public:
    // The steps of different ticks, in order.
    void add(const AnswerStep& step) {
        if (step.decided && !step.settled) {
            in_doubt_ = true;
            before_ = std::nullopt;
            after_tie_ = true;
            return;
        }
        const std::optional<NeuronIndex> answer =
            step.decided ? std::optional<NeuronIndex>(step.answer) : std::nullopt;
        if (answer != before_ && !after_tie_) {
            tick_ = step.tick;
            in_doubt_ = false;
        }
        before_ = answer;
        after_tie_ = false;
    }

    [[nodiscard]] Tick tick() const { return tick_; }

    // An answer that is not known lies behind the last change that is.
    [[nodiscard]] bool in_doubt() const { return in_doubt_; }

  private:
    std::optional<NeuronIndex> before_;
    bool after_tie_ = false;
    bool in_doubt_ = false;
    Tick tick_ = 0;
};

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
    if (readout.values.size() > 1) {
        answer.margin = answer_lead(summary_.kind, readout.values, readout.prediction);
    }
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
        at.right += step.settled && label && *label == std::int64_t{step.answer} ? 1 : 0;
        at.undecided += step.decided ? 0 : 1;
        at.tied += step.decided && !step.settled ? 1 : 0;
    }
}

void AnswerTally::add_course(const TraceFile& file,
                             std::uint64_t place,
                             const SampleRecord& record,
                             const std::function<void()>& poll) {
    const std::optional<std::int64_t> label = record.label;
    const std::uint32_t prediction = record.readouts.at(readout_).prediction;
    std::optional<AnswerStep> now;  // the last seen: it may be followed by one of the same tick
    LastChange change;
    std::size_t point = 0;
    visit_answers(file, place, readout_, [&](const AnswerStep& step) {
        if (now && step.tick > now->tick) {
            poll();
            change.add(*now);
            pass(*now, step.tick, label, point);
        }
        now = step;
    });
    if (!now) {
        return;
    }
    // After the last tick the answer is the model's own.
    pass(*now, horizon_ - 1, label, point);
    AnswerStep end = *now;
    change.add(end);
    end.answer = prediction;
    end.settled = true;
    pass(end, horizon_, label, point);
    ++summary_.course_samples;
    summary_.course_labelled += label ? 1 : 0;
    if (!end.decided) {
        ++summary_.never_answered;
    } else if (change.in_doubt() || now->answer != prediction) {
        ++summary_.change_unknown;
    } else {
        ++summary_.course[static_cast<std::size_t>(change.tick() / point_ticks_)].last_changed;
    }
}

}  // namespace saltus
