#include "models/trace/raster.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include "models/trace/raster_text.hpp"

namespace saltus {

namespace {

// The page, in pixels.
constexpr double k_left = 232;   // names and neuron numbers
constexpr double k_plot = 720;   // time
constexpr double k_right = 148;  // readout values
constexpr double k_top = 78;     // title
constexpr double k_bottom = 74;  // time axis and legend
constexpr double k_gap = 18;     // between bands
constexpr double k_name = 24;    // where names start
constexpr double k_row = 15;     // a neuron of a small population
constexpr double k_band_least = 46;
constexpr double k_band_most = 230;
constexpr std::size_t k_few_neurons = 16;   // each row has its number
constexpr std::size_t k_few_spikes = 4000;  // each spike has its tooltip, over the whole picture
constexpr std::size_t k_name_length = 20;

constexpr std::size_t k_none = static_cast<std::size_t>(-1);

// What a readout's values are, in the order of ReadoutSpec::Kind.
constexpr const char* k_kinds[] = {"spike count", "first spike", "membrane", "mean membrane"};

// Okabe and Ito 2008.
constexpr const char* k_green = "#009E73";
constexpr const char* k_blue = "#0072B2";
constexpr const char* k_vermilion = "#D55E00";
constexpr const char* k_purple = "#AA4499";

constexpr const char* k_style =
    "text{font-family:'DejaVu Sans','Helvetica Neue',Arial,sans-serif;font-size:11px;fill:#333}"
    ".title{font-size:16px;font-weight:bold;fill:#111}"
    ".name{font-size:12.5px;font-weight:bold;fill:#111}"
    ".small{font-size:10px;fill:#555}"
    ".quiet{font-size:11.5px;font-style:italic;fill:#777}"
    ".mid{text-anchor:middle}.end{text-anchor:end}"
    ".grid{stroke:#DDD;stroke-width:1}.axis{stroke:#666;stroke-width:1}"
    ".band{fill:#F8F8F8;stroke:#BBB;stroke-width:1}";

class Raster {
  public:
    Raster(const TraceHeader& header, const SampleTrace& sample)
        : header_(header), sample_(sample) {
        for (const StreamTrace& stream : sample.streams) {
            spikes_ += stream.slots.size();
        }
        column_ = k_plot / static_cast<double>(header.horizon);
    }

