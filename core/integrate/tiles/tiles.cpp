#include "core/integrate/tiles/tiles.hpp"

#include <algorithm>

#include "core/integrate/tiles/tile_costs.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

namespace {

// Of a tick's bits.
std::uint32_t source_words(const CompiledProjection<float>& projection) {
    return static_cast<std::uint32_t>((projection.seen.size() + 63) / 64);
}

// Whether a product over all sources is faster than a row a spike, by counts alone.
bool narrow_gains(const CompiledProjection<float>& projection, const Arrivals& arrivals) {
    return projection.narrow_groups8.size() != 0 && kernels().multiply_narrow8 != nullptr &&
           arrivals.size() > k_spikes_a_word * source_words(projection) * arrivals.ticks();
}

}  // namespace

void Arrivals::begin(std::uint32_t ticks, bool copies, std::size_t most) {
    copies_ = copies;
    ticks_ = ticks;
    size_ = 0;
    graded_ = false;
    bits_ = nullptr;
    has_raster_ = false;
    slots_.clear();
    payloads_.clear();
    if (copies && slots_.capacity() < most + k_padding) {
        slots_.reserve(2 * most + k_padding);
    }
    offsets_.assign(1, 0);
    events_.clear();
    events_.reserve(ticks);
}

void Arrivals::add(const Packet* packet) {
    Events events;
    if (packet != nullptr) {
        const bool graded = !packet->payloads.empty();
        events = {
            packet->slots.data(), graded ? packet->payloads.data() : nullptr, packet->slots.size()};
    }
    size_ += events.count;
    graded_ |= events.payloads != nullptr;
    events_.push_back(events);
    if (!copies_) {
        return;
    }
    slots_.insert(slots_.end(), events.slots, events.slots + events.count);
    if (events.payloads != nullptr) {
        payloads_.reserve(slots_.capacity());
        payloads_.resize(slots_.size() - events.count);
        payloads_.insert(payloads_.end(), events.payloads, events.payloads + events.count);
    }
    offsets_.push_back(slots_.size());
}

void Arrivals::end() {
    if (!copies_) {
        return;
    }
    slots_.resize(size_ + k_padding);
    if (!payloads_.empty()) {
        payloads_.resize(size_ + k_padding);
    }
    for (std::size_t t = 0; t < events_.size(); ++t) {
        events_[t].slots = slots_.data() + offsets_[t];
        if (events_[t].payloads != nullptr) {
            events_[t].payloads = payloads_.data() + offsets_[t];
        }
    }
}

void Arrivals::take(FiredBits& bits, Tick first, std::uint32_t ticks) {
    ticks_ = ticks;
    graded_ = false;
    bits_ = &bits;
    has_raster_ = false;
    first_ = first;
    events_.clear();
    offsets_.assign(1, 0);
    for (std::uint32_t t = 0; t < ticks; ++t) {
        offsets_.push_back(offsets_.back() + bits.count(first + t));
    }
    size_ = offsets_.back();
}

const std::vector<Events>& Arrivals::events() {
    if (events_.empty()) {
        list();
    }
    return events_;
}

void Arrivals::list() {
    slots_.resize(size_ + k_padding);
    for (std::uint32_t t = 0; t < ticks_; ++t) {
        Slot* const slots = slots_.data() + offsets_[t];
        if (count(t) > 0) {
            bits_->list(first_ + t, slots);
        }
        events_.push_back({slots, nullptr, count(t)});
    }
}

const std::uint64_t* Arrivals::words() {
    bits_->cover(first_, first_ + ticks_ - 1);
    return bits_->at(first_);
}

Senders Arrivals::senders(std::uint32_t sources) {
    if (bits_ != nullptr) {
        return {&active_, bits_->list_any(first_, first_ + ticks_ - 1, active_)};
    }
    const Raster& all = raster(sources);
    const auto constant = std::count(all.counts().begin(), all.counts().end(), ticks_);
    return {&all.active(), static_cast<std::size_t>(constant)};
}

const Raster& Arrivals::raster(std::uint32_t sources) {
    if (has_raster_) {
        return raster_;
    }
    has_raster_ = true;
    if (bits_ == nullptr) {
        raster_.take(events_, sources);
    } else {
        raster_.take(words(), word_pitch(), ticks_, sources);
    }
    return raster_;
}

