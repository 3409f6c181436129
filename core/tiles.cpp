#include "core/tiles.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/kernels.hpp"

namespace saltus::detail {

namespace {

constexpr std::uint32_t k_nowhere = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t k_padding = 16;  // events that kernels may read past the last

}  // namespace

void Arrivals::begin(std::uint32_t ticks) {
    slots_.clear();
    payloads_.clear();
    offsets_.assign(1, 0);
    graded_.clear();
    events_.assign(ticks, {});
}

void Arrivals::add(const Packet* packet) {
    bool graded = false;
    if (packet != nullptr) {
        graded = !packet->payloads.empty();
        if (graded) {
            payloads_.resize(slots_.size());
            payloads_.insert(payloads_.end(), packet->payloads.begin(), packet->payloads.end());
        }
        slots_.insert(slots_.end(), packet->slots.begin(), packet->slots.end());
    }
    offsets_.push_back(slots_.size());
    graded_.push_back(graded ? 1 : 0);
}

void Arrivals::end() {
    size_ = slots_.size();
    slots_.resize(size_ + k_padding);
    if (!payloads_.empty()) {
        payloads_.resize(size_ + k_padding);
    }
    for (std::size_t t = 0; t < events_.size(); ++t) {
        events_[t] = {slots_.data() + offsets_[t],
                      graded_[t] != 0 ? payloads_.data() + offsets_[t] : nullptr,
                      offsets_[t + 1] - offsets_[t]};
    }
}

const std::vector<Slot>& Arrivals::renumber(std::uint32_t sources) {
    places_.resize(std::max<std::size_t>(places_.size(), sources), k_nowhere);
    sources_.clear();
    for (std::size_t e = 0; e < size_; ++e) {
        std::uint32_t& place = places_[slots_[e]];
        if (place == k_nowhere) {
            place = static_cast<std::uint32_t>(sources_.size());
            sources_.push_back(slots_[e]);
        }
        slots_[e] = place;
    }
    for (const Slot source : sources_) {
        places_[source] = k_nowhere;
    }
    return sources_;
}

PixelEvents Arrivals::cut(std::uint32_t pixels, std::uint32_t channels) {
    const auto ticks = static_cast<std::uint32_t>(events_.size());
    const std::size_t pitch = std::size_t{pixels} + 1;
    starts_.assign(pitch * ticks, 0);
    const PixelOf pixel_of(channels);
    for (std::uint32_t t = 0; t < ticks; ++t) {
        std::uint32_t* const starts = &starts_[t * pitch];
        const Events& events = events_[t];
        for (std::size_t e = 0; e < events.count; ++e) {
            ++starts[pixel_of(events.slots[e]) + 1];
        }
        for (std::uint32_t p = 0; p < pixels; ++p) {
            starts[p + 1] += starts[p];
        }
    }
    return {events_.data(), starts_.data(), ticks, pixels};
}

void TileSource::begin(const CompiledProjection<float>& projection, Arrivals& arrivals) {
    projection_ = &projection;
    arrivals_ = &arrivals;
    sources_ = nullptr;
    joined_for_ = 0;
    const auto seen = static_cast<std::uint32_t>(projection.seen.size());
    if (projection.kind == ConnectionKind::conv2d) {
        const std::uint32_t channels = projection.seen.channels();
        pixels_ = arrivals.cut(seen / channels, channels);
        joined_slots_.room_for(arrivals.size() + k_padding);
        joined_payloads_.room_for(arrivals.size() + k_padding);
        joined_.resize(arrivals.events().size());
    } else if (arrivals.size() >= seen / 2) {
        // Rows that are read several times are copied side by side first, where they stay in cache.
        sources_ = &arrivals.renumber(seen);
        packed_.room_for(sources_->size() * k_tile);
    }
}

void TileSource::add(TileSums sums, Slot first) {
    if (projection_->kind == ConnectionKind::conv2d) {
        add_conv(sums, first);
    } else {
        add_dense(sums, first);
    }
}

void TileSource::add_dense(TileSums& sums, Slot first) {
    const CompiledProjection<float>& projection = *projection_;
    sums.events = arrivals_->events().data();
    rows_added_ = arrivals_->size();
    if (sources_ == nullptr) {
        kernels().add_tile(sums, projection.weights32 + first, projection.pitch);
        return;
    }
    float* to = packed_.data();
    for (const Slot source : *sources_) {
        std::memcpy(to,
                    projection.weights32 + source * projection.pitch + first,
                    sums.lanes * sizeof(float));
        to += k_tile;
    }
    kernels().add_tile(sums, packed_.data(), k_tile);
}

void TileSource::add_conv(TileSums& sums, Slot first) {
    const CompiledProjection<float>& projection = *projection_;
    const std::uint32_t out = projection.target_shape.channels();
    const std::uint32_t pixel = first / out;
    if (joined_for_ != pixel + 1) {
        joined_for_ = pixel + 1;
        const ConvGeometry& conv = projection.geometry;
        const std::uint32_t y = pixel / projection.target_shape.width();
        const std::uint32_t x = pixel % projection.target_shape.width();
        const std::uint32_t width = projection.seen.width();
        const std::uint32_t in = projection.seen.channels();
        const std::int64_t left = std::int64_t{x} * conv.stride[1] - conv.padding[1];
        const std::int64_t right = std::min<std::int64_t>(left + projection.kernel_width, width);
        KernelRow rows[k_most_kernel_rows];
        std::uint32_t count = 0;
        for (std::uint32_t k = 0; k < projection.kernel_height; ++k) {
            const std::int64_t row = std::int64_t{y} * conv.stride[0] +
                                     std::int64_t{k} * conv.dilation[0] - conv.padding[0];
            if (row < 0 || row >= projection.seen.height() || right <= 0) {
                continue;
            }
            const std::int64_t start = row * width;
            const std::int64_t first_column = std::clamp<std::int64_t>(left, 0, right);
            const std::int64_t shift = (k * projection.kernel_width - start - left) * in;
            rows[count++] = {static_cast<std::uint32_t>(start + first_column),
                             static_cast<std::uint32_t>(start + right),
                             static_cast<std::uint32_t>(shift)};
        }
        rows_added_ = kernels().join_pixels(
            pixels_, rows, count, joined_slots_.data(), joined_payloads_.data(), joined_.data());
    }
    sums.events = joined_.data();
    kernels().add_tile(sums, projection.pixel_rows.data() + first % out, projection.pitch);
}

}  // namespace saltus::detail
