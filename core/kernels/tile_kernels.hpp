// The loops of the layer-by-layer schedule: a tile of at most 64 targets takes many ticks at once,
// so that its weights stay in the nearest cache and its sums and membranes in registers. Same
// operations in the same order for every target as tick by tick, so the same bits. Internal to
// core.
//
// Cost, float32: one load and one addition a vector of targets and event.
#pragma once

#include <cstddef>
#include <cstdint>

namespace saltus::detail {

inline constexpr std::uint32_t k_tile = 64;  // targets

// What arrives at one tick through one projection: rows of weights in ascending source slot, and a
// payload each, or nullptr if all are 1.
struct Events {
    const std::uint32_t* slots = nullptr;
    const float* payloads = nullptr;
    std::size_t count = 0;

    [[nodiscard]] Events part(std::size_t first, std::size_t end) const {
        return {slots + first, payloads != nullptr ? payloads + first : nullptr, end - first};
    }
};

// Some ticks of a tile's sums.
struct TileSums {
    float* x = nullptr;             // [ticks, k_tile]
    const float* start = nullptr;   // what each tick's sums start from
    std::uint32_t start_pitch = 0;  // from tick to tick: 0, or k_tile if start is x
    std::uint32_t ticks = 0;
    std::uint32_t lanes = 0;         // targets, a multiple of 16
    const Events* events = nullptr;  // [ticks]
    // int8: rows as float32 for some ticks, which take weights one by one; nullptr: those with
    // payloads make theirs on the way.
    const float* graded = nullptr;
    const std::uint8_t* graded_ticks = nullptr;  // [ticks], which ones
};

inline constexpr std::uint32_t k_padding = 16;  // events that kernels may touch behind the last

// The packets of some ticks, cut at the pixels of their source: pixel p's events of tick t are
// [starts[p * ticks + t], starts[(p + 1) * ticks + t]).
struct PixelEvents {
    const Events* events = nullptr;  // [ticks]; k_padding more may be read than there are
    const std::uint32_t* starts = nullptr;
    std::uint32_t ticks = 0;
};

// What the pixels of a source fired over some ticks as bits, and the pool of k x k windows through
// which they are seen: what n spikes of a window send reads the (n - 1)-th of as many blocks of
// rows. A word more may be read than there are.
struct PixelBits {
    const std::uint64_t* words = nullptr;  // [ticks, pitch]
    std::size_t pitch = 0;
    bool packed = false;  // bits stand by slot; else each pixel begins a word
    std::uint32_t ticks = 0;
    std::uint32_t pixels = 0;
    std::uint32_t channels = 0;     // of a pixel
    std::uint32_t width = 0;        // of the source, in pixels
    std::uint32_t seen_pixels = 0;  // behind the pool
    std::uint32_t seen_width = 0;
    bool pools = false;
    std::uint32_t k = 1;  // at most k_most_window
    std::uint32_t stride = 1;
    float factor = 1;         // of a window's spikes: what they send
    std::uint32_t block = 0;  // rows
};

inline constexpr std::uint32_t k_most_window = 3;

// Pixels [first, end) of every row, behind a pool.
struct Columns {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
};

// Where columns are listed.
struct ColumnLists {
    std::uint32_t* slots = nullptr;  // [ticks, room]
    std::size_t room = 0;
    std::uint32_t* starts = nullptr;        // as those of PixelEvents
    const std::uint8_t* blocked = nullptr;  // [ticks], behind a pool: if not, all read one block
};

// One source row of a strip, the columns that one column of target pixels sees: source pixels
// [first, end) side by side, whose slots become rows of weights by adding `shift` (modulo 2^32).
struct StripRow {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    std::uint32_t shift = 0;
};

// Simple neurons (kernels.hpp, IntegrateRun) of a tile over some ticks.
struct TileRun {
    float* v = nullptr;                 // [lanes]; what is no neuron is 0. Kept if not finite
    const float* x = nullptr;           // [ticks, x_pitch]
    std::uint32_t x_pitch = k_tile;     // 0: the same at every tick
    const std::uint8_t* due = nullptr;  // by tick: something arrives
    bool keeps = false;  // a tick without arrival or a membrane that passes leaves every bit
    std::uint32_t ticks = 0;
    std::uint32_t lanes = 0;  // a multiple of 16, at most k_tile
    std::uint32_t size = 0;   // neurons, at most lanes
    bool may_fire = true;
    float beta = 1;
    float theta = 1;
    float v_reset = 0;
    bool above = false;
    bool subtracts = true;
    std::uint64_t* fires =
        nullptr;  // [ticks, fires_pitch]: gets a bit a neuron, set where it fires
    std::size_t fires_pitch = 0;
};

// A population's tiles in order: groups of neurons (the channels of a pixel, or all), each cut into
// tiles of k_tile neurons and a rest.
struct TileOrder {
    std::uint32_t neurons = 0;
    std::uint32_t group = 0;
};

struct TileResult {
    std::uint32_t ticks_run = 0;
    bool finite = true;    // every membrane at every tick
    bool passes = false;   // a membrane left over after the last tick passes the test
    bool changed = false;  // a bit of a membrane differs from before
    bool summed = true;    // sums.x holds the ticks' input; else it is as it was
};

}  // namespace saltus::detail
