#include "cli/trace_summary_text.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "cli/number_text.hpp"
#include "cli/text_table.hpp"

namespace saltus::cli {

namespace {

using Known = PopulationSummary::Known;

constexpr std::size_t k_listed = 10;  // neurons of a layer, and samples

bool counts_neurons(const PopulationSummary& population) {
    return population.known == Known::every_spike || population.known == Known::counts;
}

// "3 of 500 neurons of hidden: hidden[1], hidden[4], hidden[9]"
std::string neurons_text(const PopulationSummary& population,
                         const std::vector<NeuronIndex>& neurons) {
    if (neurons.size() == population.neurons) {
        return fmt::format(
            "all {} neurons of {}", grouped_text(population.neurons), population.name);
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
            text += text_line(
                text.empty() ? head : "",
                fmt::format(
                    "all {} neurons of {}", grouped_text(population.neurons), population.name));
        } else if (!(population.*neurons).empty()) {
            text +=
                text_line(text.empty() ? head : "", neurons_text(population, population.*neurons));
        }
    }
    if (!text.empty()) {
        return text;
    }
    const bool any = std::any_of(summary.populations.begin(),
                                 summary.populations.end(),
                                 [](const auto& population) { return population.sends_spikes; });
    return text_line(head,
                     known ? "no neuron"
                     : any ? "not known: no spikes were recorded"
                           : "nothing here sends spikes");
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
        text += text_line(text.empty() ? "no output" : "", words);
    }
    return text;
}

std::string activity_lines(const TraceSummary& summary) {
    if (std::none_of(summary.populations.begin(),
                     summary.populations.end(),
                     [](const auto& population) { return population.sends_spikes; })) {
        return "";
    }
    if (summary.followed_samples == 0) {
        return text_line("activity", "where it dies out is not known");
    }
    std::string text;
    for (const PopulationSummary& population : summary.populations) {
        if (population.died_samples > 0) {
            text += text_line(text.empty() ? "activity" : "",
                              fmt::format("dies out at {} in {} of {}: no spike there or behind it",
                                          population.name,
                                          grouped_text(population.died_samples),
                                          samples_text(summary.followed_samples)));
        }
    }
    return text.empty() ? text_line("activity", "reaches the last layer in every sample") : text;
}

// What could not be said, and which recording would say it.
std::string unknown_lines(const TraceSummary& summary) {
    std::string text;
    const auto say = [&](const std::string& words) {
        text += text_line(text.empty() ? "not known" : "", words);
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
        say(fmt::format("answers and some spikes of {}, which the file lacks: it was cut off",
                        samples_text(summary.without_record)));
    }
    return text;
}

// Which populations have nothing in the tables.
std::string still_lines(const TraceSummary& summary) {
    std::string text;
    for (const PopulationSummary& population : summary.populations) {
        if (!population.sends_spikes) {
            const bool encodes = population.kind == TracePopulation::Kind::encoder;
            text += fmt::format("{}{} {}",
                                text.empty() ? "" : "; ",
                                population.name,
                                encodes ? "holds its values" : "is only read");
        }
    }
    return text.empty() ? "" : text + ": no spikes\n";
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
    std::string text = text_table(rows) + still_lines(summary);
    if (const std::optional<double> sparsity = summary.activation_sparsity()) {
        text += fmt::format("activation sparsity over all neurons' ticks: {}\n",
                            percent_text(*sparsity));
    }
    return text;
}

std::string time_table(const TraceSummary& summary) {
    std::vector<std::vector<std::string>> rows = {{"population",
                                                   "first spike",
                                                   "of a neuron",
                                                   "silent samples",
                                                   "intervals",
                                                   "mean",
                                                   "variation"}};
    for (const PopulationSummary& population : summary.populations) {
        const bool fires = population.fires() && summary.samples > 0;
        const bool intervals = population.intervals > 0;
        rows.push_back(
            {population.name,
             population.first_spike ? number_text(*population.first_spike) : "-",
             population.neuron_first_spike ? number_text(*population.neuron_first_spike) : "-",
             fires ? grouped_text(population.silent_samples) : "-",
             fires && population.known == Known::every_spike ? grouped_text(population.intervals)
                                                             : "-",
             intervals ? number_text(population.interval_mean) : "-",
             intervals ? short_number(population.interval_variation) : "-"});
    }
    return fmt::format(
               "times in ticks{}: means over samples, and over neurons; intervals are "
               "between two spikes of a neuron\n",
               summary.tick_seconds > 0 ? " of " + seconds_text(summary.tick_seconds)
                                        : std::string()) +
           text_table(rows);
}

}  // namespace

std::string trace_summary_text(const TraceSummary& summary) {
    std::string what = fmt::format("{}, {}", summary.model, samples_text(summary.samples));
    if (summary.samples > 0) {
        what += fmt::format(" ({} to {})", summary.first_sample, summary.last_sample);
    }
    what += fmt::format(", ticks {} to {} of {}", summary.from, summary.until - 1, summary.horizon);
    std::string text = text_line("trace", what);
    if (summary.samples == 0) {
        return text + text_line("", "the trace is empty: nothing to summarise");
    }
    text += neuron_lines(summary, "silent", &PopulationSummary::silent);
    text += neuron_lines(summary, "saturated", &PopulationSummary::saturated);
    text += output_lines(summary) + activity_lines(summary) + unknown_lines(summary);
    if (!summary.populations.empty()) {
        text += "\n" + activity_table(summary) + "\n" + time_table(summary);
    }
    for (const ReadoutSummary& readout : summary.readouts) {
        text += answers_text(readout);
    }
    return text;
}

}  // namespace saltus::cli
