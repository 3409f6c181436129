#include "models/explain/ablation_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "models/picture/picture_text.hpp"

namespace saltus {

namespace {

constexpr double k_em = 7;  // points
constexpr double k_width = 174 * 72 / 25.4;
constexpr double k_margin = 1.2 * k_em;
constexpr double k_map_width = k_width - 2 * k_margin - 14 * k_em;  // the colour bar beside it
constexpr double k_cell_most = 12;
constexpr double k_cell_least = 1.2;
constexpr double k_panel_high = 200;
constexpr double k_gap = 1.4 * k_em;  // between panels
constexpr std::uint64_t k_row = 32;   // neurons of a population without a shape
constexpr std::size_t k_most_panels = 64;
constexpr std::uint64_t k_most_cells = 100'000;
constexpr std::size_t k_few_cells = 4000;  // each has its tooltip
constexpr double k_shades = 24;            // a side

constexpr Colour k_black{0x11, 0x11, 0x11};
constexpr Colour k_grey{0x55, 0x55, 0x55};
constexpr Colour k_silent{0xE4, 0xE4, 0xE4};
constexpr Colour k_edge{0xBB, 0xBB, 0xBB};

// ColorBrewer's PuOr of 11, from orange to purple (Apache 2.0, Cynthia Brewer).
constexpr std::array<Colour, 11> k_colours = {{{0x7F, 0x3B, 0x08},
                                               {0xB3, 0x58, 0x06},
                                               {0xE0, 0x82, 0x14},
                                               {0xFD, 0xB8, 0x63},
                                               {0xFE, 0xE0, 0xB6},
                                               {0xF7, 0xF7, 0xF7},
                                               {0xD8, 0xDA, 0xEB},
                                               {0xB2, 0xAB, 0xD2},
                                               {0x80, 0x73, 0xAC},
                                               {0x54, 0x27, 0x88},
                                               {0x2D, 0x00, 0x4B}}};

// How a population lies on the page.
struct Layout {
    std::uint64_t channels = 1;
    std::uint64_t height = 1;
    std::uint64_t width = 1;
};

Layout layout_of(const Shape& shape) {
    const std::vector<std::uint32_t>& dims = shape.dims;
    if (dims.size() == 3) {
        return {dims[0], dims[1], dims[2]};
    }
    if (dims.size() == 2) {
        return {1, dims[0], dims[1]};
    }
    const std::uint64_t row = std::min(shape.size(), k_row);
    return {1, (shape.size() + row - 1) / std::max<std::uint64_t>(1, row), row};
}

class Map {
  public:
    Map(const Network& network,
        std::span<const SingleAblation> list,
        AblateEach each,
        std::uint32_t answer,
        double lead,
        const AblationMapText& text)
        : network_(network), list_(list), each_(each), answer_(answer), lead_(lead), words_(text) {
        for (const SingleAblation& one : list) {
            populations_.insert(one.silenced.population);
            const double change = std::abs(one.lead - lead);
            if (std::isfinite(change)) {
                most_ = std::max(most_, change);
            }
        }
        picture_.width = k_width;
        picture_.title = words_.title;
    }

    Picture draw() {
        head();
        double y = 6 * k_em;
        for (const PopulationId population : populations_) {
            y = panels(population, y);
        }
        if (populations_.empty()) {
            text(k_margin, y + k_em, "nothing was sent in this sample: nothing to take out");
            y += 2 * k_em;
        } else {
            y = std::max(y, bar(6 * k_em));
        }
        for (const std::string& note : notes_) {
            text(k_margin, y + k_em, note);
            y += 1.5 * k_em;
        }
        picture_.height = std::ceil(y + k_margin);
        return std::move(picture_);
    }

  private:
    void text(double x,
              double y,
              const std::string& text,
              Picture::Anchor anchor = Picture::Anchor::start,
              Colour colour = k_grey,
              double size = 1,
              bool bold = false) {
        picture_.shapes.emplace_back(
            Picture::Text{x, y, size * k_em, text, anchor, colour, bold, {}});
    }

    void head() {
        const double room = k_width - 2 * k_margin;
        text(k_margin,
             2.2 * k_em,
             fitted(words_.title, 1.4 * k_em, room, true),
             Picture::Anchor::start,
             k_black,
             1.4,
             true);
        text(k_margin,
             3.9 * k_em,
             fmt::format("{} taken out in turn; the answer {} leads by {:.4g} ({})",
                         each_ == AblateEach::spike ? "each spike" : "each neuron's spikes",
                         answer_,
                         lead_,
                         words_.unit));
    }

