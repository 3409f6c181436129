#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "cli/number_text.hpp"
#include "cli/text_table.hpp"
#include "cli/trace_summary_text.hpp"
#include "models/trace/trace.hpp"

namespace saltus::cli {

namespace {

constexpr std::size_t k_listed = 10;        // pairs of classes
constexpr std::size_t k_rows = 20;          // points of a course
constexpr std::size_t k_closest = 10;       // samples
constexpr std::size_t k_most_wrong = 200;   // samples
constexpr std::size_t k_most_classes = 20;  // of a matrix

std::string accuracy_line(const ReadoutSummary& readout) {
    if (readout.labelled == 0) {
        return text_line("accuracy", "not known: no labels");
    }
    if (readout.label_beyond) {
        return text_line("accuracy", "not known: labels beyond the readout's values");
    }
    return text_line("accuracy",
                     fmt::format("{}, {} of {} right",
                                 percent_text(static_cast<double>(readout.right) /
                                              static_cast<double>(readout.labelled)),
                                 grouped_text(readout.right),
                                 grouped_text(readout.labelled)));
}

bool has_ties(const ReadoutSummary& readout) {
    return std::any_of(readout.course.begin(), readout.course.end(), [](const auto& point) {
        return point.tied > 0;
    });
}

// The notes beneath the course.
std::string course_notes(const ReadoutSummary& readout) {
    std::string text;
    if (readout.never_answered > 0) {
        text += text_line(
            "", fmt::format("{} never had an output spike", samples_text(readout.never_answered)));
    }
    if (has_ties(readout)) {
        text += text_line("",
                          "answers that rest on a tie are not counted as right: membranes settle "
                          "it, or a rule that the trace does not name");
    }
    if (readout.change_unknown > 0) {
        text += text_line("",
                          fmt::format("{}: the tick of the last change is not known, a tie is near",
                                      samples_text(readout.change_unknown)));
    }
    return text;
}

// Points of the course, neighbours together where there are many.
std::string course_table(const ReadoutSummary& readout) {
    if (readout.source == AnswerSource::unknown) {
        return text_line("by tick",
                         "accuracy after each tick is not known: that needs a trace with the "
                         "readout of each tick (saltus run --record-readout)");
    }
    if (readout.course_samples == 0) {
        return "";
    }
    const bool undecided = std::any_of(readout.course.begin(),
                                       readout.course.end(),
                                       [](const auto& point) { return point.undecided > 0; });
    const bool tied = has_ties(readout);
    std::vector<std::vector<std::string>> rows = {{"after tick", "accuracy"}};
    const auto add_if = [](bool shown, const std::string& cell, std::vector<std::string>& row) {
        if (shown) {
            row.push_back(cell);
        }
    };
    add_if(undecided, "no answer", rows[0]);
    add_if(tied, "tied", rows[0]);
    rows[0].insert(rows[0].end(), {"last changed", ""});
    const std::size_t step = (readout.course.size() + k_rows - 1) / k_rows;
    std::vector<std::uint64_t> changed;
    for (std::size_t k = 0; k < readout.course.size(); k += step) {
        changed.push_back(0);
        const std::size_t end = std::min(k + step, readout.course.size());
        for (std::size_t j = k; j < end; ++j) {
            changed.back() += readout.course[j].last_changed;
        }
        const ReadoutSummary::Point& at = readout.course[end - 1];
        const bool labels = readout.course_labelled > 0 && !readout.label_beyond;
        rows.push_back({std::to_string(at.tick),
                        labels ? percent_text(static_cast<double>(at.right) /
                                              static_cast<double>(readout.course_labelled))
                               : "-"});
        add_if(undecided, grouped_text(at.undecided), rows.back());
        add_if(tied, grouped_text(at.tied), rows.back());
        rows.back().push_back(grouped_text(changed.back()));
    }
    const std::uint64_t most =
        std::max<std::uint64_t>(1, *std::max_element(changed.begin(), changed.end()));
    for (std::size_t k = 0; k < changed.size(); ++k) {
        const std::size_t bar =
            changed[k] == 0 ? 0
                            : 1 + static_cast<std::size_t>(39.0 * static_cast<double>(changed[k]) /
                                                           static_cast<double>(most));
        rows[k + 1].push_back(std::string(bar, '#') + std::string(40 - bar, ' '));
    }
    return text_table(rows) + course_notes(readout);
}

// A row a label, a column a prediction; nothing where it does not fit.
std::string matrix(const ReadoutSummary& readout) {
    if (readout.values > k_most_classes) {
        return "";
    }
    std::vector<std::vector<std::string>> rows(1);
    rows[0].emplace_back("label");
    for (std::uint32_t k = 0; k < readout.values; ++k) {
        rows[0].push_back(std::to_string(k));
    }
    for (std::uint32_t label = 0; label < readout.values; ++label) {
        rows.push_back({std::to_string(label)});
        for (std::uint32_t k = 0; k < readout.values; ++k) {
            const auto cell = readout.confusion.find({std::int64_t{label}, k});
            rows.back().push_back(cell == readout.confusion.end() ? "."
                                                                  : std::to_string(cell->second));
        }
    }
    const std::string text = text_table(rows);
    return text.find('\n') > k_text_columns ? "" : "labels down, answers across\n" + text;
}

// The most frequent mistakes.
std::string mistakes(const ReadoutSummary& readout) {
    struct Mistake {
        std::int64_t label;
        std::uint32_t prediction;
        std::uint64_t samples;
    };

    std::vector<Mistake> all;
    for (const auto& [pair, samples] : readout.confusion) {
        if (pair.first != std::int64_t{pair.second}) {
            all.push_back({pair.first, pair.second, samples});
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const Mistake& a, const Mistake& b) {
        return a.samples > b.samples;
    });
    std::string words = all.empty() ? "none" : "";
    for (std::size_t k = 0; k < std::min(k_listed, all.size()); ++k) {
        words += fmt::format("{}{} as {} ({})",
                             k == 0 ? "" : ", ",
                             all[k].label,
                             all[k].prediction,
                             grouped_text(all[k].samples));
    }
    if (all.size() > k_listed) {
        words += fmt::format(" and {} other pairs", grouped_text(all.size() - k_listed));
    }
    return text_line("mistakes", words);
}

std::string closest_table(const ReadoutSummary& readout) {
    std::vector<std::vector<std::string>> rows = {
        {"smallest margin: sample", "label", "answer", "margin"}};
    for (std::size_t k = 0; k < std::min(k_closest, readout.closest.size()); ++k) {
        const ReadoutSummary::Answer& answer = readout.closest[k];
        rows.push_back({std::to_string(answer.sample),
                        answer.label ? std::to_string(*answer.label) : "-",
                        std::to_string(answer.prediction),
                        short_number(*answer.margin)});
    }
    return text_table(rows);
}

// "247:4>6", sample, label and answer: one word, so that a line never ends within.
std::string wrong_lines(const ReadoutSummary& readout) {
    std::string words = fmt::format("{} of {}, as sample:label>answer.",
                                    grouped_text(readout.wrong.size()),
                                    grouped_text(readout.labelled));
    for (std::size_t k = 0; k < std::min(k_most_wrong, readout.wrong.size()); ++k) {
        const ReadoutSummary::Answer& answer = readout.wrong[k];
        words += fmt::format(" {}:{}>{}", answer.sample, *answer.label, answer.prediction);
    }
    if (readout.wrong.size() > k_most_wrong) {
        words += fmt::format(" and {} more (all with --json)",
                             grouped_text(readout.wrong.size() - k_most_wrong));
    }
    return text_line("wrong", words);
}

}  // namespace

std::string answers_text(const ReadoutSummary& readout) {
    std::string text = "\n" + text_line("readout",
                                        fmt::format("{} ({} of {} values), {}",
                                                    readout.name,
                                                    readout_text(readout.kind, readout.logit),
                                                    readout.values,
                                                    samples_text(readout.samples)));
    if (readout.samples == 0) {
        return text;
    }
    text += accuracy_line(readout) + course_table(readout);
    if (readout.labelled > 0) {
        const std::string classes = readout.label_beyond ? "" : matrix(readout);
        text += classes.empty() ? mistakes(readout) : "\n" + classes;
    }
    if (!readout.closest.empty()) {
        text += "\n" + closest_table(readout);
    }
    if (!readout.wrong.empty()) {
        text += "\n" + wrong_lines(readout);
    }
    return text;
}

}  // namespace saltus::cli
