#include "cli/trace_summary_text.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "cli/number_text.hpp"
#include "models/trace/trace.hpp"

namespace saltus::cli {

namespace {

using Known = PopulationSummary::Known;

constexpr std::size_t k_columns = 100;
constexpr std::size_t k_head = 12;         // "saturated   "
constexpr std::size_t k_listed = 10;       // neurons of a layer
constexpr std::size_t k_rows = 20;         // samples, and points of a course
constexpr std::size_t k_most_classes = 20; // of a matrix

// Characters of UTF-8 text.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// At most `most` characters, the end as ".." where it is cut.
std::string cut(const std::string& text, std::size_t most) {
    if (width_of(text) <= most) {
        return text;
    }
    std::size_t at = 0;
    for (std::size_t seen = 0; at < text.size(); ++at) {
        const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (starts && seen++ == most - 2) {
            break;
        }
    }
    return text.substr(0, at) + "..";
}

// A line that starts with `head`; words move to further lines where they do not fit.
std::string line(const std::string& head, const std::string& words) {
    std::string out = fmt::format("{:<{}}", head, k_head);
    std::size_t column = k_head;
    bool first = true;
    for (std::size_t at = 0; at < words.size();) {
        const std::size_t end = std::min(words.find(' ', at), words.size());
        const std::string word = words.substr(at, end - at);
        if (!first && column + 1 + width_of(word) > k_columns) {
            out += '\n' + std::string(k_head, ' ');
            column = k_head;
            first = true;
        }
        const std::string shown = cut(word, k_columns - k_head);
        out += (first ? "" : " ") + shown;
        column += width_of(shown) + (first ? 0 : 1);
        first = false;
        at = end + 1;
    }
    return out + '\n';
}

// The first column to the left, the others to the right; the first is cut where a row would be too
// long.
std::string table(std::vector<std::vector<std::string>> rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const std::vector<std::string>& row : rows) {
        for (std::size_t k = 0; k < row.size(); ++k) {
            widths[k] = std::max(widths[k], width_of(row[k]));
        }
    }
    std::size_t others = 0;
    for (std::size_t k = 1; k < widths.size(); ++k) {
        others += widths[k] + 2;
    }
    const std::size_t room = others + 12 < k_columns ? k_columns - others : 12;
    widths[0] = std::min(widths[0], room);
    std::string out;
    for (const std::vector<std::string>& row : rows) {
        const std::string name = cut(row[0], room);
        std::string text = name + std::string(widths[0] - width_of(name), ' ');
        for (std::size_t k = 1; k < row.size(); ++k) {
            text += std::string(2 + widths[k] - width_of(row[k]), ' ') + row[k];
        }
        out += text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
    }
    return out;
}

std::string samples_text(std::uint64_t samples) {
    return grouped_text(samples) + (samples == 1 ? " sample" : " samples");
}

std::string short_number(double value) {
    return fmt::format("{:.4g}", value);
}

bool counts_neurons(const PopulationSummary& population) {
    return population.known == Known::every_spike || population.known == Known::counts;
}

// "3 of 500 neurons of hidden: hidden[1], hidden[4], hidden[9]"
std::string neurons_text(const PopulationSummary& population,
                         const std::vector<NeuronIndex>& neurons) {
    if (neurons.size() == population.neurons) {
        return fmt::format("all {} neurons of {}", grouped_text(population.neurons), population.name);
    }
    std::string text = fmt::format("{} of {} neurons of {}:",
                                   grouped_text(neurons.size()),
                                   grouped_text(population.neurons),
                                   population.name);
    for (std::size_t k = 0; k < std::min(k_listed, neurons.size()); ++k) {
        text += fmt::format("{} {}[{}]", k == 0 ? "" : ",", population.name, neurons[k]);
    }
    if (neurons.size() > k_listed) {
        text += fmt::format(" and {} more", grouped_text(neurons.size() - k_listed));
    }
    return text;
}

// A line a population that has such neurons.
std::string neuron_lines(const TraceSummary& summary,
                         const char* head,
                         std::vector<NeuronIndex> PopulationSummary::*neurons) {
    std::string text;
    bool known = false;
    for (const PopulationSummary& population : summary.populations) {
        known = known || counts_neurons(population);
        const bool whole_layer = population.known == Known::total && population.spikes == 0 &&
                                 summary.samples > 0 && neurons == &PopulationSummary::silent;
        if (whole_layer) {
            text += line(text.empty() ? head : "",
                         fmt::format("all {} neurons of {}",
                                     grouped_text(population.neurons),
                                     population.name));
        } else if (!(population.*neurons).empty()) {
            text += line(text.empty() ? head : "", neurons_text(population, population.*neurons));
        }
    }
    return text.empty() ? line(head, known ? "no neuron" : "not known: no spikes were recorded")
                        : text;
}

std::string output_lines(const TraceSummary& summary) {
    std::string text;
    for (const ReadoutSummary& readout : summary.readouts) {
        const std::vector<std::uint64_t>& numbers = readout.without_output;
        if (numbers.empty()) {
            continue;
        }
        std::string words = fmt::format(
            "{} without an output spike for {}:", samples_text(numbers.size()), readout.name);
        for (std::size_t k = 0; k < std::min(k_listed, numbers.size()); ++k) {
            words += fmt::format("{} {}", k == 0 ? "" : ",", numbers[k]);
        }
        if (numbers.size() > k_listed) {
            words += fmt::format(" and {} more", grouped_text(numbers.size() - k_listed));
        }
        text += line(text.empty() ? "no output" : "", words);
    }
    return text;
}

std::string activity_lines(const TraceSummary& summary) {
    if (summary.followed_samples == 0) {
        return line("activity", "where it dies out is not known");
    }
    std::string text;
    for (const PopulationSummary& population : summary.populations) {
        if (population.died_samples > 0) {
            text += line(text.empty() ? "activity" : "",
                         fmt::format("dies out at {} in {} of {}: no spike there or behind it",
                                     population.name,
                                     grouped_text(population.died_samples),
                                     samples_text(summary.followed_samples)));
        }
    }
    return text.empty() ? line("activity", "reaches the last layer in every sample") : text;
}

// What could not be said, and which recording would say it.
std::string unknown_lines(const TraceSummary& summary) {
    std::string text;
    const auto say = [&](const std::string& words) {
        text += line(text.empty() ? "not known" : "", words);
    };
    const bool all_ticks = summary.from == 0 && summary.until == summary.horizon;
    for (const PopulationSummary& population : summary.populations) {
        if (!population.sends_spikes || population.known == Known::every_spike) {
            continue;
        }
        say(population.known == Known::counts
                ? fmt::format("times of {}: counts alone were recorded", population.name)
            : population.known == Known::total
                ? fmt::format("neurons and times of {}: its spikes were not recorded",
                              population.name)
            : all_ticks ? fmt::format("{}: its spikes were not recorded", population.name)
                        : fmt::format("{} within these ticks: its spikes were not recorded",
                                      population.name));
    }
    if (summary.without_record > 0) {
        say(fmt::format("answers of {}, which the file lacks: it was cut off",
                        samples_text(summary.without_record)));
    }
    return text;
}

std::string activity_table(const TraceSummary& summary) {
    const bool seconds = summary.tick_seconds > 0;
    std::vector<std::vector<std::string>> rows;
    rows.push_back({"population", "neurons", "spikes", "a tick"});
    if (seconds) {
        rows.back().emplace_back("Hz");
    }
    rows.back().insert(rows.back().end(), {"silent", "sparsity", "busiest", "its spikes"});
    for (const PopulationSummary& population : summary.populations) {
        std::vector<std::string> row = {population.name, grouped_text(population.neurons)};
        const bool fires = population.fires() && summary.samples > 0;
        const double rate = summary.rate(population);
        row.push_back(fires ? grouped_text(population.spikes) : "-");
        row.push_back(fires ? short_number(rate) : "-");
        if (seconds) {
            row.push_back(fires ? short_number(rate / summary.tick_seconds) : "-");
        }
        const bool neurons = fires && counts_neurons(population);
        row.push_back(neurons ? percent_text(static_cast<double>(population.silent.size()) /
                                             static_cast<double>(population.neurons))
                              : "-");
        row.push_back(fires ? percent_text(1 - rate) : "-");
        const bool busy = neurons && population.busiest_spikes > 0;
        row.push_back(busy ? fmt::format("[{}]", population.busiest) : "-");
        row.push_back(busy ? grouped_text(population.busiest_spikes) : "-");
        rows.push_back(std::move(row));
    }
    std::string text = table(std::move(rows));
    if (const std::optional<double> sparsity = summary.activation_sparsity()) {
        text += fmt::format("activation sparsity over all neurons' ticks: {}\n",
                            percent_text(*sparsity));
    }
    return text;
}

std::string time_table(const TraceSummary& summary) {
    std::vector<std::vector<std::string>> rows = {
        {"population", "first spike", "silent samples", "intervals", "mean interval", "variation"}};
    for (const PopulationSummary& population : summary.populations) {
        const bool fires = population.fires() && summary.samples > 0;
        const bool intervals = population.intervals > 0;
        rows.push_back(
            {population.name,
             population.first_spike ? number_text(*population.first_spike) : "-",
             fires ? grouped_text(population.silent_samples) : "-",
             fires && population.known == Known::every_spike ? grouped_text(population.intervals)
                                                             : "-",
             intervals ? number_text(population.interval_mean) : "-",
             intervals ? short_number(population.interval_variation) : "-"});
    }
    return fmt::format("times in ticks{}, means over samples and neurons\n",
                       summary.tick_seconds > 0
                           ? " of " + seconds_text(summary.tick_seconds)
                           : std::string()) +
           table(std::move(rows));
}

std::string accuracy_line(const ReadoutSummary& readout) {
    if (readout.labelled == 0) {
        return line("accuracy", "not known: no labels");
    }
    if (readout.label_beyond) {
        return line("accuracy", "not known: labels beyond the readout's values");
    }
    return line("accuracy",
                fmt::format("{}, {} of {} right",
                            percent_text(static_cast<double>(readout.right) /
                                         static_cast<double>(readout.labelled)),
                            grouped_text(readout.right),
                            grouped_text(readout.labelled)));
}

// The notes beneath the course.
std::string course_notes(const ReadoutSummary& readout) {
    std::string text;
    if (readout.never_answered > 0) {
        text += line("", fmt::format("{} never had an output spike", samples_text(readout.never_answered)));
    }
    if (readout.tied > 0) {
        text += line("",
                     fmt::format("{} answers before the last tick rest on a tie: the lowest index "
                                 "is taken, as the model's rule for ties is not in the trace",
                                 grouped_text(readout.tied)));
    }
    if (readout.change_unknown > 0) {
        text += line("",
                     fmt::format("{}: when the answer last changed is not known, a tie at the end "
                                 "was settled by membranes",
                                 samples_text(readout.change_unknown)));
    }
    return text;
}

// Points of the course, neighbours together where there are many.
std::string course_table(const ReadoutSummary& readout) {
    if (readout.source == AnswerSource::unknown) {
        return line("by tick", "not known: the trace has no readouts by tick (--record-readout)");
    }
    if (readout.course_samples == 0) {
        return "";
    }
    std::vector<std::vector<std::string>> rows = {
        {"after tick", "accuracy", "without answer", "last changed", ""}};
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
                               : "-",
                        grouped_text(at.undecided),
                        grouped_text(changed.back())});
    }
    const std::uint64_t most = std::max<std::uint64_t>(
        1, *std::max_element(changed.begin(), changed.end()));
    for (std::size_t k = 0; k < changed.size(); ++k) {
        const std::size_t bar =
            changed[k] == 0 ? 0 : 1 + static_cast<std::size_t>(39.0 * static_cast<double>(changed[k]) /
                                                               static_cast<double>(most));
        rows[k + 1].push_back(std::string(bar, '#') + std::string(40 - bar, ' '));
    }
    return table(std::move(rows)) + course_notes(readout);
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
            rows.back().push_back(
                cell == readout.confusion.end() ? "." : std::to_string(cell->second));
        }
    }
    const std::string text = table(std::move(rows));
    return text.find('\n') > k_columns ? "" : "labels down, answers across\n" + text;
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
    return line("mistakes", words);
}