    // Returns where the next population may start.
    double panels(PopulationId id, double top) {
        const auto& population = network_.population(id);
        const Layout layout = layout_of(population.shape);
        const std::uint64_t cells = layout.height * layout.width;
        const std::uint64_t shown = std::min(
            {layout.channels,
             static_cast<std::uint64_t>(k_most_panels),
             std::max<std::uint64_t>(1, (k_most_cells - std::min(k_most_cells, cells_)) / cells)});
        std::string size = counted(population.shape.size(), "neuron");
        for (std::size_t k = 0;
             population.shape.dims.size() > 1 && k < population.shape.dims.size();
             ++k) {
            size += fmt::format("{}{}", k == 0 ? ", " : "\u00d7", population.shape.dims[k]);
        }
        const std::string name = fitted(population.name, 1.1 * k_em, 20 * k_em, true);
        text(k_margin, top + k_em, name, Picture::Anchor::start, k_black, 1.1, true);
        text(k_margin + text_width(name, 1.1 * k_em, true) + k_em, top + k_em, size);
        if (shown < layout.channels) {
            notes_.push_back(fmt::format("{}: {} of {} channels are drawn",
                                         printable(population.name),
                                         shown,
                                         layout.channels));
        }
        cells_ += shown * cells;
        const auto columns = static_cast<double>(layout.width);
        const double across =
            shown == 1 ? 1.0 : std::ceil(std::sqrt(static_cast<double>(shown) * 1.6));
        const double room = (k_map_width - (across - 1) * k_gap) / across / columns;
        const double cell =
            std::clamp(std::min(room, k_panel_high / static_cast<double>(layout.height)),
                       k_cell_least,
                       k_cell_most);
        const double width = cell * columns;
        const double height = cell * static_cast<double>(layout.height);
        const auto fit = static_cast<std::uint64_t>(
            std::max(1.0, std::floor((k_map_width + k_gap) / (width + k_gap))));
        const std::vector<AblatedNeuron> neurons =
            ablated_neurons(network_, id, list_, answer_, lead_);
        const double label = layout.channels > 1 ? 1.4 * k_em : 0.0;
        double y = top + 2 * k_em;
        for (std::uint64_t c = 0; c < shown; ++c) {
            const double x = k_margin + static_cast<double>(c % fit) * (width + k_gap);
            if (c > 0 && c % fit == 0) {
                y += height + label + 0.6 * k_em;
            }
            if (layout.channels > 1) {
                text(x, y + k_em, fmt::format("{}", c));
            }
            panel(neurons, id, layout, c * cells, x, y + label, cell);
        }
        return y + height + label + 1.6 * k_em;
    }

    void panel(const std::vector<AblatedNeuron>& neurons,
               PopulationId id,
               const Layout& layout,
               std::uint64_t first,
               double x,
               double y,
               double cell) {
        const std::uint64_t end =
            std::min<std::uint64_t>(neurons.size(), first + layout.height * layout.width);
        const bool few = end - first <= k_few_cells && cell >= 2;
        Picture::Cells cells;
        cells.x = x;
        cells.y = y;
        cells.cell_width = cell;
        cells.cell_height = cell;
        cells.columns = layout.width;
        cells.width = cell * static_cast<double>(layout.width);
        cells.height = cell * static_cast<double>(layout.height);
        std::vector<Picture::Shape> over;
        for (std::uint64_t n = first; n < end; ++n) {
            const AblatedNeuron& neuron = neurons[n];
            cells.colours.emplace_back(neuron.sent ? ablation_colour(neuron.change, most_)
                                                   : k_silent);
            const double left = x + static_cast<double>((n - first) % layout.width) * cell;
            const double top = y + static_cast<double>((n - first) / layout.width) * cell;
            if (neuron.sent && (neuron.flips || few)) {
                mark(neuron, id, n, left, top, cell, over);
            }
        }
        picture_.shapes.emplace_back(std::move(cells));
        for (Picture::Shape& shape : over) {
            picture_.shapes.emplace_back(std::move(shape));
        }
    }

    // What lies over the cells: the tooltip of one that sent, and the frame of one that flips.
    void mark(const AblatedNeuron& neuron,
              PopulationId id,
              std::uint64_t n,
              double left,
              double top,
              double cell,
              std::vector<Picture::Shape>& over) {
        Picture::Box box{left,
                         top,
                         cell,
                         cell,
                         ablation_colour(neuron.change, most_),
                         {},
                         0,
                         fmt::format("{}[{}] {:+.4g}{}",
                                     shorten(network_.population(id).name, 60),
                                     n,
                                     neuron.change,
                                     neuron.flips ? ", the answer is another" : "")};
        if (neuron.flips) {
            flips_ = true;
            const double line = std::clamp(cell * 0.14, 0.4, 1.4);
            box.x += line / 2;
            box.y += line / 2;
            box.width -= line;
            box.height -= line;
            box.outline = k_black;
            box.line = line;
        }
        over.emplace_back(std::move(box));
    }

