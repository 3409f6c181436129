// The page that raster_svg() draws: its measures, and what its parts share. raster.cpp draws title
// and time axis, raster_bands.cpp the populations. Internal to models/trace.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/trace/trace.hpp"

namespace saltus::raster {

// The page, in pixels.
inline constexpr double k_left = 232;    // names and neuron numbers
inline constexpr double k_plot = 720;    // time
inline constexpr double k_column = 148;  // the values of one readout
inline constexpr double k_top = 78;      // title
inline constexpr double k_bottom = 74;   // time axis and legend
inline constexpr double k_gap = 18;      // between bands
inline constexpr double k_name = 24;     // where names start
inline constexpr double k_row = 15;      // a neuron of a small population
inline constexpr double k_band_least = 46;
inline constexpr double k_band_most = 230;
inline constexpr std::size_t k_few_neurons = 16;  // each row has its number
inline constexpr std::size_t k_few_spikes =
    4000;  // each spike has its tooltip, over the whole picture
inline constexpr std::size_t k_name_length = 20;
inline constexpr std::size_t k_readout_length = 10;

// Okabe and Ito 2008.
inline constexpr const char* k_green = "#009E73";
inline constexpr const char* k_blue = "#0072B2";
inline constexpr const char* k_vermilion = "#D55E00";
inline constexpr const char* k_purple = "#AA4499";

class Raster {
  public:
    Raster(const TraceHeader& header, const SampleTrace& sample)
        : header_(header), sample_(sample) {
        for (const StreamTrace& stream : sample.streams) {
            spikes_ += stream.slots.size();
        }
        column_ = k_plot / static_cast<double>(header.horizon);
    }

    std::string draw();

  private:
    [[nodiscard]] std::uint64_t neurons(std::size_t p) const {
        return header_.populations[p].shape.size();
    }

    // A silent band is kept low, unless its readout's values stand beside it.
    [[nodiscard]] bool nothing_to_show(std::size_t p) const {
        return sample_.streams[p].slots.empty() &&
               (readouts(p).empty() || neurons(p) > k_few_neurons);
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

    // The places of this population's readouts; a sample cut off by the file's end has none.
    [[nodiscard]] std::vector<std::size_t> readouts(std::size_t p) const {
        std::vector<std::size_t> places;
        for (std::size_t k = 0; k < sample_.readouts.size(); ++k) {
            if (header_.readouts[k].population == p) {
                places.push_back(k);
            }
        }
        return places;
    }

    // Columns of readout values that the page has room for: the most of one population.
    [[nodiscard]] std::size_t columns() const {
        std::size_t most = 1;
        for (std::size_t p = 0; p < header_.populations.size(); ++p) {
            if (neurons(p) <= k_few_neurons) {
                most = std::max(most, readouts(p).size());
            }
        }
        return most;
    }

    [[nodiscard]] const char* colour(std::size_t p) const {
        if (!readouts(p).empty()) {
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
    void readout_column(std::size_t place, double top, double x);
    void marked_rows(std::size_t p, double top);
    void grid(double top, double height);
    void spikes(std::size_t p, double top);
    void silence(std::size_t p, double top);

    const TraceHeader& header_;
    const SampleTrace& sample_;
    std::uint64_t spikes_ = 0;
    double column_ = 0;  // pixels a tick
    std::string body_;
};

}  // namespace saltus::raster