PixelEvents Arrivals::cut(std::uint32_t pixels, std::uint32_t channels) {
    const std::uint32_t ticks = ticks_;
    const std::vector<Events>& all = this->events();
    starts_.assign((std::size_t{pixels} + 1) * ticks, 0);
    const PixelOf pixel_of(channels);
    for (std::uint32_t t = 0; t < ticks; ++t) {
        const Events& events = all[t];
        std::uint32_t* const ends = starts_.data() + ticks + t;
        for (std::uint32_t e = 0; e < events.count; ++e) {
            ends[std::size_t{pixel_of(events.slots[e])} * ticks] = e + 1;  // the last one stays
        }
    }
    for (std::size_t k = ticks; k < starts_.size(); ++k) {
        starts_[k] = std::max(starts_[k], starts_[k - ticks]);  // nothing of this pixel
    }
    return {all.data(), starts_.data(), ticks};
}

bool TileSource::begin(const CompiledProjection<float>& projection, Arrivals& arrivals) {
    projection_ = &projection;
    arrivals_ = &arrivals;
    packs_ = nullptr;
    multiplies_ = false;
    is_narrow_ = false;
    bool again = false;
    const auto seen = static_cast<std::uint32_t>(projection.seen.size());
    if (projection.kind == ConnectionKind::conv2d) {
        const std::uint32_t channels = projection.seen.channels();
        strip_.begin(projection, arrivals.cut(seen / channels, channels));
        return true;
    }
    if (projection.targets < k_tile) {
        is_narrow_ = narrow_gains(projection, arrivals);
        return true;  // a tile's rows are whole rows
    }
    if (seen <= k_most_packed) {
        const std::size_t spikes = arrivals.size();
        const std::uint32_t ticks = arrivals.ticks();
        const Senders senders = arrivals.senders(seen);
        const std::size_t active = senders.slots->size();
        again = spikes >= k_reuse * active;
        if (projection.weights8 != nullptr && !arrivals.graded()) {
            multiplies_ = ByteProduct::gains(active, senders.constant, spikes, ticks);
            if (multiplies_) {
                bytes_.take(arrivals.raster(seen), ticks);
            }
        } else if (again && !arrivals.graded()) {
            multiplies_ = SpikeMatrix::gains(active, spikes, ticks);
            if (multiplies_) {
                spikes_.take(arrivals.raster(seen), ticks);
            }
        }
        if (multiplies_ || (again && projection.pitch > k_tile && seen <= k_most_copied)) {
            packs_ = senders.slots;
        }
    }
    if (projection.weights8 != nullptr || multiplies_ || packs_ != nullptr) {
        return true;
    }
    return (again || projection.pool) && seen <= k_most_copied;
}

void TileSource::begin(const CompiledProjection<float>& projection, const PixelBits& pixels) {
    projection_ = &projection;
    strip_.begin(projection, pixels);
}

EnginePath TileSource::path() const {
    using enum EnginePath;
    const bool bytes = projection_->weights8 != nullptr;
    if (projection_->kind == ConnectionKind::conv2d) {
        return !bytes                               ? tiles_pixel_rows
               : projection_->pixel_rows.size() > 0 ? tiles_pixel_graded8
                                                    : tiles_pixel_rows8;
    }
    if (is_narrow_) {
        return tiles_narrow8;
    }
    if (multiplies_) {
        return !bytes                      ? tiles_product
               : bytes_.constant().empty() ? tiles_product8
                                           : tiles_product8_constant;
    }
    if (bytes) {
        return packs_ != nullptr ? tiles_packed_rows8 : tiles_rows8;
    }
    return packs_ != nullptr ? tiles_packed_rows : tiles_rows;
}

void TileInput::add_to(const TileSums& sums) const {
    switch (kind) {
        case Kind::nothing:
            return;
        case Kind::rows:
            return kernels().add_tile(sums, float32, pitch);
        case Kind::rows8:
            return kernels().add_tile8(sums, int8, pitch, scales);
        case Kind::product:
            return kernels().multiply_tile(sums, product);
        case Kind::product8:
            return kernels().multiply_tile8(sums, product8, scales);
        case Kind::narrow8:
            return kernels().multiply_narrow8(sums, narrow8, scales);
    }
}

TileResult TileInput::run(const TileRun& run, const TileSums& sums) const {
    switch (kind) {
        case Kind::nothing:
            break;
        case Kind::rows:
            return kernels().run_tile(run, sums, float32, pitch);
        case Kind::rows8:
            return kernels().run_tile8(run, sums, int8, pitch, scales);
        case Kind::product:
            return kernels().run_product(run, sums, product);
        case Kind::product8:
            return kernels().run_product8(run, sums, product8, scales);
        case Kind::narrow8:
            kernels().multiply_narrow8(sums, narrow8, scales);
            break;
    }
    return kernels().integrate_tile(run);
}

TileInput TileSource::input(TileSums& sums, const TilePlace& place, TilePack& packed) {
    return projection_->kind == ConnectionKind::conv2d ? conv_input(sums, place)
                                                       : dense_input(sums, place.first, packed);
}

