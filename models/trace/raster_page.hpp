// The page that raster_picture() draws: its measures, and what its parts share. raster.cpp draws
// title and time axis, raster_bands.cpp the populations. Internal to models/trace.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/trace/raster.hpp"

namespace saltus::raster {

// Measures in letters' heights ("em") of the style's text, so that styles differ by their letters
// and by how much of the width those leave to time.
struct Measures {
    double width;  // of the page, points
    double most;   // high, where bands can shrink to it; points
    double em;     // points
    double line;   // points

    [[nodiscard]] double left() const { return 17 * em; }  // names and neuron numbers

    [[nodiscard]] double margin() const { return 1.2 * em; }
};

inline constexpr double k_row = 1.45;   // em; a neuron of a small population
inline constexpr double k_thin = 1.9;   // a band that shows nothing
inline constexpr double k_least = 6.0;  // a band that shows something
inline constexpr double k_most = 20;
inline constexpr double k_levels = 3.4;            // a band of counts from the index
inline constexpr double k_gap = 2.1;               // between bands
inline constexpr double k_column = 13.6;           // values of one readout
inline constexpr std::size_t k_few_neurons = 16;   // each row has its number
inline constexpr std::size_t k_few_spikes = 4000;  // each spike has its tooltip

// Okabe and Ito 2008.
inline constexpr Colour k_green{0x00, 0x9E, 0x73};
inline constexpr Colour k_blue{0x00, 0x72, 0xB2};
inline constexpr Colour k_vermilion{0xD5, 0x5E, 0x00};
inline constexpr Colour k_purple{0xAA, 0x44, 0x99};
inline constexpr Colour k_black{0x11, 0x11, 0x11};
inline constexpr Colour k_grey{0x55, 0x55, 0x55};
inline constexpr Colour k_band{0xF8, 0xF8, 0xF8};
inline constexpr Colour k_band_edge{0xBB, 0xBB, 0xBB};
inline constexpr Colour k_grid{0xDD, 0xDD, 0xDD};

Measures measures(RasterStyle style);

class Page {
  public:
    Page(const TraceHeader& header, const RasterData& data, RasterStyle style);

    Picture draw();

  private:
    using Anchor = Picture::Anchor;

    [[nodiscard]] std::uint64_t neurons(const RasterBand& band) const {
        return header_.populations[band.population].shape.size();
    }

    // Places of a population's readouts; a sample cut off by the file's end has none.
    [[nodiscard]] std::vector<std::size_t> readouts(const RasterBand& band) const;
    // The readouts whose values stand beside the band, the first few.
    [[nodiscard]] std::vector<std::size_t> shown_readouts(const RasterBand& band) const;
    [[nodiscard]] bool thin(const RasterBand& band) const;
    [[nodiscard]] double height(const RasterBand& band) const;
    // What the band would like, and whether it can do with less.
    [[nodiscard]] double full_height(const RasterBand& band) const;
    [[nodiscard]] bool can_shrink(const RasterBand& band) const;
    [[nodiscard]] Colour colour(const RasterBand& band) const;

    [[nodiscard]] double x_of(double tick) const {
        return measures_.left() + (tick - static_cast<double>(data_.ticks.from)) * tick_;
    }

    void text(double x,
              double y,
              const std::string& text,
              Anchor anchor = Anchor::start,
              Colour colour = k_grey,
              double size = 1,
              bool bold = false,
              const std::string& title = {});
    void line(double x1, double y1, double x2, double y2, Colour colour);

    void fit_height();
    void title();
    void time_axis(double y);
    [[nodiscard]] double legend(double y);
    [[nodiscard]] std::vector<std::uint64_t> labelled_ticks() const;

    void band(const RasterBand& band, double top);
    void names(const RasterBand& band, double top);
    [[nodiscard]] std::vector<std::string> name_lines(const std::string& name,
                                                      double room,
                                                      int most) const;
    void rows(const RasterBand& band, double top);
    void marked_rows(const RasterBand& band, double top);
    void readout_column(const RasterBand& band, std::size_t place, double top, double x);
    void marks(const RasterBand& band, double top);
    void density(const RasterBand& band, double top);
    [[nodiscard]] std::vector<double> rates(const RasterBand& band) const;
    void scale(const RasterBand& band, double top, double fullest);
    void nothing(const RasterBand& band, double top);

    const TraceHeader& header_;
    const RasterData& data_;
    Measures measures_;
    double plot_ = 0;    // width of time
    double tick_ = 0;    // width of a tick
    double shrink_ = 1;  // of bands that are higher than they must be
    bool tooltips_ = false;
    Picture picture_;
};

}  // namespace saltus::raster