    std::string draw() {
        double y = k_top;
        for (std::size_t p = 0; p < header_.populations.size(); ++p) {
            band(p, y);
            y += band_height(p) + k_gap;
        }
        const double bottom = y - k_gap;
        const double height = bottom + k_bottom;
        const double width = k_left + k_plot + k_right;
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

  private:
    [[nodiscard]] std::uint64_t neurons(std::size_t p) const {
        return header_.populations[p].shape.size();
    }

    // A silent band is kept low, unless its readout's values stand beside it.
    [[nodiscard]] bool nothing_to_show(std::size_t p) const {
        return sample_.streams[p].slots.empty() &&
               (readout_place(p) == k_none || neurons(p) > k_few_neurons);
    }

    [[nodiscard]] double band_height(std::size_t p) const {
        const auto n = static_cast<double>(neurons(p));
        if (nothing_to_show(p)) {
            return k_band_least;
        }
        if (neurons(p) <= k_few_neurons) {
            return std::max(k_band_least, n * k_row);
        }
        return std::min(k_band_most, std::max(k_row * k_few_neurons * 0.75, 30 * std::log2(n)));
    }

    [[nodiscard]] double x_of(Tick tick) const {
        return k_left + (static_cast<double>(tick) + 0.5) * column_;
    }

    // The first readout of this population, or k_none.
    [[nodiscard]] std::size_t readout_place(std::size_t p) const {
        for (std::size_t k = 0; k < header_.readouts.size(); ++k) {
            if (header_.readouts[k].population == p) {
                return k;
            }
        }
        return k_none;
    }

    [[nodiscard]] const char* colour(std::size_t p) const {
        if (readout_place(p) != k_none) {
            return k_vermilion;
        }
        switch (header_.populations[p].kind) {
            case TracePopulation::Kind::encoder:
                return k_green;
            case TracePopulation::Kind::max_pool:
                return k_purple;
            case TracePopulation::Kind::neurons:
                break;
        }
        return k_blue;
    }

    template <class... Args>
    void put(fmt::format_string<Args...> text, Args&&... args) {
        fmt::format_to(std::back_inserter(body_), text, std::forward<Args>(args)...);
    }

    [[nodiscard]] std::string title() const;
    [[nodiscard]] std::string time_axis(double y) const;
    void band(std::size_t p, double top);
    void names(std::size_t p, double top);
    void rows(std::size_t p, double top);
    void readout_values(std::size_t p, double top);
    void grid(double top, double height);
    void spikes(std::size_t p, double top);
    void silence(std::size_t p, double top);

    const TraceHeader& header_;
    const SampleTrace& sample_;
    std::uint64_t spikes_ = 0;
    double column_ = 0;  // pixels a tick
    std::string body_;
};

std::string Raster::title() const {
    const std::string model =
        escape(header_.model.empty() ? "a model without a name" : header_.model);
    std::string line = fmt::format("{}, sample {}", model, sample_.number);
    if (sample_.label) {
        line += fmt::format(": label {}", *sample_.label);
    }
    std::string verdict;
    const char* verdict_colour = "#111";
    for (std::size_t k = 0; k < sample_.readouts.size(); ++k) {
        const ReadoutTrace& readout = sample_.readouts[k];
        line += fmt::format(
            "{} predicted {}", k == 0 && !sample_.label ? ":" : ",", readout.prediction);
        if (sample_.readouts.size() > 1) {
            line += " by " + escape(header_.readouts[k].name);
        }
        if (k == 0 && sample_.label) {
            const bool right = *sample_.label == static_cast<std::int64_t>(readout.prediction);
            verdict = right ? "right" : "wrong";
            verdict_colour = right ? k_green : k_vermilion;
        }
        if (readout.undecided) {
            verdict += verdict.empty() ? "undecided" : ", undecided";
        }
    }
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
    for (Tick tick = 0; tick < header_.horizon; tick += static_cast<Tick>(step)) {
        put("<path class=\"grid\" d=\"M{:.2f} {:.1f}v{:.1f}\"/>\n", x_of(tick), top, height);
    }
}

std::string Raster::time_axis(double y) const {
    std::string out;
    const std::uint64_t step = nice_step(static_cast<std::uint64_t>(header_.horizon), 20);
    for (Tick tick = 0; tick < header_.horizon; tick += static_cast<Tick>(step)) {
        out += fmt::format(
            "<path class=\"axis\" d=\"M{0:.2f} {1:.1f}v5\"/>"
            "<text class=\"mid\" x=\"{0:.2f}\" y=\"{2:.1f}\">{3}</text>\n",
            x_of(tick),
            y,
            y + 17,
            grouped(static_cast<std::uint64_t>(tick)));
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

void Raster::names(std::size_t p, double top) {
    const TracePopulation& population = header_.populations[p];
    put("<text class=\"name\" x=\"{}\" y=\"{:.1f}\">{}<title>{}</title></text>\n",
        k_name,
        top + 13,
        escape(shorten(population.name, k_name_length)),
        escape(population.name));
    std::string size = counted(neurons(p), "neuron");
    if (population.shape.dims.size() > 1) {
        size += " ";
        for (std::size_t k = 0; k < population.shape.dims.size(); ++k) {
            size += fmt::format("{}{}", k == 0 ? "" : "\u00d7", population.shape.dims[k]);
        }
    }
    put("<text class=\"small\" x=\"{}\" y=\"{:.1f}\">{}</text>\n", k_name, top + 27, size);
    const std::size_t count = sample_.streams[p].slots.size();
    if (count > 0) {
        put("<text class=\"small\" x=\"{}\" y=\"{:.1f}\">{}</text>\n",
            k_name,
            top + 40,
            counted(count, "spike"));
    }
}

// Numbers of the neurons, at the left edge of the band.
void Raster::rows(std::size_t p, double top) {
    if (nothing_to_show(p)) {
        return;
    }
    const std::uint64_t n = neurons(p);
    const double row = band_height(p) / static_cast<double>(n);
    const std::uint64_t step = n <= k_few_neurons ? 1 : nice_step(n, 5);
    put("<text class=\"small end\" x=\"{:.1f}\" y=\"{:.1f}\">neuron</text>\n", k_left - 6, top - 5);
    for (std::uint64_t k = 0; k < n; k += step) {
        put("<text class=\"small end\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
            k_left - 6,
            top + (static_cast<double>(k) + 0.5) * row + 3.5,
            grouped(k));
    }
}

void Raster::readout_values(std::size_t p, double top) {
    const std::size_t place = readout_place(p);
    if (place == k_none || neurons(p) > k_few_neurons) {
        return;
    }
    const ReadoutTrace* readout = &sample_.readouts[place];
    put("<text class=\"small\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
        k_left + k_plot + 6,
        top - 5,
        k_kinds[static_cast<std::size_t>(header_.readouts[place].kind)]);
    const double row = band_height(p) / static_cast<double>(neurons(p));
    for (std::size_t k = 0; k < readout->values.size(); ++k) {
        const double y = top + (static_cast<double>(k) + 0.5) * row;
        const bool winner = k == readout->prediction;
        const bool label = sample_.label && *sample_.label == static_cast<std::int64_t>(k);
        if (winner || label) {
            put("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
                "fill-opacity=\"0.13\"/>\n",
                k_left,
                y - row / 2,
                k_plot + k_right - 8,
                row,
                winner ? k_vermilion : k_blue);
        }
        const char* mark = winner && label ? "predicted, label"
                           : winner        ? "predicted"
                           : label         ? "label"
                                           : "";
        put("<text class=\"small\" x=\"{:.1f}\" y=\"{:.1f}\">{:.4g}</text>"
            "<text class=\"small end\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
            k_left + k_plot + 6,
            y + 3.5,
            readout->values[k],
            k_left + k_plot + k_right - 12,
            y + 3.5,
            mark);
    }
}

void Raster::silence(std::size_t p, double top) {
    const TracePopulation& population = header_.populations[p];
    const char* text = "no spikes";
    if (population.holds_values) {
        text = "values held over time, no spikes";
    } else if (population.kind == TracePopulation::Kind::neurons && !population.fires) {
        text = "does not fire; its membrane is read";
    }
    put("<text class=\"quiet mid\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
        k_left + k_plot / 2,
        top + band_height(p) / 2 + 4,
        text);
}

void Raster::spikes(std::size_t p, double top) {
    const TracePopulation& population = header_.populations[p];
    const StreamTrace& stream = sample_.streams[p];
    const double row = band_height(p) / static_cast<double>(neurons(p));
    const double width = std::clamp(column_ * 0.4, 1.0, 22.0);
    const double height = std::clamp(row * 0.62, 1.1, 8.0);
    const bool tooltips = spikes_ <= k_few_spikes;
    put("<g fill=\"{}\">\n", colour(p));
    if (!tooltips) {
        body_ += "<path d=\"";
    }
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        const double x = x_of(stream.ticks[k]) - width / 2;
        for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
            const NeuronIndex neuron = population.shape.index_of(stream.slots[at]);
            const double y = top + (static_cast<double>(neuron) + 0.5) * row - height / 2;
            if (!tooltips) {
                put("M{:.2f} {:.2f}h{:.2f}v{:.2f}h-{:.2f}z", x, y, width, height, width);
                continue;
            }
            put("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" "
                "height=\"{:.2f}\"><title>{}[{}]@{}",
                x,
                y,
                width,
                height,
                escape(population.name),
                neuron,
                stream.ticks[k]);
            if (stream.payload(at) != 1.0F) {
                put(" payload {}", stream.payload(at));
            }
            body_ += "</title></rect>\n";
        }
    }
    if (!tooltips) {
        body_ += "\"/>\n";
    }
    body_ += "</g>\n";
}

void Raster::band(std::size_t p, double top) {
    const double height = band_height(p);
    put("<rect class=\"band\" x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\"/>\n",
        k_left,
        top,
        k_plot,
        height);
    grid(top, height);
    names(p, top);
    rows(p, top);
    readout_values(p, top);
    if (sample_.streams[p].slots.empty()) {
        silence(p, top);
    } else {
        spikes(p, top);
    }
}

}  // namespace

std::string raster_svg(const TraceHeader& header, const SampleTrace& sample) {
    return Raster(header, sample).draw();
}

}  // namespace saltus
