#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "models/pages/page_assets.hpp"
#include "models/pages/script_text.hpp"
#include "models/picture/picture_text.hpp"
#include "models/study/study_reports.hpp"

namespace saltus {

namespace {

using Json = nlohmann::ordered_json;

Json row_json(const StudyIdentity& identity, const StudyRow& row) {
    Json settings = Json::array();
    for (const Setting& setting : row.settings) {
        settings.push_back(setting.value);
    }
    return {{"point", row.point},
            {"settings", settings},
            {"runs", row.runs},
            {"error", row.error},
            {"labelled", row.labelled},
            {"accuracy", row.accuracy},
            {"low", row.low},
            {"high", row.high},
            {"operations", row.total_operations},
            {"macs", row.macs},
            {"acs", row.acs},
            {"spikes", row.spikes},
            {"ticks", row.ticks},
            {"joules", row.joules},
            {"best", row.best},
            {"command", row_command(identity, row)}};
}

Json page_json(const StudyIdentity& identity,
               const std::vector<EnergyModel>& energy,
               const StudySummary& summary) {
    Json paths = Json::array();
    if (!summary.rows.empty()) {
        for (const Setting& setting : summary.rows[0].settings) {
            paths.push_back(setting.path);
        }
    }
    Json rows = Json::array();
    for (const StudyRow& row : summary.rows) {
        rows.push_back(row_json(identity, row));
    }
    Json names = Json::array();
    for (const EnergyModel& model : energy) {
        names.push_back(model.name);
    }
    Json rivals = Json::array();
    for (const StudyRival& rival : summary.rivals) {
        Json joules = Json::array();
        for (const std::optional<double>& one : rival.joules) {
            joules.push_back(one ? Json(*one) : Json(nullptr));
        }
        rivals.push_back({{"kind", rival.kind},
                          {"accuracy", rival.accuracy},
                          {"macs", rival.macs},
                          {"joules", joules}});
    }
    return {{"paths", paths}, {"energy", names}, {"rows", rows}, {"rivals", rivals}};
}

std::string effects_html(const StudySummary& summary) {
    std::string text;
    for (const AxisEffect& effect : axis_effects(summary.rows)) {
        text += fmt::format(
            "<dt>{}</dt><dd><span class=\"bar\" style=\"width:{:.0f}px\"></span> {:.0f} %</dd>\n",
            escape(effect.path),
            120 * effect.share,
            100 * effect.share);
    }
    return text.empty() ? ""
                        : "<h2>What accuracy depends on</h2>\n<p class=\"dim\">Share of its "
                          "variance that an axis "
                          "alone explains.</p>\n<dl>" +
                              text + "</dl>\n";
}

std::string energy_html(const std::vector<EnergyModel>& energy) {
    std::string text;
    for (const EnergyModel& model : energy) {
        text += fmt::format(
            "<p><strong>{}</strong>: {}. Leaves out", escape(model.name), escape(model.title));
        for (std::size_t k = 0; k < model.leaves_out.size(); ++k) {
            text += (k == 0 ? " " : "; ") + escape(model.leaves_out[k]);
        }
        text += ".</p>\n";
    }
    return text.empty() ? "" : "<h2>Energy models</h2>\n" + text;
}

}  // namespace

std::string study_page(const StudyIdentity& identity,
                       const std::vector<EnergyModel>& energy,
                       const StudySummary& summary) {
    const std::string failed =
        summary.failed == 0 ? "" : fmt::format("; {} points failed", summary.failed);
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>{0}</title>\n<style>\n{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n"
        "<p class=\"dim\">{2} with {3}, samples {4}; {5} points{6}. Operations are effective MACs "
        "and ACs a sample, "
        "zeros left out on every side.</p>\n"
        "<div class=\"two\">\n<div>\n<label>cost <select id=\"cost\" "
        "aria-label=\"cost\"></select></label>\n"
        "<label><input type=\"checkbox\" id=\"near\" checked> near the best</label> <span "
        "class=\"dim\" id=\"lower\"></span>\n"
        "<canvas id=\"plot\" role=\"img\" aria-label=\"accuracy against cost, a dot for each "
        "point\"></canvas>\n"
        "<p class=\"dim key\"><i style=\"background:var(--front)\"></i>nobody as accurate is "
        "cheaper"
        "<i style=\"background:var(--other)\"></i>other points{7}</p>\n</div>\n"
        "<div class=\"panel\" id=\"point\">A click on a point, or on a row below, shows its "
        "settings and the command that "
        "makes it again.</div>\n</div>\n{8}"
        "<h2>Points</h2>\n<p><label>filter <input id=\"filter\" placeholder=\"horizon=4\" "
        "aria-label=\"filter\"></label> "
        "<span class=\"dim\" id=\"found\"></span></p>\n"
        "<div class=\"scroll\"><table><thead><tr id=\"head\"></tr></thead><tbody "
        "id=\"body\"></tbody></table></div>\n"
        "<p><button id=\"more\" hidden>more</button></p>\n{9}"
        "<p class=\"dim\">Made by {10}.</p>\n"
        "<script type=\"application/json\" "
        "id=\"study\">{11}</script>\n<script>\n{12}</script>\n</body>\n</html>\n",
        escape(identity.name.empty() ? "Study" : identity.name),
        study_style(),
        escape(identity.model_file),
        escape(identity.data),
        escape(identity.samples),
        summary.rows.size(),
        failed,
        summary.rivals.empty() ? "" : "<i style=\"background:var(--rival)\"></i>artificial rivals",
        effects_html(summary),
        energy_html(energy),
        escape(identity.program),
        script_text(page_json(identity, energy, summary)),
        study_script());
}

}  // namespace saltus
