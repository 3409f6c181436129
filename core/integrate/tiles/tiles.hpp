// What a population needs to take a stretch of ticks at once, tile of targets by tile: the packets
// that arrive, weights where they are read from, sums, and what fires. Scratch of one simulator,
// shared by its populations. Internal to core.
#pragma once

#include <cstdint>
#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/deliver/projection.hpp"
#include "core/integrate/paths.hpp"
#include "core/integrate/tiles/byte_product.hpp"
#include "core/integrate/tiles/fired_bits.hpp"
#include "core/integrate/tiles/pixel_strip.hpp"
#include "core/integrate/tiles/spike_matrix.hpp"
#include "core/integrate/tiles/spike_raster.hpp"
#include "core/memory/aligned_buffer.hpp"
#include "core/packet.hpp"

namespace saltus::detail {

// The sources that send anything in a stretch.
struct Senders {
    const std::vector<Slot>* slots = nullptr;  // ascending
    std::size_t constant = 0;                  // of them, how many send at every tick
};

// What arrives through one projection in a stretch, behind its pool: packets, or bits of a source
// that fires these.
class Arrivals {
  public:
    // `copies`: packets do not outlive add(), or whole vectors of events are to be read; they are
    // usually at most `most` events.
    void begin(std::uint32_t ticks, bool copies, std::size_t most);

    // The packet that arrives at the stretch's next tick; nullptr: none.
    void add(const Packet* packet);

    // Call once all are in. Pads the copies by 16 events.
    void end();

    // Instead: what stands as bits for [first, first + ticks). They must live on.
    void take(FiredBits& bits, Tick first, std::uint32_t ticks);

    // By tick. Bits are listed at the first call.
    const std::vector<Events>& events();

    // Of all ticks.
    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] std::uint32_t ticks() const { return ticks_; }

    // Of a tick's bits, how many are set.
    [[nodiscard]] std::size_t count(std::size_t tick) const {
        return offsets_[tick + 1] - offsets_[tick];
    }

    Senders senders(std::uint32_t sources);

    // Of bits: who fires at each tick, [ticks, word_pitch] words by slot.
    const std::uint64_t* words();

    [[nodiscard]] std::size_t word_pitch() const { return bits_->pitch(); }

    // When each source sends.
    const Raster& raster(std::uint32_t sources);

    [[nodiscard]] bool graded() const { return graded_; }

    // Cuts what arrives at a tick at the pixels of a source of `channels` channels.
    PixelEvents cut(std::uint32_t pixels, std::uint32_t channels);

  private:
    void list();

    std::vector<Slot> slots_;
    std::vector<float> payloads_;
    std::vector<std::size_t> offsets_;
    std::vector<Events> events_;
    std::uint32_t ticks_ = 0;
    std::size_t size_ = 0;
    bool copies_ = true;
    bool graded_ = false;        // an event has a payload
    FiredBits* bits_ = nullptr;  // not packets
    Tick first_ = 0;
    std::vector<Slot> active_;  // of bits
    bool has_raster_ = false;
    Raster raster_;
    std::vector<std::uint32_t> starts_;
};

// A tile's rows side by side, [sources, k_tile]; and those of a product.
struct TilePack {
    AlignedBuffer<float> float32;
    AlignedBuffer<std::int8_t> int8;
    AlignedBuffer<std::int8_t> groups8;
};

// What one projection adds to a tile: rows of float32 or of int8, or a product of either.
struct TileInput {
    enum class Kind { nothing, rows, rows8, product, product8, narrow8 };

    Kind kind = Kind::nothing;
    std::uint64_t pitch = 0;
    const float* float32 = nullptr;     // rows
    const std::int8_t* int8 = nullptr;  // rows
    const float* scales = nullptr;      // int8
    Product32 product;
    Product8 product8;
    NarrowProduct8 narrow8;

    void add_to(const TileSums& sums) const;

    // The same, and takes neurons through the run.
    [[nodiscard]] TileResult run(const TileRun& run, const TileSums& sums) const;
};

// Where a tile's targets begin: of a population by pixel, at which one and in which channel.
struct TilePlace {
    Slot first = 0;
    std::uint32_t row = 0;
    std::uint32_t column = 0;
    std::uint32_t channel = 0;  // a multiple of k_tile
};

// What one projection adds, to one tile after the other.
class TileSource {
  public:
    // `arrivals` must live on. False if whole rows would be faster, by counts alone.
    bool begin(const CompiledProjection<float>& projection, Arrivals& arrivals);

    // Alike, of a convolution whose source fires bits.
    void begin(const CompiledProjection<float>& projection, const PixelBits& pixels);

    // For the tile of sums.lanes targets at `place`. Sets the events of sums. Valid until the next
    // call, and as long as nobody else uses `packed`, scratch.
    TileInput input(TileSums& sums, const TilePlace& place, TilePack& packed);

    // How it adds.
    [[nodiscard]] EnginePath path() const;

    // Weights read by one tile, in bytes: a row an event, whatever kernels make of it.
    [[nodiscard]] std::uint64_t bytes(std::uint32_t lanes) const {
        return std::uint64_t{rows_added_} * lanes * (projection_->weights8 != nullptr ? 1 : 4);
    }

  private:
    TileInput dense_input(TileSums& sums, Slot first, TilePack& packed);
    TileInput product8(const TileSums& sums, Slot first, TilePack& packed);
    TileInput narrow8(const TileSums& sums);
    TileInput conv_input(TileSums& sums, const TilePlace& place);
    const float* scales(Slot first, std::uint32_t lanes);

    const CompiledProjection<float>* projection_ = nullptr;
    Arrivals* arrivals_ = nullptr;
    std::size_t rows_added_ = 0;                // of the last tile
    const std::vector<Slot>* packs_ = nullptr;  // rows to copy; nullptr: read where they lie
    bool multiplies_ = false;                   // dense, without payloads: a product, not rows
    bool is_narrow_ = false;                    // few targets of int8: a product over all sources
    ByteProduct bytes_;                         // of int8
    SpikeMatrix spikes_;                        // of float32
    PixelStrip strip_;
    alignas(64) float scales_[k_tile] = {};
    alignas(64) std::int32_t constant_[k_tile] = {};  // what sources that fire at every tick add
};

// The earliest membrane that is not finite.
struct NotFinite {
    bool found = false;
    std::uint32_t tick = 0;  // of the stretch
    Slot slot = 0;
};

struct Tiles {
    // By place in the population's incoming.
    std::vector<std::uint8_t> arrives;  // whether anything does; the next two say nothing if not
    std::vector<Arrivals> arrivals;
    std::vector<TileSource> sources;
    std::vector<std::uint8_t> due;  // by tick: something arrives
    AlignedBuffer<float> x;         // [ticks, k_tile]
    FiredBits fires;                // of the population at work, unless it keeps them
    Packet listed;                  // what one fired at one tick
    TilePack packed;
    NotFinite bad;
    bool passes = false;   // a membrane left over after the last tick passes the test
    bool changed = false;  // something arrived or a bit of a membrane differs from before
};

}  // namespace saltus::detail
