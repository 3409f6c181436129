#include "models/trace/thumbnail.hpp"

#include <algorithm>
#include <cmath>

namespace saltus {

namespace {

constexpr std::uint32_t k_most_pixels = 48;  // a side

// A frame as planes of rows; what stands in front of the last two dimensions is the planes.
struct Frame {
    std::uint32_t planes = 1;
    std::uint32_t rows = 1;
    std::uint32_t columns = 1;
};

Frame frame_of(const Shape& shape) {
    Frame frame;
    const std::size_t rank = shape.dims.size();
    frame.columns = rank > 0 ? shape.dims[rank - 1] : 1;
    frame.rows = rank > 1 ? shape.dims[rank - 2] : 1;
    for (std::size_t k = 0; k + 2 < rank; ++k) {
        frame.planes *= shape.dims[k];
    }
    return frame;
}

std::uint32_t shrink_by(std::uint32_t length) {
    return (length + k_most_pixels - 1) / k_most_pixels;
}

}  // namespace

ExploreThumbnail thumbnail_of(const DataSet& data) {
    const Frame frame = frame_of(data.shape());
    const std::uint32_t rows = shrink_by(frame.rows);
    const std::uint32_t columns = shrink_by(frame.columns);
    return {frame.planes == 3 ? 3U : 1U,
            (frame.rows + rows - 1) / rows,
            (frame.columns + columns - 1) / columns};
}

std::vector<std::uint8_t> read_thumbnail(const DataSet& data,
                                         const ExploreThumbnail& thumbnail,
                                         std::uint64_t sample) {
    const Frame frame = frame_of(data.shape());
    const std::uint32_t row_step = shrink_by(frame.rows);
    const std::uint32_t column_step = shrink_by(frame.columns);
    std::vector<float> values(data.values_per_sample());
    data.read(sample, values);

    const std::size_t pixels = std::size_t{thumbnail.channels} * thumbnail.height * thumbnail.width;
    std::vector<double> sums(pixels, 0.0);
    std::vector<std::uint32_t> counts(pixels, 0);
    std::size_t at = 0;
    for (std::uint64_t f = 0; f < data.frames(); ++f) {
        for (std::uint32_t plane = 0; plane < frame.planes; ++plane) {
            const std::size_t channel = thumbnail.channels == 3 ? plane : 0;
            for (std::uint32_t y = 0; y < frame.rows; ++y) {
                for (std::uint32_t x = 0; x < frame.columns; ++x, ++at) {
                    const std::size_t place =
                        (channel * thumbnail.height + y / row_step) * thumbnail.width +
                        x / column_step;
                    sums[place] += values[at];
                    ++counts[place];
                }
            }
        }
    }
    for (std::size_t k = 0; k < pixels; ++k) {
        sums[k] /= std::max(counts[k], 1U);
    }
    const auto [least, greatest] = std::minmax_element(sums.begin(), sums.end());
    // Bytes that are at most 1 are flags or spikes, not pixels.
    const bool pixel_bytes = !data.bytes(sample).empty() && *greatest > 1;
    const double low = pixel_bytes ? 0 : *least;
    const double high = pixel_bytes ? 255 : *greatest;
    std::vector<std::uint8_t> out(pixels);
    for (std::size_t k = 0; k < pixels; ++k) {
        const double share = high > low ? (sums[k] - low) / (high - low) : 0;
        // A number that is not finite is dark: no thumbnail is worth failing for.
        out[k] = std::isfinite(share)
                     ? static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0, 1.0)))
                     : std::uint8_t{0};
    }
    return out;
}

}  // namespace saltus
