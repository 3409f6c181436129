// What arrives at a population of simple neurons in a stretch of ticks, for its tiles (tiled.cpp):
// packets or bits, projection by projection.
#include <algorithm>

#include "core/engine/engine.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

namespace {

PixelBits pixels_of(const CompiledProjection<float>& projection,
                    FiredBits& bits,
                    Tick first,
                    std::uint32_t ticks) {
    const Shape& source = projection.pool ? projection.pool->source : projection.seen;
    PixelBits pixels;
    pixels.words = bits.at(first);
    pixels.pitch = bits.pitch();
    pixels.packed = bits.packed();
    pixels.ticks = ticks;
    pixels.channels = source.channels();
    pixels.width = source.width();
    pixels.pixels = source.height() * source.width();
    pixels.seen_width = projection.seen.width();
    pixels.seen_pixels = projection.seen.height() * projection.seen.width();
    if (projection.pool) {
        pixels.pools = true;
        pixels.k = projection.pool->k;
        pixels.stride = projection.pool->stride;
        pixels.factor = projection.pool->factor;
        pixels.block = projection.kernel_height * projection.kernel_width * pixels.channels;
    }
    return pixels;
}

}  // namespace

// Takes and counts what arrives in [first, last], by projection; and at which ticks. Returns false
// if whole rows would be faster.
template <>
bool Engine<float>::gather(PopulationId id, Tick first, Tick last) {
    const CompiledPopulation<float>& population = network_.populations[id];
    const std::size_t places = population.incoming.size();
    tiles_.due.assign(static_cast<std::size_t>(last - first + 1), 0);
    tiles_.arrives.assign(places, 0);
    tiles_.arrivals.resize(std::max(tiles_.arrivals.size(), places));
    tiles_.sources.resize(tiles_.arrivals.size());
    bool any = false;
    bool gains = false;
    for (std::size_t place = 0; place < places; ++place) {
        const ProjectionId p = population.incoming[place];
        const CompiledProjection<float>& projection = network_.projections[p];
        if (projection.held) {
            continue;
        }
        Arrivals& arrivals = tiles_.arrivals[place];
        const bool as_bits = network_.populations[projection.source].fires_bits;
        if (as_bits ? !gather_bits(p, first, last, arrivals)
                    : !gather_packets(p, first, last, arrivals)) {
            continue;
        }
        any = true;
        tiles_.arrives[place] = 1;
        if (as_bits && projection.kind == ConnectionKind::conv2d) {
            gather_pixels(p, first, last, tiles_.sources[place]);
            gains = true;
        } else {
            gains = tiles_.sources[place].begin(projection, arrivals) || gains;
        }
    }
    return gains || !any;
}

// The packets that arrive through one projection, behind its pool. Returns whether any does.
template <>
bool Engine<float>::gather_packets(ProjectionId id, Tick first, Tick last, Arrivals& arrivals) {
    const CompiledProjection<float>& projection = network_.projections[id];
    const bool copies = projection.pool || projection.kind == ConnectionKind::conv2d;
    arrivals.begin(
        static_cast<std::uint32_t>(tiles_.due.size()), copies, copies ? events_until(id, last) : 0);
    const PacketHistory& history = populations_[projection.source].history;
    std::uint64_t& next = projections_[id].waits_for;
    for (Tick t = first; t <= last; ++t) {
        const Packet* packet = history.at(next);
        if (packet == nullptr || packet->tick + projection.delay != t) {
            arrivals.add(nullptr);
            continue;
        }
        ++next;
        count(id, *packet);
        tiles_.due[static_cast<std::size_t>(t - first)] = 1;
        arrivals.add(projection.pool ? &pool_packet(projection, projections_[id], *packet)
                                     : packet);
    }
    arrivals.end();
    return arrivals.size() > 0;
}

// The bits, alike.
template <>
bool Engine<float>::gather_bits(ProjectionId id, Tick first, Tick last, Arrivals& arrivals) {
    const CompiledProjection<float>& projection = network_.projections[id];
    arrivals.take(
        populations_[projection.source].bits, first, static_cast<std::uint32_t>(last - first + 1));
    for (std::size_t t = 0; t < tiles_.due.size(); ++t) {
        if (arrivals.count(t) > 0) {
            tiles_.due[t] = 1;
        }
    }
    ProjectionCounts& counts = counts_.projections[id];
    if (projection.kind == ConnectionKind::dense) {
        counts.acs += std::uint64_t{projection.targets} * arrivals.size();
    }
    counts.pool_operations += projection.pool ? arrivals.size() : 0;
    count_zero_bits(id, first, last);
    return arrivals.size() > 0;
}

// Counts what of the bits in [first, last] goes through weights of zero.
template <>
void Engine<float>::count_zero_bits(ProjectionId id, Tick first, Tick last) {
    const std::span<const std::uint64_t> zeros = zeros_of(id);
    if (zeros.empty()) {
        return;
    }
    FiredBits& bits = populations_[network_.projections[id].source].bits;
    std::uint64_t& acs = counts_.zero_weights[id].acs;
    for (Tick t = first; t <= last; ++t) {
        if (const std::size_t count = bits.count(t); count > 0) {
            bits.list(t, count, zero_bits_);
            for (const Slot slot : zero_bits_) {
                acs += zeros[slot];
            }
        }
    }
}

// Shows a convolution the bits that arrive, and counts their synapses.
template <>
void Engine<float>::gather_pixels(ProjectionId id, Tick first, Tick last, TileSource& source) {
    const CompiledProjection<float>& projection = network_.projections[id];
    FiredBits& bits = populations_[projection.source].bits;
    bits.cover(first, last);
    const PixelBits pixels =
        pixels_of(projection, bits, first, static_cast<std::uint32_t>(tiles_.due.size()));
    counts_.projections[id].acs +=
        kernels().count_synapses(pixels, projection.pixel_synapses.data());
    source.begin(projection, pixels);
}

// How many events arrive through a projection until `last`, before its pool.
template <>
std::size_t Engine<float>::events_until(ProjectionId id, Tick last) {
    const CompiledProjection<float>& projection = network_.projections[id];
    const PacketHistory& history = populations_[projection.source].history;
    std::size_t events = 0;
    std::uint64_t next = projections_[id].waits_for;
    for (const Packet* packet = history.at(next);
         packet != nullptr && packet->tick + projection.delay <= last;
         packet = history.at(++next)) {
        events += packet->slots.size();
    }
    return events;
}

}  // namespace saltus::detail
