#include "core/integrate/tiles/pixel_strip.hpp"

#include <algorithm>

#include "core/integrate/tiles/tile_costs.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

void PixelStrip::begin(const CompiledProjection<float>& projection, const PixelEvents& pixels) {
    begin(projection, pixels.ticks);
    events_ = pixels;
    listed_ = {0, projection.seen.width()};
    for (std::uint32_t t = 0; t < pixels.ticks; ++t) {
        graded_[t] = pixels.events[t].payloads != nullptr ? 1 : 0;
    }
}

void PixelStrip::begin(const CompiledProjection<float>& projection, const PixelBits& pixels) {
    begin(projection, pixels.ticks);
    bits_ = pixels;
    listed_ = {1, 0};  // none
    const bool bytes = projection.weights8 != nullptr;
    for (std::uint32_t t = 0; t < pixels.ticks; ++t) {
        graded_[t] = pixels.pools && (!bytes || kernels().sends_payloads(pixels, t)) ? 1 : 0;
    }
}

void PixelStrip::begin(const CompiledProjection<float>& projection, std::uint32_t ticks) {
    projection_ = &projection;
    joined_for_ = 0;
    graded_.resize(ticks);
    window_.resize(ticks);
    place_rows();
    windows_.resize(projection.target_shape.height());
    for (std::uint32_t row = 0; row < windows_.size(); ++row) {
        windows_[row] = window_rows(row);
    }
}

void PixelStrip::place_rows() {
    const std::uint32_t height = projection_->seen.height();
    const std::uint32_t dilation = projection_->geometry.dilation[0];
    rows_.resize(height);
    places_.resize(height);
    std::uint32_t place = 0;
    for (std::uint32_t residue = 0; residue < dilation; ++residue) {
        for (std::uint32_t row = residue; row < height; row += dilation) {
            places_[row] = place++;
        }
    }
}

PixelStrip::WindowRows PixelStrip::window_rows(std::uint32_t target_row) const {
    const CompiledProjection<float>& projection = *projection_;
    const ConvGeometry& conv = projection.geometry;
    const std::int64_t top = std::int64_t{target_row} * conv.stride[0] - conv.padding[0];
    const std::int64_t height = projection.seen.height();
    const std::int64_t dilation = conv.dilation[0];
    // Kernel rows [above, below) lie in the source.
    const std::int64_t above = top < 0 ? (-top + dilation - 1) / dilation : 0;
    const std::int64_t below =
        top < height
            ? std::min<std::int64_t>((height - 1 - top) / dilation + 1, projection.kernel_height)
            : 0;
    if (above >= below) {
        return {};
    }
    const std::uint32_t place = places_[static_cast<std::size_t>(top + above * dilation)];
    return {place,
            static_cast<std::uint32_t>(below - above),
            (place - above) * projection.kernel_width * projection.seen.channels()};
}

// Every tick's list has room for all that its pixels could send; what is not written is not in
// memory.
void PixelStrip::list(const Columns& columns) {
    listed_ = columns;
    const std::uint32_t ticks = bits_.ticks;
    const std::size_t pixels =
        std::size_t{projection_->seen.height()} * (columns.end - columns.first);
    const std::size_t room = pixels * bits_.channels + k_padding;
    std::uint32_t* const slots = slots_.room_for(room * ticks);
    std::uint32_t* const starts = starts_.room_for((pixels + 1) * ticks);
    kernels().list_columns(bits_, columns, {slots, room, starts, graded_.data()});
    list_events_.resize(ticks);
    for (std::uint32_t t = 0; t < ticks; ++t) {
        list_events_[t] = {slots + t * room, nullptr, starts[pixels * ticks + t]};
    }
    events_ = {list_events_.data(), starts, ticks};
}

void PixelStrip::join(std::uint32_t column) {
    const CompiledProjection<float>& projection = *projection_;
    const std::uint32_t width = projection.seen.width();
    const std::int64_t left =
        std::int64_t{column} * projection.geometry.stride[1] - projection.geometry.padding[1];
    const auto end = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(left + projection.kernel_width, 0, width));
    const auto first = static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 0, end));
    if (first < listed_.first || end > listed_.end) {
        list({first, std::min(width, end + k_strip_columns)});
    }
    const std::uint32_t columns = listed_.end - listed_.first;
    for (std::uint32_t row = 0; row < rows_.size(); ++row) {
        const std::int64_t shift =
            std::int64_t{places_[row]} * projection.kernel_width - std::int64_t{row} * width - left;
        const std::uint32_t start = row * columns - listed_.first;
        rows_[places_[row]] = {start + first,
                               start + end,
                               static_cast<std::uint32_t>(shift * projection.seen.channels())};
    }
    join_rows();
}

void PixelStrip::join_rows() {
    const std::uint32_t ticks = events_.ticks;
    counts_.assign(ticks, 0);
    for (const StripRow& row : rows_) {
        const std::uint32_t* const first = events_.starts + std::size_t{row.first} * ticks;
        const std::uint32_t* const end = events_.starts + std::size_t{row.end} * ticks;
        for (std::uint32_t t = 0; t < ticks; ++t) {
            counts_[t] += end[t] - first[t];
        }
    }
    std::uint32_t* const starts = strip_starts_.room_for((rows_.size() + 1) * ticks);
    std::uint32_t places = 0;
    for (std::uint32_t t = 0; t < ticks; ++t) {
        starts[t] = places;
        places += counts_[t] + k_padding;
    }
    kernels().join_strip(events_,
                         rows_.data(),
                         static_cast<std::uint32_t>(rows_.size()),
                         strip_slots_.room_for(places),
                         strip_payloads_.room_for(places),
                         starts);
}

WindowEvents PixelStrip::window(std::uint32_t row, std::uint32_t column) {
    if (joined_for_ != column + 1) {
        joined_for_ = column + 1;
        join(column);
    }
    const WindowRows& rows = windows_[row];
    const std::uint32_t ticks = events_.ticks;
    const std::uint32_t* const starts = strip_starts_.data() + std::size_t{rows.place} * ticks;
    const std::uint32_t* const ends = starts + std::size_t{rows.count} * ticks;
    const std::uint32_t* const slots = strip_slots_.data();
    const float* const payloads = strip_payloads_.data();
    const Events* const all = events_.events;
    Events* const window = window_.data();
    std::size_t count = 0;
    for (std::uint32_t t = 0; t < ticks; ++t) {
        const std::size_t at = starts[t];
        const std::size_t many = ends[t] - at;
        window[t] = {slots + at, all[t].payloads != nullptr ? payloads + at : nullptr, many};
        count += many;
    }
    return {window_.data(), count, rows.base, graded_.data()};
}

}  // namespace saltus::detail
