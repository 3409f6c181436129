#include "models/trace/raster_terminal.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/picture/picture_text.hpp"
#include "models/trace/raster.hpp"

namespace saltus {

namespace {

constexpr std::size_t k_gutter = 9;  // numbers of neurons, and the edge
constexpr std::size_t k_rows = 10;   // letters of a band
constexpr std::size_t k_bar = 2;     // letters of a band from the index
constexpr std::size_t k_widest = 8;  // dots a tick
constexpr std::size_t k_name = 28;   // letters

// Dots of a band, and the letters that hold them.
class Canvas {
  public:
    Canvas(std::size_t columns, std::size_t rows)
        : letters_((columns + 1) / 2), dots_(letters_ * ((rows + 3) / 4)) {}

    void set(std::size_t x, std::size_t y) {
        constexpr unsigned char k_dots[4][2] = {
            {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
        if (x / 2 < letters_ && y / 4 * letters_ < dots_.size()) {
            dots_[y / 4 * letters_ + x / 2] |= k_dots[y % 4][x % 2];
        }
    }

    [[nodiscard]] std::size_t rows() const { return letters_ == 0 ? 0 : dots_.size() / letters_; }

    // Without the blanks at its end.
    [[nodiscard]] std::string row(std::size_t y) const {
        std::string out;
        std::size_t end = letters_;
        while (end > 0 && dots_[y * letters_ + end - 1] == 0) {
            --end;
        }
        for (std::size_t x = 0; x < end; ++x) {
            const unsigned bits = dots_[y * letters_ + x];
            if (bits == 0) {
                out += ' ';
                continue;
            }
            // U+2800 + bits
            out += '\xE2';
            out += static_cast<char>(0xA0U | bits >> 6U);
            out += static_cast<char>(0x80U | (bits & 0x3FU));
        }
        return out;
    }

  private:
    std::size_t letters_;
    std::vector<unsigned char> dots_;
};

// Ordered dithering (Bayer, 4 by 4): the share of its fullest from which on a dot is set.
double threshold(std::size_t x, std::size_t y) {
    constexpr int k_order[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    return (k_order[y % 4][x % 4] + 0.5) / 16;
}

class Screen {
  public:
    Screen(const TraceHeader& header, const RasterData& data, std::size_t columns)
        : header_(header), data_(data), width_(columns) {
        const std::size_t room = 2 * (columns - k_gutter);
        ticks_ = static_cast<std::uint64_t>(data.ticks.until - data.ticks.from);
        ticks_a_dot_ = std::max<std::uint64_t>(1, (ticks_ - 1) / room + 1);
        dots_a_tick_ =
            ticks_a_dot_ > 1 ? 1 : std::clamp<std::size_t>(room / ticks_, std::size_t{1}, k_widest);
        plot_ = std::min<std::size_t>(room, ((ticks_ - 1) / ticks_a_dot_ + 1) * dots_a_tick_);
    }

    std::string draw() {
        const std::string model = header_.model.empty() ? "a model without a name" : header_.model;
        say(shorten(printable(model), k_name) + ", " + raster_headline(header_, data_.record));
        for (const RasterBand& one : data_.bands) {
            band(one);
        }
        axis();
        return std::move(out_);
    }

  private:
    void say(const std::string& line) { out_ += shorten(line, width_) + '\n'; }

    void band(const RasterBand& band) {
        const TracePopulation& population = header_.populations[band.population];
        std::string head = fmt::format("{}  {}, ",
                                       shorten(printable(population.name), k_name),
                                       counted(population.shape.size(), "neuron"));
        if (band.form == RasterBand::Form::unknown) {
            say(head + "spikes not recorded");
            return;
        }
        if (band.form == RasterBand::Form::silent) {
            const bool reads =
                population.kind == TracePopulation::Kind::neurons && !population.fires;
            say(head + (population.holds_values ? "values held over time, no spikes"
                        : reads                 ? "does not fire; its membrane is read"
                                                : "no spikes"));
            return;
        }
        head += counted(band.spikes, "spike");
        if (band.form == RasterBand::Form::levels) {
            say(head + "; bars of all neurons");
            bars(band);
            return;
        }
        std::string dots;
        if (band.neurons_a_cell > 1 || band.ticks_a_cell > 1) {
            dots = fmt::format("; a dot: {}, {}",
                               counted(band.neurons_a_cell, "neuron"),
                               counted(band.ticks_a_cell, "tick"));
        }
        const auto fired = static_cast<std::size_t>(
            std::count_if(band.counts.begin(), band.counts.end(), [](auto n) { return n > 0; }));
        const bool full =
            (band.neurons_a_cell > 1 || band.ticks_a_cell > 1) && 2 * fired > band.counts.size();
        dots += full ? "; dithered" : "";
        if (letters(head + dots) > width_) {
            say(head);
            head = std::string(k_gutter, ' ');
            dots.erase(0, 2);
        }
        say(head + dots);
        const auto most =
            static_cast<double>(*std::max_element(band.counts.begin(), band.counts.end()));
        Canvas canvas(plot_, band.rows);
        for (std::size_t at = 0; at < band.counts.size(); ++at) {
            const bool set = full ? static_cast<double>(band.counts[at]) / most >
                                        threshold(at % band.columns, at / band.columns)
                                  : band.counts[at] > 0;
            for (std::size_t k = 0; set && k < (dots_a_tick_ + 1) / 2; ++k) {
                canvas.set(at % band.columns * dots_a_tick_ + k, at / band.columns);
            }
        }
        print(canvas, 4 * band.neurons_a_cell);
    }

    void bars(const RasterBand& band) {
        Canvas canvas(plot_, 4 * k_bar);
        const auto most =
            static_cast<double>(*std::max_element(band.counts.begin(), band.counts.end()));
        for (std::size_t x = 0; x < plot_; ++x) {
            const std::uint64_t tick = x / dots_a_tick_ * ticks_a_dot_ +
                                       static_cast<std::uint64_t>(data_.ticks.from - band.origin);
            const auto share = static_cast<double>(band.counts[tick / band.ticks_a_cell]) / most;
            const auto dots = static_cast<std::size_t>(std::ceil(share * 4 * k_bar));
            for (std::size_t k = 0; k < dots; ++k) {
                canvas.set(x, 4 * k_bar - 1 - k);
            }
        }
        print(canvas, 0);
    }

    // `neurons`: a row of letters; 0: rows are not neurons.
    void print(const Canvas& canvas, std::uint64_t neurons) {
        for (std::size_t y = 0; y < canvas.rows(); ++y) {
            out_ += fmt::format("{:>{}} \u2502{}\n",
                                neurons == 0 ? std::string() : std::to_string(y * neurons),
                                k_gutter - 2,
                                canvas.row(y));
        }
    }

    void axis() {
        const std::size_t letters = (plot_ + 1) / 2;
        const auto from = static_cast<std::uint64_t>(data_.ticks.from);
        const auto until = static_cast<std::uint64_t>(data_.ticks.until);
        const std::size_t label = std::to_string(until).size() + 1;
        const std::uint64_t step =
            nice_step(ticks_, std::clamp<std::uint64_t>(letters / label, 1, 20));
        std::string edge;
        std::string numbers(k_gutter, ' ');
        std::vector<bool> marked(letters);
        for (std::uint64_t at = from / step * step; at < until; at += step) {
            const std::size_t place =
                at < from ? letters : (at - from) / ticks_a_dot_ * dots_a_tick_ / 2;
            const std::string number = std::to_string(at);
            const std::size_t end = k_gutter + place + number.size();
            if (place >= letters || numbers.size() > k_gutter + place || end > width_) {
                continue;
            }
            marked[place] = true;
            numbers.resize(k_gutter + place, ' ');
            numbers += number + ' ';
        }
        for (std::size_t k = 0; k < letters; ++k) {
            edge += marked[k] ? "\u252C" : "\u2500";
        }
        out_ += std::string(k_gutter - 1, ' ') + "\u2514" + edge + '\n';
        numbers.resize(numbers.find_last_not_of(' ') + 1);
        out_ += numbers + '\n';
        std::string unit = "time in ticks";
        if (header_.tick_seconds > 0) {
            unit += fmt::format(" of {}", time_text(header_.tick_seconds));
        }
        unit += fmt::format("; {} of {}",
                            counted(data_.spikes, "spike"),
                            counted(data_.bands.size(), "population"));
        say(std::string(std::min<std::size_t>(k_gutter, width_ / 4), ' ') + unit);
    }

    const TraceHeader& header_;
    const RasterData& data_;
    std::size_t width_;
    std::uint64_t ticks_ = 1;
    std::uint64_t ticks_a_dot_ = 1;
    std::size_t dots_a_tick_ = 1;
    std::size_t plot_ = 0;  // dots
    std::string out_;
};

}  // namespace

RasterRoom terminal_room(std::size_t columns) {
    RasterRoom room;
    room.columns = 2 * (columns - k_gutter);
    room.rows = 4 * k_rows;
    room.neurons_a_row = 0;
    room.ticks_a_column = 0;
    room.cells = 1'000'000;
    return room;
}

std::string terminal_raster(const TraceHeader& header,
                            const RasterData& data,
                            std::size_t columns) {
    return Screen(header, data, columns).draw();
}

}  // namespace saltus