TileInput TileSource::dense_input(TileSums& sums, Slot first, TilePack& packed) {
    const CompiledProjection<float>& projection = *projection_;
    rows_added_ = arrivals_->size();
    if (is_narrow_) {
        return narrow8(sums);
    }
    if (!multiplies_) {
        sums.events = arrivals_->events().data();
    }
    TileInput input;
    input.pitch = projection.pitch;
    const std::size_t places = projection.seen.size() * k_tile;
    if (projection.weights8 != nullptr) {
        if (multiplies_) {
            return product8(sums, first, packed);
        }
        input.kind = TileInput::Kind::rows8;
        input.int8 = projection.weights8 + first;
        input.scales = scales(first, sums.lanes);
        if (packs_ != nullptr) {
            std::int8_t* const rows = packed.int8.room_for(places);
            kernels().pack_rows8(rows, input.int8, input.pitch, packs_->data(), packs_->size());
            input.int8 = rows;
            input.pitch = k_tile;
        }
        return input;
    }
    input.kind = TileInput::Kind::rows;
    input.float32 = projection.weights32 + first;
    if (packs_ == nullptr) {
        return input;
    }
    const auto count = static_cast<std::uint32_t>(packs_->size());
    const std::size_t room = multiplies_ ? count * std::size_t{k_tile} : places;
    float* const rows = packed.float32.room_for(room);
    kernels().pack_rows(
        rows, input.float32, input.pitch, sums.lanes, packs_->data(), count, multiplies_);
    if (multiplies_) {
        input.kind = TileInput::Kind::product;
        input.product = {spikes_.spikes(), rows, count};
    } else {
        input.float32 = rows;
        input.pitch = k_tile;
    }
    return input;
}

TileInput TileSource::product8(const TileSums& sums, Slot first, TilePack& packed) {
    const CompiledProjection<float>& projection = *projection_;
    const std::int8_t* const weights = projection.weights8 + first;
    const std::vector<Slot>& varying = bytes_.varying();
    const auto count = static_cast<std::uint32_t>(varying.size());
    const std::uint32_t groups = (count + k_group - 1) / k_group;
    kernels().sum_rows8(constant_,
                        k_tile,
                        weights,
                        projection.pitch,
                        bytes_.constant().data(),
                        bytes_.constant().size());
    std::int8_t* const grouped = packed.groups8.room_for(std::size_t{groups} * k_group * k_tile);
    kernels().pack_groups8(grouped, weights, projection.pitch, varying.data(), count);
    TileInput input;
    input.kind = TileInput::Kind::product8;
    input.scales = scales(first, sums.lanes);
    input.product8 = {bytes_.spikes(), grouped, groups, constant_};
    return input;
}

TileInput TileSource::narrow8(const TileSums& sums) {
    TileInput input;
    input.kind = TileInput::Kind::narrow8;
    input.scales = scales(0, sums.lanes);
    input.narrow8 = {arrivals_->words(),
                     arrivals_->word_pitch(),
                     source_words(*projection_),
                     projection_->narrow_groups8.data()};
    return input;
}

// The int8 scales of targets [first, first + lanes).
const float* TileSource::scales(Slot first, std::uint32_t lanes) {
    const std::vector<float>& all = projection_->scales;
    if (all.size() == 1) {
        std::fill_n(scales_, k_tile, all[0]);
    } else {
        const std::size_t many = std::min<std::size_t>(lanes, all.size() - first);
        std::copy_n(all.data() + first, many, scales_);
        std::fill_n(scales_ + many, k_tile - many, 0.0F);
    }
    return scales_;
}

TileInput TileSource::conv_input(TileSums& sums, const TilePlace& place) {
    const CompiledProjection<float>& projection = *projection_;
    const WindowEvents window = strip_.window(place.row, place.column);
    sums.events = window.events;
    rows_added_ = window.count;
    const auto from = [&](const auto& rows) {  // row 0, wherever that is
        return rows.data() + place.channel -
               window.base * static_cast<std::int64_t>(projection.pitch);
    };
    TileInput input;
    input.pitch = projection.pitch;
    if (projection.weights8 == nullptr) {
        input.kind = TileInput::Kind::rows;
        input.float32 = from(projection.pixel_rows);
        return input;
    }
    if (projection.pixel_rows.size() > 0) {
        sums.graded = from(projection.pixel_rows);
        sums.graded_ticks = window.graded;
    }
    input.kind = TileInput::Kind::rows8;
    input.int8 = from(projection.pixel_rows8);
    input.scales = scales(place.channel, sums.lanes);
    return input;
}

}  // namespace saltus::detail
