#include "models/trace/raster.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/trace/raster_page.hpp"
#include "models/trace/raster_text.hpp"

namespace saltus {

namespace raster {

namespace {

constexpr const char* k_style =
    "text{font-family:'DejaVu Sans','Helvetica Neue',Arial,sans-serif;font-size:11px;fill:#333}"
    ".title{font-size:16px;font-weight:bold;fill:#111}"
    ".name{font-size:12.5px;font-weight:bold;fill:#111}"
    ".small{font-size:10px;fill:#555}"
    ".quiet{font-size:11.5px;font-style:italic;fill:#777}"
    ".mid{text-anchor:middle}.end{text-anchor:end}"
    ".grid{stroke:#DDD;stroke-width:1}.axis{stroke:#666;stroke-width:1}"
    ".band{fill:#F8F8F8;stroke:#BBB;stroke-width:1}";

}  // namespace

std::string Raster::draw() {
    double y = k_top;
    for (std::size_t p = 0; p < header_.populations.size(); ++p) {
        band(p, y);
        y += band_height(p) + k_gap;
    }
    const double bottom = y - k_gap;
    const double height = bottom + k_bottom;
    const double width = k_left + k_plot + k_column * static_cast<double>(columns());
    std::string page = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n<style>{2}</style>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#FFF\"/>\n",
        width,
        height,
        k_style);
    page += title();
    page += body_;
    page += time_axis(bottom);
    return page + "</svg>\n";
}

std::string Raster::title() const {
    const std::string model =
        escape(header_.model.empty() ? "a model without a name" : header_.model);
    std::string line = fmt::format("{}, sample {}", model, sample_.number);
    if (sample_.label) {
        line += fmt::format(": label {}", *sample_.label);
    }
    std::vector<std::string> verdicts;
    const char* verdict_colour = "#111";
    for (std::size_t k = 0; k < sample_.readouts.size(); ++k) {
        const ReadoutTrace& readout = sample_.readouts[k];
        line += fmt::format(
            "{} predicted {}", k == 0 && !sample_.label ? ":" : ",", readout.prediction);
        if (sample_.readouts.size() > 1) {
            line += " by " + escape(header_.readouts[k].name);
        }
        if (sample_.label) {
            const bool right = *sample_.label == static_cast<std::int64_t>(readout.prediction);
            verdicts.push_back(right ? "right" : "wrong");
            if (k == 0) {
                verdict_colour = right ? k_green : k_vermilion;
            }
        }
        if (readout.undecided) {
            verdicts.push_back("undecided");
        }
    }
    const std::string verdict = fmt::format("{}", fmt::join(verdicts, ", "));
    std::string text = fmt::format("<text class=\"title\" x=\"{}\" y=\"30\">{}", k_name, line);
    if (!verdict.empty()) {
        text += fmt::format(" <tspan fill=\"{}\">({})</tspan>", verdict_colour, verdict);
    }
    text += "</text>\n";
    return text + fmt::format("<text x=\"{}\" y=\"49\">{} of {} in {}</text>\n",
                              k_name,
                              counted(spikes_, "spike"),
                              counted(header_.populations.size(), "population"),
                              counted(static_cast<std::uint64_t>(header_.horizon), "tick"));
}

void Raster::grid(double top, double height) {
    const std::uint64_t step = nice_step(static_cast<std::uint64_t>(header_.horizon), 20);
    for (std::uint64_t at = 0; at < static_cast<std::uint64_t>(header_.horizon); at += step) {
        const auto tick = static_cast<Tick>(at);
        put("<path class=\"grid\" d=\"M{:.2f} {:.1f}v{:.1f}\"/>\n", x_of(tick), top, height);
    }
}

std::string Raster::time_axis(double y) const {
    std::string out;
    const std::uint64_t step = nice_step(static_cast<std::uint64_t>(header_.horizon), 20);
    for (std::uint64_t at = 0; at < static_cast<std::uint64_t>(header_.horizon); at += step) {
        const auto tick = static_cast<Tick>(at);
        out += fmt::format(
            "<path class=\"axis\" d=\"M{0:.2f} {1:.1f}v5\"/>"
            "<text class=\"mid\" x=\"{0:.2f}\" y=\"{2:.1f}\">{3}</text>\n",
            x_of(tick),
            y,
            y + 17,
            grouped(at));
    }
    std::string label = "time in ticks";
    if (header_.tick_seconds > 0) {
        label += fmt::format(" of {}", time_text(header_.tick_seconds));
    }
    out += fmt::format("<text class=\"mid\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                       k_left + k_plot / 2,
                       y + 36,
                       label);

    struct Entry {
        const char* colour;
        const char* text;
    };

    constexpr std::array<Entry, 4> k_legend = {{{k_green, "encoder"},
                                                {k_blue, "neurons"},
                                                {k_purple, "max pool"},
                                                {k_vermilion, "read out"}}};
    double x = k_name;
    for (const Entry& entry : k_legend) {
        bool used = false;
        for (std::size_t p = 0; p < header_.populations.size(); ++p) {
            used = used || std::string_view(colour(p)) == entry.colour;
        }
        if (!used) {
            continue;
        }
        out += fmt::format(
            "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"10\" height=\"10\" fill=\"{}\"/>"
            "<text class=\"small\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
            x,
            y + 48,
            entry.colour,
            x + 15,
            y + 57,
            entry.text);
        x += 80;
    }
    return out;
}

}  // namespace raster

std::string raster_svg(const TraceHeader& header, const SampleTrace& sample) {
    return raster::Raster(header, sample).draw();
}

}  // namespace saltus