    // The colour bar with its numbers, what its ends mean, and the marks that were drawn.
    double bar(double top) {
        const double x = k_width - k_margin - 12.5 * k_em;
        const double height = 16 * k_em;
        constexpr int k_steps = 48;
        Picture::Cells cells;
        cells.x = x;
        cells.y = top + 3.4 * k_em;
        cells.width = 1.4 * k_em;
        cells.height = height;
        cells.cell_width = cells.width;
        cells.cell_height = height / k_steps;
        cells.columns = 1;
        for (int k = 0; k < k_steps; ++k) {
            const double change = most_ * (1 - (2.0 * k + 1) / k_steps);
            cells.colours.emplace_back(ablation_colour(change, most_));
        }
        text(x, top + k_em, "change of the lead", Picture::Anchor::start, k_black);
        text(x, top + 2.4 * k_em, "(" + words_.unit + ")");
        const double y = cells.y;
        picture_.shapes.emplace_back(std::move(cells));
        for (const double share : {1.0, 0.5, 0.0, -0.5, -1.0}) {
            if (most_ == 0 && share != 0) {
                continue;
            }
            const double at = y + height * (1 - share) / 2;
            picture_.shapes.emplace_back(
                Picture::Line{x + 1.4 * k_em, at, x + 1.8 * k_em, at, 0.5, k_grey});
            text(x + 2.2 * k_em,
                 at + 0.36 * k_em,
                 share == 0 ? "0" : fmt::format("{:+.3g}", share * most_));
        }
        double next = y + height + 1.8 * k_em;
        for (const char* line :
             {"purple: it spoke against", "the answer", "orange: the answer", "leans on it"}) {
            text(x, next, line);
            next += 1.3 * k_em;
        }
        next += 0.5 * k_em;
        key(x, next, k_silent, {}, "sent nothing");
        next += 1.6 * k_em;
        if (flips_) {
            key(x, next, {255, 255, 255}, k_black, "without it another");
            next += 1.3 * k_em;
            text(x + 1.4 * k_em, next, "answer");
            next += 1.3 * k_em;
        }
        return next;
    }

    void key(double x, double y, Colour fill, std::optional<Colour> outline, const char* words) {
        picture_.shapes.emplace_back(Picture::Box{
            x, y - 0.8 * k_em, 0.9 * k_em, 0.9 * k_em, fill, outline ? outline : k_edge, 0.7, {}});
        text(x + 1.4 * k_em, y, words);
    }

    const Network& network_;
    std::span<const SingleAblation> list_;
    AblateEach each_;
    std::uint32_t answer_;
    double lead_;
    const AblationMapText& words_;
    std::set<PopulationId> populations_;
    double most_ = 0;
    std::uint64_t cells_ = 0;
    bool flips_ = false;
    std::vector<std::string> notes_;
    Picture picture_;
};

}  // namespace

Colour ablation_colour(double change, double most) {
    if (most == 0 || std::isnan(change)) {
        return k_colours[5];
    }
    // Steps a side, so that the faintest change is not white.
    const double share = std::clamp(change / most, -1.0, 1.0);
    const double step = std::copysign(std::ceil(std::abs(share) * k_shades) / k_shades, share);
    const double place = (step + 1) * 5;
    const auto below = static_cast<std::size_t>(std::min(9.0, std::floor(place)));
    return mixed(k_colours[below], k_colours[below + 1], place - static_cast<double>(below));
}

std::vector<AblatedNeuron> ablated_neurons(const Network& network,
                                           PopulationId population,
                                           std::span<const SingleAblation> list,
                                           std::uint32_t answer,
                                           double lead) {
    std::vector<AblatedNeuron> neurons(network.population(population).shape.size());
    for (const SingleAblation& one : list) {
        if (one.silenced.population != population || !one.silenced.neuron) {
            continue;
        }
        AblatedNeuron& neuron = neurons[*one.silenced.neuron];
        const double change = one.lead - lead;
        if (!neuron.sent || std::abs(change) > std::abs(neuron.change)) {
            neuron.change = change;
        }
        neuron.sent = true;
        neuron.flips = neuron.flips || one.prediction != answer;
    }
    return neurons;
}

Picture ablation_map(const Network& network,
                     std::span<const SingleAblation> list,
                     AblateEach each,
                     std::uint32_t answer,
                     double lead,
                     const AblationMapText& text) {
    return Map(network, list, each, answer, lead, text).draw();
}

}  // namespace saltus
