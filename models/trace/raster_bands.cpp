// The populations of a raster: names, rows, spikes and the values that are read out.
#include <algorithm>

#include <fmt/format.h>

#include "models/trace/raster_page.hpp"
#include "models/trace/raster_text.hpp"

namespace saltus::raster {

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
    if (neurons(p) > k_few_neurons) {
        return;
    }
    marked_rows(p, top);
    double x = k_left + k_plot;
    for (const std::size_t place : readouts(p)) {
        readout_column(place, top, x);
        x += k_column;
    }
}

// The rows of what was predicted and of the label, from the plot to the last column.
void Raster::marked_rows(std::size_t p, double top) {
    const double row = band_height(p) / static_cast<double>(neurons(p));
    const std::vector<std::size_t> places = readouts(p);
    for (std::uint64_t k = 0; !places.empty() && k < neurons(p); ++k) {
        const bool winner = std::any_of(places.begin(), places.end(), [&](std::size_t place) {
            return sample_.readouts[place].prediction == k;
        });
        const bool label = sample_.label && *sample_.label == static_cast<std::int64_t>(k);
        if (!winner && !label) {
            continue;
        }
        put("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
            "fill-opacity=\"0.13\"/>\n",
            k_left,
            top + static_cast<double>(k) * row,
            k_plot + k_column * static_cast<double>(places.size()) - 8,
            row,
            winner ? k_vermilion : k_blue);
    }
}

// One readout's values, headed by what they are.
void Raster::readout_column(std::size_t place, double top, double x) {
    const TraceReadout& spec = header_.readouts[place];
    const ReadoutTrace& readout = sample_.readouts[place];
    std::string heading = readout_text(spec.kind, spec.logit);
    if (header_.readouts.size() > 1) {
        heading = shorten(spec.name, k_readout_length) + ": " + heading;
    }
    put("<text class=\"small\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
        x + 6,
        top - 5,
        escape(heading));
    const double row = band_height(spec.population) / static_cast<double>(neurons(spec.population));
    for (std::size_t k = 0; k < readout.values.size(); ++k) {
        const double y = top + (static_cast<double>(k) + 0.5) * row + 3.5;
        const bool winner = k == readout.prediction;
        const bool label = sample_.label && *sample_.label == static_cast<std::int64_t>(k);
        const char* mark = winner && label ? "predicted, label"
                           : winner        ? "predicted"
                           : label         ? "label"
                                           : "";
        put("<text class=\"small\" x=\"{:.1f}\" y=\"{:.1f}\">{:.4g}</text>"
            "<text class=\"small end\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
            x + 6,
            y,
            readout.values[k],
            x + k_column - 12,
            y,
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

}  // namespace saltus::raster
