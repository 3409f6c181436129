// The populations of a raster: names, rows, spikes and the values that are read out.
#include <fmt/format.h>

#include "models/picture/picture_text.hpp"
#include "models/trace/raster_page.hpp"

namespace saltus::raster {

namespace {

constexpr double k_least_shade = 0.2;  // of a cell with one spike: seen at a glance
constexpr double k_least_mark = 0.9;   // points
constexpr std::size_t k_tooltip = 60;  // letters of a name
constexpr std::size_t k_most_readouts = 4;
constexpr double k_shades = 12;  // few colours, so that neighbours join

std::string shape_text(const Shape& shape) {
    std::string text;
    for (std::size_t k = 0; k < shape.dims.size(); ++k) {
        text += fmt::format("{}{}", k == 0 ? "" : "\u00d7", shape.dims[k]);
    }
    return text;
}

}  // namespace

std::vector<std::size_t> Page::readouts(const RasterBand& band) const {
    std::vector<std::size_t> places;
    for (std::size_t k = 0; k < data_.record.readouts.size(); ++k) {
        if (header_.readouts[k].population == band.population) {
            places.push_back(k);
        }
    }
    return places;
}

std::vector<std::size_t> Page::shown_readouts(const RasterBand& band) const {
    std::vector<std::size_t> places;
    if (neurons(band) <= k_few_neurons) {
        places = readouts(band);
        places.resize(std::min(places.size(), k_most_readouts));
    }
    return places;
}

bool Page::thin(const RasterBand& band) const {
    return (band.form == RasterBand::Form::silent || band.form == RasterBand::Form::unknown) &&
           shown_readouts(band).empty();
}

bool Page::can_shrink(const RasterBand& band) const {
    return !thin(band) && neurons(band) > k_few_neurons && band.form != RasterBand::Form::levels;
}

double Page::height(const RasterBand& band) const {
    const double full = full_height(band);
    return can_shrink(band) ? std::max(full * shrink_, k_least * measures_.em) : full;
}

double Page::full_height(const RasterBand& band) const {
    const auto n = static_cast<double>(neurons(band));
    if (thin(band)) {
        return k_thin * measures_.em;
    }
    if (band.form == RasterBand::Form::levels) {
        return k_levels * measures_.em;
    }
    if (n <= k_few_neurons) {
        return std::max(k_least, n * k_row) * measures_.em;
    }
    return std::clamp(2.4 * std::log2(n) - 2, 7.5, k_most) * measures_.em;
}

Colour Page::colour(const RasterBand& band) const {
    if (!readouts(band).empty()) {
        return k_vermilion;
    }
    switch (header_.populations[band.population].kind) {
        case TracePopulation::Kind::encoder:
            return k_green;
        case TracePopulation::Kind::max_pool:
            return k_purple;
        case TracePopulation::Kind::neurons:
            break;
    }
    return k_blue;
}

// Name, size, shape and spikes, as many lines as the band is high for; the shape goes first.
void Page::names(const RasterBand& band, double top) {
    const double em = measures_.em;
    const TracePopulation& population = header_.populations[band.population];
    const double x = measures_.margin();
    const double room = measures_.left() - x - (thin(band) ? 1 : 5.5) * em;
    const auto lines = static_cast<std::size_t>((height(band) / em - 0.6) / 1.35);
    double y = top + 1.25 * em;
    const std::string tooltip = shorten(population.name, 200);
    for (const std::string& part : name_lines(population.name, room, thin(band) ? 1 : 2)) {
        text(x, y, part, Anchor::start, k_black, 1.1, true, tooltip);
        y += 1.4 * em;
    }
    if (thin(band)) {
        return;
    }
    const auto used = static_cast<std::size_t>(std::lround((y - top - 1.25 * em) / (1.4 * em)));
    std::vector<std::string> parts = {counted(population.shape.size(), "neuron")};
    if (population.shape.dims.size() > 1 && used + 3 <= lines) {
        parts.push_back(shape_text(population.shape));
    }
    if (band.spikes > 0) {
        parts.push_back(counted(band.spikes, "spike"));
    }
    for (const std::string& part : parts) {
        text(x, y, fitted(part, em, room));
        y += 1.35 * em;
    }
}

// The name in one line, or in two where it is too long for one, or shortened.
std::vector<std::string> Page::name_lines(const std::string& name, double room, int most) const {
    const double size = 1.1 * measures_.em;
    const std::string shown = printable(name);
    if (most == 1 || text_width(shown, size, true) <= room) {
        return {fitted(shown, size, room, true)};
    }
    std::size_t end = 0;  // of what the first line holds
    for (std::size_t at = 1; at <= shown.size(); ++at) {
        const bool within =
            at < shown.size() && (static_cast<unsigned char>(shown[at]) & 0xC0U) == 0x80U;
        if (!within && text_width(shown.substr(0, at), size, true) > room) {
            break;
        }
        end = within ? end : at;
    }
    return {shown.substr(0, end), fitted(shown.substr(end), size, room, true)};
}

// Numbers of the neurons, at the left edge of the band.
void Page::rows(const RasterBand& band, double top) {
    if (thin(band) || band.form == RasterBand::Form::levels) {
        return;
    }
    const std::uint64_t n = neurons(band);
    const double row = height(band) / static_cast<double>(n);
    const std::uint64_t step = n <= k_few_neurons ? 1 : nice_step(n, 5);
    const double x = measures_.left() - 0.6 * measures_.em;
    text(x, top - 0.85 * measures_.em, "neuron", Anchor::end);
    for (std::uint64_t k = 0; k < n; k += step) {
        text(x,
             top + (static_cast<double>(k) + 0.5) * row + 0.36 * measures_.em,
             grouped(k),
             Anchor::end);
    }
}

// The rows of what was predicted and of the label, from the plot to the last column.
void Page::marked_rows(const RasterBand& band, double top) {
    const double row = height(band) / static_cast<double>(neurons(band));
    const std::vector<std::size_t> places = shown_readouts(band);
    for (std::uint64_t k = 0; !places.empty() && k < neurons(band); ++k) {
        const bool winner = std::any_of(places.begin(), places.end(), [&](std::size_t place) {
            return data_.record.readouts[place].prediction == k;
        });
        const bool label = data_.record.label == static_cast<std::int64_t>(k);
        if (winner || label) {
            picture_.shapes.emplace_back(Picture::Box{
                measures_.left(),
                top + static_cast<double>(k) * row,
                plot_ + (k_column * static_cast<double>(places.size()) - 0.8) * measures_.em,
                row,
                mixed({255, 255, 255}, winner ? k_vermilion : k_blue, 0.14),
                {},
                0,
                {}});
        }
    }
}

// One readout's values, headed by what they are.
void Page::readout_column(const RasterBand& band, std::size_t place, double top, double x) {
    const double em = measures_.em;
    const TraceReadout& spec = header_.readouts[place];
    const ReadoutTrace& readout = data_.record.readouts[place];
    std::string heading = readout_text(spec.kind, spec.logit);
    if (header_.readouts.size() > 1) {
        heading = fitted(spec.name + ": " + heading, em, k_column * em, false);
    }
    text(x + 0.6 * em, top - 0.6 * em, heading);
    const double row = height(band) / static_cast<double>(neurons(band));
    for (std::size_t k = 0; k < readout.values.size(); ++k) {
        const double y = top + (static_cast<double>(k) + 0.5) * row + 0.36 * em;
        const bool winner = k == readout.prediction;
        const bool label = data_.record.label == static_cast<std::int64_t>(k);
        std::string value = fmt::format("{:.4g}", readout.values[k]);
        if (value.size() > 7) {
            value = fmt::format("{:.2g}", readout.values[k]);
        }
        text(x + 0.6 * em, y, value);
        if (winner || label) {
            text(x + (k_column - 1) * em,
                 y,
                 winner && label ? "predicted, label"
                 : winner        ? "predicted"
                                 : "label",
                 Anchor::end);
        }
    }
}

void Page::nothing(const RasterBand& band, double top) {
    const TracePopulation& population = header_.populations[band.population];
    std::string what = "no spikes";
    if (band.form == RasterBand::Form::unknown) {
        what = "spikes not recorded";
    } else if (population.holds_values) {
        what = "values held over time, no spikes";
    } else if (population.kind == TracePopulation::Kind::neurons && !population.fires) {
        what = "does not fire; its membrane is read";
    }
    if (thin(band)) {
        what = counted(population.shape.size(), "neuron") + ": " + what;
    }
    text(measures_.left() + plot_ / 2,
         top + height(band) / 2 + 0.36 * measures_.em,
         what,
         Anchor::middle);
}

void Page::marks(const RasterBand& band, double top) {
    const std::string name = shorten(header_.populations[band.population].name, k_tooltip);
    const double row = height(band) / static_cast<double>(neurons(band));
    Picture::Marks marks;
    marks.width = std::clamp(tick_ * 0.5, k_least_mark, measures_.em * 2);
    marks.height = std::clamp(row * 0.62, k_least_mark, measures_.em * 0.8);
    marks.fill = colour(band);
    for (const RasterBand::Mark& mark : band.marks) {
        const double x = x_of(static_cast<double>(mark.tick) + 0.5) - marks.width / 2;
        const double y = top + (static_cast<double>(mark.neuron) + 0.5) * row - marks.height / 2;
        marks.corners.emplace_back(x, y);
        if (tooltips_) {
            marks.titles.push_back(fmt::format("{}[{}]@{}", name, mark.neuron, mark.tick));
            if (mark.payload != 1.0F) {
                marks.titles.back() += fmt::format(" payload {}", mark.payload);
            }
        }
    }
    picture_.shapes.emplace_back(std::move(marks));
}

// Spikes a neuron and tick of a cell, of which those at the edge may hold fewer.
std::vector<double> Page::rates(const RasterBand& band) const {
    const Tick end = band.form == RasterBand::Form::levels ? header_.horizon : data_.ticks.until;
    std::vector<double> rates(band.counts.size());
    for (std::size_t at = 0; at < rates.size(); ++at) {
        const std::uint64_t first = at / band.columns * band.neurons_a_cell;
        const std::uint64_t tick = at % band.columns * band.ticks_a_cell;
        const std::uint64_t ticks = static_cast<std::uint64_t>(end - band.origin) - tick;
        rates[at] = static_cast<double>(band.counts[at]) /
                    static_cast<double>(std::min(band.neurons_a_cell, neurons(band) - first)) /
                    static_cast<double>(std::min(band.ticks_a_cell, ticks));
    }
    return rates;
}

// Shades from a single spike to the fullest cell.
void Page::density(const RasterBand& band, double top) {
    const std::vector<double> all = rates(band);
    const double fullest = *std::max_element(all.begin(), all.end());
    std::vector<std::optional<Colour>> shades;
    for (const double rate : all) {
        shades.emplace_back();
        if (rate > 0) {
            const double share = std::ceil(rate / fullest * k_shades) / k_shades;
            shades.back() =
                mixed({255, 255, 255}, colour(band), k_least_shade + (1 - k_least_shade) * share);
        }
    }
    if (band.form == RasterBand::Form::levels) {
        // Bins of the index may reach beyond the ticks that are shown.
        for (std::size_t k = 0; k < shades.size(); ++k) {
            const Tick from = band.origin + static_cast<Tick>(k * band.ticks_a_cell);
            const Tick last = from + static_cast<Tick>(band.ticks_a_cell - 1);
            const double left = x_of(static_cast<double>(std::max(from, data_.ticks.from)));
            const double right =
                x_of(static_cast<double>(std::min(last, data_.ticks.until - 1)) + 1);
            if (shades[k]) {
                picture_.shapes.emplace_back(
                    Picture::Box{left, top, right - left, height(band), *shades[k], {}, 0, {}});
            }
        }
    } else {
        const double rows =
            static_cast<double>(band.neurons_a_cell) / static_cast<double>(neurons(band));
        picture_.shapes.emplace_back(Picture::Cells{measures_.left(),
                                                    top,
                                                    plot_,
                                                    height(band),
                                                    tick_ * static_cast<double>(band.ticks_a_cell),
                                                    height(band) * rows,
                                                    band.columns,
                                                    std::move(shades),
                                                    k_band});
    }
    scale(band, top, fullest);
}

// What the darkest shade is: beside the band, or under its name where values stand beside it.
void Page::scale(const RasterBand& band, double top, double fullest) {
    const double em = measures_.em;
    if (!shown_readouts(band).empty()) {
        if (height(band) > 6.8 * em) {
            text(measures_.margin(), top + 5.5 * em, "darkest:");
            text(measures_.margin(), top + 6.8 * em, fmt::format("{:.2g}/neuron/tick", fullest));
        }
        return;
    }
    const double x = measures_.left() + plot_ + 0.6 * em;
    text(x, top + 1.2 * em, "darkest:");
    text(x, top + 2.5 * em, fmt::format("{:.2g} spikes", fullest));
    if (height(band) >= k_least * em) {
        text(x, top + 3.8 * em, "a neuron");
        text(x, top + 5.1 * em, "and tick");
    }
}

void Page::band(const RasterBand& band, double top) {
    const double tall = height(band);
    const bool spikes =
        band.form != RasterBand::Form::silent && band.form != RasterBand::Form::unknown;
    picture_.shapes.emplace_back(
        Picture::Box{measures_.left(), top, plot_, tall, k_band, {}, 0, {}});
    marked_rows(band, top);
    for (const std::uint64_t at : labelled_ticks()) {
        const double x = x_of(static_cast<double>(at) + 0.5);
        line(x, top, x, top + tall, k_grid);
    }
    if (band.form == RasterBand::Form::marks) {
        marks(band, top);
    } else if (spikes) {
        density(band, top);
    } else {
        nothing(band, top);
    }
    const double right = measures_.left() + plot_;
    line(measures_.left(), top, right, top, k_band_edge);
    line(measures_.left(), top + tall, right, top + tall, k_band_edge);
    line(measures_.left(), top, measures_.left(), top + tall, k_band_edge);
    line(right, top, right, top + tall, k_band_edge);
    names(band, top);
    rows(band, top);
    double x = right;
    for (const std::size_t place : shown_readouts(band)) {
        readout_column(band, place, top, x);
        x += k_column * measures_.em;
    }
}

}  // namespace saltus::raster
