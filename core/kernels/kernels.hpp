// The loops that nearly all the time goes into, in float32, compiled once for each instruction set
// and chosen when the program starts. All of them do the same operations in the same order for
// every target, so all give the same bits. Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/current_kernel.hpp"
#include "core/kernels/leap_kernel.hpp"
#include "core/kernels/product_kernel.hpp"
#include "core/kernels/row_cut.hpp"
#include "core/kernels/tile_kernels.hpp"

namespace saltus::detail {

// A run of integrate-and-fire (or leaky) neurons with one receptor whose input is used at once, one
// spike a tick, a reset at firing, and neither rest, floor, refractory period nor trace: v = beta v
// + x, test, reset. Everything else goes through the general rule (update_rule.cpp), of which this
// is one case.
struct IntegrateRun {
    float* v = nullptr;
    const float* x = nullptr;
    std::uint32_t size = 0;
    float beta = 1;
    float theta = 1;
    float v_reset = 0;
    bool above = false;     // v > theta, not v >= theta
    bool subtracts = true;  // else to v_reset
    bool may_fire = true;
    std::uint32_t first = 0;  // slot of v[0]
};

struct IntegrateResult {
    std::uint32_t fired = 0;       // slots written
    std::uint32_t not_finite = 0;  // place of the first membrane that is not; run.size: none
    bool passes = false;           // a membrane left over passes the test
    bool changed = false;          // a bit of any membrane
};

// One tap of a convolution along one axis: which kernel row (column) meets which target row
// (column).
struct Tap {
    std::uint32_t kernel;
    std::uint32_t target;
};

// Where a convolution's weights lie, [in][kernel row][kernel column] runs of out / groups, and
// which taps each source row and column has: those of row y are row_taps[row_starts[y] ..
// row_starts[y + 1]).
struct ConvScatter {
    const float* weights = nullptr;
    std::uint64_t pitch = 0;           // from run to run
    std::uint32_t channels = 0;        // of the source
    std::uint32_t group_channels = 0;  // channels / groups
    std::uint32_t run = 0;             // target channels of a group
    std::uint32_t out_channels = 0;
    std::uint32_t source_width = 0;
    std::uint32_t target_width = 0;
    std::uint32_t kernel_height = 0;
    std::uint32_t kernel_width = 0;
    const Tap* row_taps = nullptr;
    const std::uint32_t* row_starts = nullptr;
    const Tap* column_taps = nullptr;
    const std::uint32_t* column_starts = nullptr;
};

struct Kernels {
    const char* name;

    // Whether slots ascend, each at most once, below 2^31.
    bool (*ascend)(const std::uint32_t* slots, std::size_t count);

    // For each event in turn: x[0, n) += weights[slot * pitch, + n), times its payload.
    void (*add_rows)(
        float* x, std::uint32_t n, const float* weights, std::uint64_t pitch, const Events& events);

    // The same through a convolution, scattered from each source pixel to its targets. The events
    // of one pixel pass together over each tap's run, which keeps the order of every target's
    // sources.
    void (*scatter)(float* x, const ConvScatter& conv, const Events& events);

    // sums[0, n) = the sum of the slots' rows of int8, exact. n is a multiple of 64, and so is what
    // sums has room for; at most 2^24 slots.
    void (*sum_rows8)(std::int32_t* sums,
                      std::uint32_t n,
                      const std::int8_t* weights,
                      std::uint64_t pitch,
                      const std::uint32_t* slots,
                      std::size_t count);

    // Writes the slots that fire, ascending, to `fired`, which has room for run.size.
    IntegrateResult (*integrate)(const IntegrateRun& run, std::uint32_t* fired);

    // Each tick's sums of a tile: start, then the tick's rows (weights + slot * pitch)[0, lanes).
    void (*add_tile)(const TileSums& sums, const float* weights, std::uint64_t pitch);

    // The same of a product: start, then w for every spike. Without payloads; start and weights are
    // finite, start never -0. Nullptr: there is none.
    void (*multiply_tile)(const TileSums& sums, const Product32& product);

    // So many spikes of a hundred possible ones cost a product what their rows cost.
    std::uint32_t product_percent;

    // The same with weights of int8: start, then scale * the exact sum of the tick's rows (or, with
    // payloads, one weight scale * q after the other). Rows are readable to a whole k_tile.
    void (*add_tile8)(const TileSums& sums,
                      const std::int8_t* weights,
                      std::uint64_t pitch,
                      const float* scales);

    // raster[k] = bit k of the words[t * pitch], t < rows, as bits t; k < 64.
    void (*transpose_bits)(std::uint64_t* raster,
                           const std::uint64_t* words,
                           std::size_t pitch,
                           std::uint32_t rows);

    // Writes the sources that a raster (product_kernel.hpp) has a bit of, ascending, and how many
    // each; returns how many sources. Both have room for all sources.
    std::size_t (*find_active)(std::uint32_t* active,
                               std::uint8_t* counts,
                               const std::uint64_t* raster,
                               std::uint32_t sources);

    // add_tile8 without payloads, of a product: start, then scale * the exact sum. Always whole
    // tiles. Nullptr: there is none.
    void (*multiply_tile8)(const TileSums& sums, const Product8& product, const float* scales);

    // The same of few targets: k_narrow. Nullptr: there is none.
    void (*multiply_narrow8)(const TileSums& sums,
                             const NarrowProduct8& product,
                             const float* scales);

