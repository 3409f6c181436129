// What a population needs to take a stretch of ticks at once, tile of targets by tile: the packets
// that arrive, weights where they are read from, sums, and what fires. Scratch of one simulator,
// shared by its populations. Internal to core.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/compiled_network.hpp"
#include "core/packet.hpp"
#include "core/projection.hpp"

namespace saltus::detail {

// A buffer of numbers that start at a 64-byte boundary and are not set.
template <class T>
class RawBuffer {
  public:
    T* room_for(std::size_t n) {
        if (n > size_) {
            data_.reset(static_cast<T*>(::operator new[](n * sizeof(T), std::align_val_t{64})));
            size_ = n;
        }
        return data_.get();
    }

    T* data() { return data_.get(); }

  private:
    struct Free {
        void operator()(T* p) const { ::operator delete[](p, std::align_val_t{64}); }
    };

    std::unique_ptr<T[], Free> data_;
    std::size_t size_ = 0;
};

// The packets that arrive through one projection in a stretch, behind its pool.
class Arrivals {
  public:
    void begin(std::uint32_t ticks);

    // The packet that arrives at the stretch's next tick; nullptr: none.
    void add(const Packet* packet);

    // Call once all are in; pads both lists, so that whole vectors of events can be read.
    void end();

    [[nodiscard]] const std::vector<Events>& events() const { return events_; }

    [[nodiscard]] std::size_t size() const { return size_; }

    // Gives every source that sends anything a place, in order of appearance, and renumbers the
    // events by it. Returns the sources by place.
    const std::vector<Slot>& renumber(std::uint32_t sources);

    // Cuts every tick's packet at the pixels of a source of `channels` channels; see PixelEvents.
    PixelEvents cut(std::uint32_t pixels, std::uint32_t channels);

  private:
    std::vector<Slot> slots_;
    std::vector<float> payloads_;
    std::vector<std::size_t> offsets_;
    std::vector<std::uint8_t> graded_;  // by tick: has payloads
    std::vector<Events> events_;
    std::size_t size_ = 0;
    std::vector<std::uint32_t> places_;  // by source; k_nowhere
    std::vector<Slot> sources_;
    std::vector<std::uint32_t> starts_;
};

// Adds one projection's arrivals to the sums of one tile after the other.
class TileSource {
  public:
    // `arrivals` must live on. Renumbers them if rows are copied.
    void begin(const CompiledProjection<float>& projection, Arrivals& arrivals);

    // Adds to the tile of targets [first, first + lanes), whose channels start at a multiple of
    // k_tile within its pixel if the projection is a convolution.
    void add(TileSums sums, Slot first);

    // Weights read by one tile, in bytes.
    [[nodiscard]] std::uint64_t bytes(std::uint32_t lanes) const {
        return std::uint64_t{rows_added_} * lanes * sizeof(float);
    }

  private:
    void add_dense(TileSums& sums, Slot first);
    void add_conv(TileSums& sums, Slot first);

    const CompiledProjection<float>* projection_ = nullptr;
    Arrivals* arrivals_ = nullptr;
    std::size_t rows_added_ = 0;                  // by the last tile
    const std::vector<Slot>* sources_ = nullptr;  // rows to copy; nullptr: read where they lie
    RawBuffer<float> packed_;                     // [sources, k_tile]
    PixelEvents pixels_;
    RawBuffer<std::uint32_t> joined_slots_;
    RawBuffer<float> joined_payloads_;
    std::vector<Events> joined_;
    Slot joined_for_ = 0;  // pixel + 1 whose events are joined; 0: none
};

// The earliest membrane that is not finite.
struct NotFinite {
    bool found = false;
    std::uint32_t tick = 0;  // of the stretch
    Slot slot = 0;
};

struct Tiles {
    std::vector<Arrivals> arrivals;    // by place in the population's incoming
    std::vector<TileSource> sources;   // alike, of those through which anything arrives
    std::size_t used = 0;              // of sources
    std::vector<std::uint8_t> due;     // by tick: something arrives
    RawBuffer<float> x;                // [ticks, k_tile]
    RawBuffer<std::uint32_t> fired;    // [ticks, neurons + 16]
    std::vector<std::uint32_t*> ends;  // by tick: end of what fired
    NotFinite bad;
};

}  // namespace saltus::detail
