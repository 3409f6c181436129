#include "core/pixel_strip.hpp"

#include <algorithm>

#include "core/kernels.hpp"

namespace saltus::detail {

void PixelStrip::begin(const CompiledProjection<float>& projection,
                       const PixelEvents& pixels,
                       std::size_t size) {
    projection_ = &projection;
    pixels_ = pixels;
    joined_for_ = 0;
    const std::uint32_t height = projection.seen.height();
    places_.resize(height);
    std::uint32_t place = 0;
    for (std::uint32_t residue = 0; residue < projection.geometry.dilation[0]; ++residue) {
        for (std::uint32_t row = residue; row < height; row += projection.geometry.dilation[0]) {
            places_[row] = place++;
        }
    }
    rows_.resize(height);
    const std::size_t most = std::min(size,
                                      std::size_t{height} * projection.kernel_width *
                                          projection.seen.channels() * pixels.ticks);
    const std::size_t places = most + std::size_t{pixels.ticks + 1} * k_padding;
    slots_.room_for(places);
    payloads_.room_for(places);
    starts_.room_for(std::size_t{height + 1} * pixels.ticks);
    window_.resize(pixels.ticks);
}

void PixelStrip::join(std::uint32_t column) {
    const CompiledProjection<float>& projection = *projection_;
    const std::uint32_t width = projection.seen.width();
    const std::uint32_t in = projection.seen.channels();
    const std::int64_t left =
        std::int64_t{column} * projection.geometry.stride[1] - projection.geometry.padding[1];
    const std::int64_t right = std::clamp<std::int64_t>(left + projection.kernel_width, 0, width);
    const std::int64_t first = std::clamp<std::int64_t>(left, 0, right);
    for (std::uint32_t row = 0; row < rows_.size(); ++row) {
        const std::int64_t start = std::int64_t{row} * width;
        const std::int64_t shift =
            (std::int64_t{places_[row]} * projection.kernel_width - start - left) * in;
        rows_[places_[row]] = {static_cast<std::uint32_t>(start + first),
                               static_cast<std::uint32_t>(start + right),
                               static_cast<std::uint32_t>(shift)};
    }
    kernels().join_strip(pixels_,
                         rows_.data(),
                         static_cast<std::uint32_t>(rows_.size()),
                         slots_.data(),
                         payloads_.data(),
                         starts_.data());
}

WindowEvents PixelStrip::window(std::uint32_t target_pixel) {
    const CompiledProjection<float>& projection = *projection_;
    const std::uint32_t column = target_pixel % projection.target_shape.width();
    if (joined_for_ != column + 1) {
        joined_for_ = column + 1;
        join(column);
    }
    const ConvGeometry& conv = projection.geometry;
    const std::int64_t top =
        std::int64_t{target_pixel / projection.target_shape.width()} * conv.stride[0] -
        conv.padding[0];
    const std::int64_t height = projection.seen.height();
    const std::int64_t dilation = conv.dilation[0];
    // Kernel rows [above, below) lie in the source.
    const std::int64_t above = top < 0 ? (-top + dilation - 1) / dilation : 0;
    const std::int64_t below =
        top < height
            ? std::min<std::int64_t>((height - 1 - top) / dilation + 1, projection.kernel_height)
            : 0;
    std::fill(window_.begin(), window_.end(), Events{});
    if (above >= below) {
        return {window_.data(), 0, 0};
    }
    const std::uint32_t place = places_[static_cast<std::size_t>(top + above * dilation)];
    const std::uint32_t* const starts = starts_.data() + std::size_t{place} * pixels_.ticks;
    const std::uint32_t* const ends =
        starts + static_cast<std::size_t>(below - above) * pixels_.ticks;
    std::size_t count = 0;
    for (std::uint32_t t = 0; t < pixels_.ticks; ++t) {
        const std::size_t at = starts[t] + std::size_t{t} * k_padding;
        window_[t] = {slots_.data() + at,
                      pixels_.events[t].payloads != nullptr ? payloads_.data() + at : nullptr,
                      ends[t] - starts[t]};
        count += window_[t].count;
    }
    return {window_.data(),
            count,
            (place - above) * projection.kernel_width * projection.seen.channels()};
}

}  // namespace saltus::detail