    // The rows of some slots as a Product8's weights, and their spikes. Fills a last group up with
    // sources that never fire.
    void (*pack_groups8)(std::int8_t* groups,
                         const std::int8_t* weights,
                         std::uint64_t pitch,
                         const std::uint32_t* slots,
                         std::uint32_t count);
    void (*spread_spikes8)(std::uint8_t* spikes,
                           const std::uint64_t* raster,
                           std::uint32_t sources,
                           const std::uint32_t* slots,
                           std::uint32_t count);

    // The spikes of some slots as a Product32's. Writes up to k_padding numbers more.
    void (*spread_spikes)(float* spikes,
                          const std::uint64_t* raster,
                          std::uint32_t sources,
                          const std::uint32_t* slots,
                          std::uint32_t count,
                          std::uint32_t ticks);

    // A source that fires at so many of a hundred ticks costs a product what its rows cost.
    std::uint32_t product8_percent;

    // Copies the rows (weights + slot * pitch)[0, lanes) of some slots to rows + slot * k_tile; or
    // side by side, the k-th to rows + k * k_tile.
    void (*pack_rows)(float* rows,
                      const float* weights,
                      std::uint64_t pitch,
                      std::uint32_t lanes,
                      const std::uint32_t* slots,
                      std::size_t count,
                      bool side_by_side);

    void (*pack_rows8)(std::int8_t* rows,
                       const std::int8_t* weights,
                       std::uint64_t pitch,
                       const std::uint32_t* slots,
                       std::size_t count);

    // Each tick's events of a strip's rows, one after the other, as rows of weights: those of row r
    // at tick t begin at starts[r * ticks + t] and end at starts[(r + 1) * ticks + t]. The first
    // row's starts are given; `slots` and `payloads` have room for k_padding behind each tick.
    void (*join_strip)(const PixelEvents& pixels,
                       const StripRow* rows,
                       std::uint32_t row_count,
                       std::uint32_t* slots,
                       float* payloads,
                       std::uint32_t* starts);

    // Lists what some columns send tick by tick, pixel after pixel, by source slot, and a block
    // further for each spike of a window but the first. A tick has room for k_padding more than it
    // sends.
    void (*list_columns)(const PixelBits& pixels, const Columns& columns, const ColumnLists& lists);

    // Takes a tile of simple neurons through its ticks.
    TileResult (*integrate_tile)(const TileRun& run);

    // add_tile, then integrate_tile of x; but x may be left as it was, which the result tells.
    TileResult (*run_tile)(const TileRun& run,
                           const TileSums& sums,
                           const float* weights,
                           std::uint64_t pitch);

    // multiply_tile, then integrate_tile of x, which is sums.x. Nullptr where that is.
    TileResult (*run_product)(const TileRun& run, const TileSums& sums, const Product32& product);

    // The same of int8.
    TileResult (*run_product8)(const TileRun& run,
                               const TileSums& sums,
                               const Product8& product,
                               const float* scales);

    // add_tile8, then integrate_tile, alike.
    TileResult (*run_tile8)(const TileRun& run,
                            const TileSums& sums,
                            const std::int8_t* weights,
                            std::uint64_t pitch,
                            const float* scales);

    // How many bits are set in each of some runs of words, `pitch` apart.
    void (*count_fired)(std::size_t* counts,
                        std::size_t runs,
                        const std::uint64_t* fires,
                        std::size_t words,
                        std::size_t pitch);

    // Whether a pool sends anything but ones at a tick: only then its events have payloads.
    bool (*sends_payloads)(const PixelBits& pixels, std::uint32_t tick);

    // The sum of synapses[pixel] over all bits set.
    std::uint64_t (*count_synapses)(const PixelBits& pixels, const std::uint32_t* synapses);

    // Lists the slots whose bits are set in a population's tiles; returns the list's end. `slots`
    // has room for all of them and 16 more.
    std::uint32_t* (*list_fired)(const TileOrder& order,
                                 const std::uint64_t* fires,
                                 std::uint32_t* slots);

    // One tick of neurons with synaptic currents; as `integrate` does, lists who fires.
    CurrentResult (*integrate_currents)(const CurrentRun& run, std::uint32_t* fired);

    // The same over consecutive ticks.
    CurrentStretchResult (*integrate_current_stretch)(const CurrentStretch& stretch);

    // Writes the places in x of the rows' synapses in a chunk, row by row, and, if wanted, their
    // weights times the rows' payloads; the rows then begin behind it. Returns how many.
    std::size_t (*cut_rows)(
        const RowCut& cut, RowLeft* rows, std::size_t count, std::uint16_t* places, float* weights);

    // Takes leaping neurons to a tick.
    LeapResult (*leap_neurons)(const LeapRun& run, const LeapOut& out);
};

extern const Kernels k_kernels_baseline;
#if defined(__x86_64__)
extern const Kernels k_kernels_avx2;
extern const Kernels k_kernels_avx512;
extern const Kernels k_kernels_vnni;  // avx512 that multiplies bytes four at a time
#endif

// The fastest that this processor has. The environment variable SALTUS_KERNELS (baseline, avx2,
// avx512, vnni) chooses another one, for tests and measurements; one that the processor lacks is
// passed over, and a name that is none is an InputError.
const Kernels& kernels();

}  // namespace saltus::detail
