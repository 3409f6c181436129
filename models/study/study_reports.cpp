#include "models/study/study_reports.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "models/files/atomic_file.hpp"
#include "models/picture/picture_text.hpp"
#include "models/study/study_plot.hpp"

namespace saltus {

namespace {

constexpr std::size_t k_most_rows = 60;  // in report.md and report.tex: the best ones

std::string percent(double share) {
    return fmt::format("{:.2f} %", 100 * share);
}

std::string settings_text(const std::vector<Setting>& settings) {
    std::string text;
    for (const Setting& setting : settings) {
        text += (text.empty() ? "" : ", ") + setting.path + "=" + value_text(setting.value);
    }
    return text.empty() ? "as it is" : text;
}

// The rows that nobody beats, ascending cost; all of them if they are few.
std::vector<const StudyRow*> rows_to_show(const StudySummary& summary) {
    std::vector<const StudyRow*> rows;
    const bool all = summary.rows.size() <= k_most_rows;
    for (const StudyRow& row : summary.rows) {
        if (row.runs > 0 && (all || row.best)) {
            rows.push_back(&row);
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const StudyRow* a, const StudyRow* b) {
        return a->total_operations < b->total_operations;
    });
    rows.resize(std::min(rows.size(), k_most_rows));
    return rows;
}

const StudyRow* most_accurate(const StudySummary& summary) {
    const StudyRow* best = nullptr;
    for (const StudyRow& row : summary.rows) {
        if (row.best && (best == nullptr || row.accuracy > best->accuracy)) {
            best = &row;
        }
    }
    return best;
}

// The verdict of one energy model: the cheapest point and the cheapest rival that are both as
// accurate as the study's best point, within its interval.
std::string verdict(const StudySummary& summary, const EnergyModel& model, std::size_t k) {
    const StudyRow* const best = most_accurate(summary);
    if (best == nullptr) {
        return model.name + ": no point has an accuracy.";
    }
    const StudyRow* cheapest = best;
    for (const StudyRow& row : summary.rows) {
        if (row.runs > 0 && row.labelled && row.accuracy >= best->low &&
            row.joules.at(k) < cheapest->joules.at(k)) {
            cheapest = &row;
        }
    }
    const StudyRival* rival = nullptr;
    for (const StudyRival& one : summary.rivals) {
        if (one.joules.at(k) && one.accuracy >= best->low &&
            (rival == nullptr || *one.joules[k] < *rival->joules[k])) {
            rival = &one;
        }
    }
    const std::string ours =
        fmt::format("{}: of the points within the best one's interval the cheapest ({}) costs {}",
                    model.name,
                    settings_text(cheapest->settings),
                    joules_text(cheapest->joules[k]));
    if (rival == nullptr) {
        return ours + (summary.rivals.empty()
                           ? "; the model carries no artificial networks to compare with."
                           : "; no rival is as accurate, or has a price.");
    }
    const double ratio = *rival->joules[k] / cheapest->joules[k];
    return ours + fmt::format("; the cheapest rival ({}, {}) costs {}: spiking {} by {:.3g} times.",
                              rival->kind,
                              percent(rival->accuracy),
                              joules_text(*rival->joules[k]),
                              ratio >= 1 ? "wins" : "loses",
                              ratio >= 1 ? ratio : 1 / ratio);
}

std::string latex(const std::string& text) {
    std::string safe;
    for (const char c : printable(text)) {
        switch (c) {
            case '\\':
                safe += "\\textbackslash{}";
                break;
            case '~':
                safe += "\\textasciitilde{}";
                break;
            case '^':
                safe += "\\textasciicircum{}";
                break;
            case '&':
            case '%':
            case '$':
            case '#':
            case '_':
            case '{':
            case '}':
                safe += '\\';
                safe += c;
                break;
            default:
                safe += c;
        }
    }
    return safe;
}

std::set<std::string> keys_of(const EnergyModel& model) {
    std::set<std::string> keys;
    for (const EnergyPrice& price : model.prices) {
        keys.insert(price.source);
    }
    return keys;
}

// What was counted, priced and left out, in words that a paper can take over.
std::string energy_statement(const std::vector<EnergyModel>& energy, const StudySummary& summary) {
    std::string text;
    for (std::size_t k = 0; k < energy.size(); ++k) {
        const EnergyModel& model = energy[k];
        text += fmt::format("Energy was computed, not measured, by the model \\emph{{{}}} ({}):",
                            latex(model.name),
                            latex(model.title));
        for (std::size_t p = 0; p < model.prices.size(); ++p) {
            const EnergyPrice& price = model.prices[p];
            text += fmt::format("{} {} at {:.4g}~pJ each~\\cite{{{}}} ({})",
                                p == 0 ? "" : ";",
                                latex(counted_words(price.of)),
                                price.joules * 1e12,
                                price.source,
                                energy_kind_name(price.kind));
        }
        text += ". It leaves out";
        for (std::size_t p = 0; p < model.leaves_out.size(); ++p) {
            text += (p == 0 ? " " : "; ") + latex(model.leaves_out[p]);
        }
        text += ". " + latex(verdict(summary, model, k)) + "\n\n";
    }
    return text;
}

std::string bibliography(const std::vector<EnergyModel>& energy) {
    std::map<std::string, std::string> entries;
    for (const EnergyModel& model : energy) {
        const std::set<std::string> used = keys_of(model);
        for (const EnergySource& source : model.sources) {
            if (used.contains(source.key)) {
                entries[source.key] = source.bibtex;
            }
        }
    }
    std::string text;
    for (const auto& [key, bibtex] : entries) {
        text += bibtex + "\n\n";
    }
    return text;
}

}  // namespace

std::vector<AxisEffect> axis_effects(const std::vector<StudyRow>& rows) {
    std::vector<const StudyRow*> used;
    double mean = 0;
    for (const StudyRow& row : rows) {
        if (row.runs > 0 && row.labelled) {
            used.push_back(&row);
            mean += row.accuracy;
        }
    }
    mean /= std::max(1.0, static_cast<double>(used.size()));
    double all = 0;
    for (const StudyRow* const row : used) {
        all += (row->accuracy - mean) * (row->accuracy - mean);
    }
    std::vector<AxisEffect> effects;
    for (std::size_t k = 0; !used.empty() && all > 0 && k < used[0]->settings.size(); ++k) {
        std::map<double, std::pair<double, double>> sums;  // of accuracy, and how many
        for (const StudyRow* const row : used) {
            auto& [sum, count] = sums[row->settings[k].value];
            sum += row->accuracy;
            count += 1;
        }
        double between = 0;
        for (const auto& [value, sum] : sums) {
            const double difference = sum.first / sum.second - mean;
            between += sum.second * difference * difference;
        }
        if (sums.size() > 1) {
            effects.push_back({used[0]->settings[k].path, between / all});
        }
    }
    return effects;
}

std::string row_command(const StudyIdentity& identity, const StudyRow& row) {
    std::string command = fmt::format("saltus study {} {}", identity.model_file, identity.data);
    if (!identity.samples.empty()) {
        command += " --samples " + identity.samples;
    }
    for (const std::string& set : identity.sets) {
        command += " --set " + set;
    }
    for (const Setting& setting : row.settings) {
        command += fmt::format(" --set {}={}", setting.path, value_text(setting.value));
    }
    for (const std::string& energy : identity.energy) {
        command += " --energy " + energy;
    }
    command += fmt::format(" --seed {}", identity.first_seed);
    if (identity.repeats > 1) {
        command += fmt::format(" --repeats {}", identity.repeats);
    }
    return command + fmt::format(" -o point-{}", row.point);
}

std::string study_markdown(const StudyIdentity& identity,
                           const std::vector<EnergyModel>& energy,
                           const StudySummary& summary) {
    std::string text = fmt::format("# {}\n\n{} with {}, samples {}; {} points",
                                   identity.name.empty() ? "Study" : identity.name,
                                   identity.model_file,
                                   identity.data,
                                   identity.samples,
                                   summary.rows.size());
    text += summary.failed == 0
                ? ".\n\n"
                : fmt::format("; {} runs failed (results.csv says why).\n\n", summary.failed);
    text += "![Accuracy against operations](accuracy_operations.svg)\n\n";
    text +=
        "Operations are effective MACs and ACs a sample, zeros left out. Intervals at 95 %: of one "
        "run over its "
        "samples (Wilson), of several over the runs (Student). **Bold**: nobody as accurate needs "
        "fewer operations.\n\n";
    text += "| settings | accuracy | at 95 % | operations | MACs | ACs | spikes | ticks |";
    std::string rule = "|---|---|---|---|---|---|---|---|";
    for (const EnergyModel& model : energy) {
        text += " " + model.name + " |";
        rule += "---|";
    }
    text += "\n" + rule + "\n";
    for (const StudyRow* const row : rows_to_show(summary)) {
        const char* const mark = row->best ? "**" : "";
        text += fmt::format(
            "| {}{}{} | {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.1f} | {:.2f} |",
            mark,
            settings_text(row->settings),
            mark,
            row->labelled ? percent(row->accuracy) : "-",
            row->labelled ? fmt::format("{:.2f} to {:.2f}", 100 * row->low, 100 * row->high) : "-",
            row->total_operations,
            row->macs,
            row->acs,
            row->spikes,
            row->ticks);
        for (const double joules : row->joules) {
            text += " " + joules_text(joules) + " |";
        }
        text += "\n";
    }
    if (summary.rows.size() > k_most_rows) {
        text +=
            fmt::format("\nOf {} points those that nobody beats are shown; results.csv has all.\n",
                        summary.rows.size());
    }
    if (!summary.rivals.empty()) {
        text +=
            "\nArtificial networks that the model carries, to compare with:\n\n| rival | accuracy "
            "| MACs |\n|---|---|---|\n";
        for (const StudyRival& rival : summary.rivals) {
            text += fmt::format(
                "| {} | {} | {:.0f} |\n", rival.kind, percent(rival.accuracy), rival.macs);
        }
    }
    for (std::size_t k = 0; k < energy.size(); ++k) {
        text += "\n" + verdict(summary, energy[k], k) + "\n";
    }
    const std::vector<AxisEffect> effects = axis_effects(summary.rows);
    if (!effects.empty()) {
        text += "\nShare of accuracy's variance that an axis alone explains:";
        for (const AxisEffect& effect : effects) {
            text += fmt::format(" {} {:.0f} %;", effect.path, 100 * effect.share);
        }
        text.back() = '.';
        text += "\n";
    }
    return text + fmt::format("\nMade by {}: `{}`\n", identity.program, identity.command);
}

std::string study_latex(const StudyIdentity& identity,
                        const std::vector<EnergyModel>& energy,
                        const StudySummary& summary) {
    std::string text =
        "% needs booktabs; sources of every constant: report.bib\n\\begin{table}\n\\centering\n";
    text += fmt::format(
        "\\caption{{{} with {}: accuracy with 95~\\% interval, and operations a sample (effective, "
        "zeros "
        "left out).}}\n",
        latex(identity.model_file),
        latex(identity.data));
    text += "\\begin{tabular}{lrrrr";
    text +=
        std::string(energy.size(), 'r') + "}\n\\toprule\nsettings & accuracy & MACs & ACs & ticks";
    for (const EnergyModel& model : energy) {
        text += " & " + latex(model.name);
    }
    text += " \\\\\n\\midrule\n";
    for (const StudyRow* const row : rows_to_show(summary)) {
        text += fmt::format("{} & ", latex(settings_text(row->settings)));
        text += row->labelled ? fmt::format("{:.2f} [{:.2f}, {:.2f}]",
                                            100 * row->accuracy,
                                            100 * row->low,
                                            100 * row->high)
                              : "--";
        text += fmt::format(" & {:.0f} & {:.0f} & {:.2f}", row->macs, row->acs, row->ticks);
        for (const double joules : row->joules) {
            text += " & " + latex(joules_text(joules));
        }
        text += " \\\\\n";
    }
    if (!summary.rivals.empty()) {
        text += "\\midrule\n";
        for (const StudyRival& rival : summary.rivals) {
            text += fmt::format("rival: {} & {:.2f} & {:.0f} & 0 & --",
                                latex(rival.kind),
                                100 * rival.accuracy,
                                rival.macs);
            for (const std::optional<double>& joules : rival.joules) {
                text += " & " + (joules ? latex(joules_text(*joules)) : "--");
            }
            text += " \\\\\n";
        }
    }
    text += "\\bottomrule\n\\end{tabular}\n\\end{table}\n\n";
    text += energy_statement(energy, summary);
    text +=
        "% Checklist for a reviewer:\n"
        "% [x] operations are counted, spike by spike, not estimated from rates\n"
        "% [x] MACs of artificial layers, of held drive and of graded events are in the total\n"
        "% [x] zeros are skipped on every side, the rivals' too\n";
    text += fmt::format("% [{}] rivals of equal accuracy, budget and precision stand beside\n",
                        summary.rivals.empty() ? ' ' : 'x');
    text += fmt::format("% [{}] every constant has a source, and what is not priced is said\n",
                        energy.empty() ? ' ' : 'x');
    text += fmt::format("% [{}] intervals over repeated seeds\n", identity.repeats > 1 ? 'x' : ' ');
    return text;
}

void write_study_reports(const std::filesystem::path& folder,
                         const StudyIdentity& identity,
                         const std::vector<EnergyModel>& energy,
                         const StudySummary& summary) {
    constexpr double k_dots = 300;
    const auto plot = [&](const std::string& name, const Picture& picture) {
        write_whole_file(folder / (name + ".svg"),
                         picture_bytes(picture, PictureFormat::svg, k_dots));
    };
    plot("accuracy_operations", study_plot(summary, std::nullopt, "operations"));
    for (std::size_t k = 0; k < energy.size(); ++k) {
        plot("accuracy_" + energy[k].name, study_plot(summary, k, "joules by " + energy[k].name));
    }
    write_whole_file(folder / "report.md", study_markdown(identity, energy, summary));
    write_whole_file(folder / "report.tex", study_latex(identity, energy, summary));
    if (!energy.empty()) {
        write_whole_file(folder / "report.bib", bibliography(energy));
    }
    write_whole_file(folder / "report.html", study_page(identity, energy, summary));
}

}  // namespace saltus
