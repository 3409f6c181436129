#include "models/trace/raster.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/picture/picture_text.hpp"
#include "models/trace/raster_page.hpp"

namespace saltus {

namespace raster {

namespace {

constexpr double k_mm = 72 / 25.4;
constexpr double k_head = 6.2;  // em; the title
constexpr double k_foot = 6.4;  // time axis and legend

}  // namespace

Measures measures(RasterStyle style) {
    return style == RasterStyle::paper ? Measures{174 * k_mm, 230 * k_mm, 7, 0.5}
                                       : Measures{254 * k_mm, 143 * k_mm, 12, 0.9};
}

Page::Page(const TraceHeader& header, const RasterData& data, RasterStyle style)
    : header_(header), data_(data), measures_(measures(style)) {
    std::size_t columns = 0;
    std::size_t marks = 0;
    bool shades = false;
    for (const RasterBand& band : data.bands) {
        columns = std::max(columns, shown_readouts(band).size());
        marks += band.marks.size();
        shades =
            shades || band.form == RasterBand::Form::cells || band.form == RasterBand::Form::levels;
    }
    tooltips_ = marks <= k_few_spikes;
    // A third and further column makes the page wider, not time shorter.
    picture_.width = measures_.width +
                     (columns > 2 ? static_cast<double>(columns - 2) * k_column * measures_.em : 0);
    const double right = columns > 0 ? static_cast<double>(columns) * k_column * measures_.em
                                     : (shades ? 9.5 * measures_.em : measures_.margin());
    plot_ = picture_.width - measures_.left() - right;
    fit_height();
    tick_ = plot_ / static_cast<double>(data.ticks.until - data.ticks.from);
}

void Page::fit_height() {
    double fixed = (k_head + k_foot) * measures_.em;
    double free = 0;
    for (const RasterBand& band : data_.bands) {
        fixed += k_gap * measures_.em;
        (can_shrink(band) ? free : fixed) += full_height(band);
    }
    if (free > 0) {
        shrink_ = std::clamp((measures_.most - fixed) / free, 0.0, 1.0);
    }
}

Picture Page::draw() {
    const double em = measures_.em;
    title();
    double y = k_head * em;
    for (const RasterBand& one : data_.bands) {
        band(one, y);
        y += height(one) + k_gap * em;
    }
    y -= k_gap * em;
    time_axis(y);
    picture_.height = std::ceil(legend(y + 5.2 * em));
    return std::move(picture_);
}

void Page::text(double x,
                double y,
                const std::string& text,
                Anchor anchor,
                Colour colour,
                double size,
                bool bold,
                const std::string& title) {
    picture_.shapes.emplace_back(
        Picture::Text{x, y, size * measures_.em, text, anchor, colour, bold, title});
}

void Page::line(double x1, double y1, double x2, double y2, Colour colour) {
    picture_.shapes.emplace_back(Picture::Line{x1, y1, x2, y2, measures_.line, colour});
}

void Page::title() {
    const double em = measures_.em;
    const double room = picture_.width - 2 * measures_.margin();
    const std::string model = header_.model.empty() ? "a model without a name" : header_.model;
    const std::string sample = ", " + raster_headline(header_, data_.record);
    // What many readouts say is written smaller before any of it is left out.
    const double wish = text_width(model + sample, em, true);
    const double size = std::clamp(room / wish, 0.9, 1.4);
    const std::string line = fitted(
        fitted(
            model, size * em, std::max(8 * em, room - text_width(sample, size * em, true)), true) +
            sample,
        size * em,
        room,
        true);
    picture_.title = line;
    text(measures_.margin(), 2.2 * em, line, Anchor::start, k_black, size, true);
    std::string what = fmt::format(
        "{} of {}", counted(data_.spikes, "spike"), counted(data_.bands.size(), "population"));
    const auto ticks = static_cast<std::uint64_t>(data_.ticks.until - data_.ticks.from);
    what += fmt::format(" in {}", counted(ticks, "tick"));
    if (data_.ticks.from > 0 || data_.ticks.until < header_.horizon) {
        what += fmt::format(", {} to {} of {}",
                            grouped(static_cast<std::uint64_t>(data_.ticks.from)),
                            grouped(static_cast<std::uint64_t>(data_.ticks.until - 1)),
                            grouped(static_cast<std::uint64_t>(header_.horizon)));
    }
    if (data_.bands.size() < header_.populations.size()) {
        what += fmt::format("; {} not shown",
                            counted(header_.populations.size() - data_.bands.size(), "population"));
    }
    text(measures_.margin(), 3.9 * em, what);
}

// Multiples of a step, few enough for their numbers to stand side by side.
std::vector<std::uint64_t> Page::labelled_ticks() const {
    const auto from = static_cast<std::uint64_t>(data_.ticks.from);
    const auto until = static_cast<std::uint64_t>(data_.ticks.until);
    const double label = text_width(grouped(until), measures_.em) + measures_.em;
    const auto most = static_cast<std::uint64_t>(std::clamp(plot_ / label, 2.0, 20.0));
    const std::uint64_t step = nice_step(until - from, most);
    std::vector<std::uint64_t> ticks;
    for (std::uint64_t at = (from + step - 1) / step * step; at < until; at += step) {
        ticks.push_back(at);
    }
    if (ticks.empty()) {
        ticks.push_back(from);
    }
    return ticks;
}

void Page::time_axis(double y) {
    const double em = measures_.em;
    for (const std::uint64_t at : labelled_ticks()) {
        const double x = x_of(static_cast<double>(at) + 0.5);
        line(x, y, x, y + 0.5 * em, k_grey);
        text(x, y + 1.6 * em, grouped(at), Anchor::middle);
    }
    std::string label = "time in ticks";
    if (header_.tick_seconds > 0) {
        label += fmt::format(" of {}", time_text(header_.tick_seconds));
    }
    text(measures_.left() + plot_ / 2, y + 3.2 * em, label, Anchor::middle);
}

// Names the colours of spikes that are drawn, in one row. Returns the page's height.
double Page::legend(double y) {
    struct Entry {
        Colour colour;
        const char* text;
    };

    constexpr std::array<Entry, 4> k_entries = {{{k_green, "encoder"},
                                                 {k_blue, "neurons"},
                                                 {k_purple, "max pool"},
                                                 {k_vermilion, "read out"}}};
    const double em = measures_.em;
    double x = measures_.left();
    for (const Entry& entry : k_entries) {
        const bool drawn =
            std::any_of(data_.bands.begin(), data_.bands.end(), [&](const RasterBand& one) {
                const bool spikes =
                    one.form != RasterBand::Form::silent && one.form != RasterBand::Form::unknown;
                return spikes && colour(one) == entry.colour;
            });
        if (drawn) {
            picture_.shapes.emplace_back(
                Picture::Box{x, y - 0.75 * em, 0.8 * em, 0.8 * em, entry.colour, {}, 0, {}});
            text(x + 1.3 * em, y, entry.text);
            x += 2.8 * em + text_width(entry.text, em);
        }
    }
    const bool empty = x == measures_.left();
    return empty ? y - 0.6 * em : y + 1.2 * em;
}

}  // namespace raster

std::string raster_headline(const TraceHeader& header, const SampleRecord& record) {
    std::string line = fmt::format("sample {}", record.number);
    if (record.label) {
        line += fmt::format(": label {}", *record.label);
    }
    std::vector<std::string> verdicts;
    for (std::size_t k = 0; k < record.readouts.size(); ++k) {
        const ReadoutTrace& readout = record.readouts[k];
        line +=
            fmt::format("{} predicted {}", k == 0 && !record.label ? ":" : ",", readout.prediction);
        if (record.readouts.size() > 1) {
            line += " by " + fitted(header.readouts[k].name, 1, 8);
        }
        if (record.label) {
            verdicts.emplace_back(
                *record.label == static_cast<std::int64_t>(readout.prediction) ? "right" : "wrong");
        }
        if (readout.undecided) {
            verdicts.emplace_back("undecided");
        }
    }
    if (!verdicts.empty()) {
        line += fmt::format(" ({})", fmt::join(verdicts, ", "));
    }
    return line;
}

RasterRoom raster_room(RasterStyle style) {
    const raster::Measures measures = raster::measures(style);
    constexpr double k_cell = 1.4;
    RasterRoom room;
    room.columns =
        static_cast<std::size_t>((measures.width - measures.left() - 9 * measures.em) / k_cell);
    room.rows = static_cast<std::size_t>(raster::k_most * measures.em / k_cell);
    return room;
}

double raster_dots_per_inch(RasterStyle style) {
    return style == RasterStyle::paper ? 300 : 192;
}

Picture raster_picture(const TraceHeader& header, const RasterData& data, RasterStyle style) {
    return raster::Page(header, data, style).draw();
}

std::string raster_svg(const TraceHeader& header,
                       const SampleTrace& sample,
                       const RasterOptions& options) {
    const RasterData data = gather_raster(
        header, sample, options.populations, options.ticks, raster_room(options.style));
    return picture_bytes(raster_picture(header, data, options.style),
                         PictureFormat::svg,
                         raster_dots_per_inch(options.style));
}

}  // namespace saltus