std::string answer_table(const char* head, const std::vector<ReadoutSummary::Answer>& answers) {
    std::vector<std::vector<std::string>> rows = {{head, "label", "answer", "margin"}};
    for (std::size_t k = 0; k < std::min(k_rows, answers.size()); ++k) {
        const ReadoutSummary::Answer& answer = answers[k];
        rows.push_back({std::to_string(answer.sample),
                        answer.label ? std::to_string(*answer.label) : "-",
                        std::to_string(answer.prediction),
                        answer.margin ? short_number(*answer.margin) : "-"});
    }
    std::string text = table(std::move(rows));
    if (answers.size() > k_rows) {
        text += fmt::format("and {} more (all with --json)\n", grouped_text(answers.size() - k_rows));
    }
    return text;
}

std::string readout_text(const ReadoutSummary& readout) {
    std::string text = "\n" + line("readout",
                                   fmt::format("{} ({} of {} values), {}",
                                               readout.name,
                                               saltus::readout_text(readout.kind, readout.logit),
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
        text += "\n" + answer_table("smallest margin: sample", readout.closest);
    }
    if (!readout.wrong.empty()) {
        text += "\n" + answer_table("wrong: sample", readout.wrong);
    }
    return text;
}

}  // namespace

std::string trace_summary_text(const TraceSummary& summary) {
    std::string what = fmt::format("{}, {}", summary.model, samples_text(summary.samples));
    if (summary.samples > 0) {
        what += fmt::format(" ({} to {})", summary.first_sample, summary.last_sample);
    }
    what += fmt::format(", ticks {} to {} of {}", summary.from, summary.until - 1, summary.horizon);
    std::string text = line("trace", what);
    if (summary.samples == 0) {
        return text + line("", "the trace is empty: nothing to summarise");
    }
    text += neuron_lines(summary, "silent", &PopulationSummary::silent);
    text += neuron_lines(summary, "saturated", &PopulationSummary::saturated);
    text += output_lines(summary) + activity_lines(summary) + unknown_lines(summary);
    if (!summary.populations.empty()) {
        text += "\n" + activity_table(summary) + "\n" + time_table(summary);
    }
    for (const ReadoutSummary& readout : summary.readouts) {
        text += readout_text(readout);
    }
    return text;
}

}  // namespace saltus::cli
