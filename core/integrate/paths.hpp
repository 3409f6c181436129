// Which of its ways through a network an engine has taken. The tests that hold the engine against a
// slow reference ask: what no random network reaches has not been tested, and nobody would see it.
// Part of no result. One addition a wake-up or stretch, none an event. Internal to core.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/compiled/compiled_network.hpp"
#include "core/kernels/current_kernel.hpp"

namespace saltus::detail {

struct Tiles;

enum class EnginePath : std::uint8_t {
    // the order of ticks
    tick_by_tick,
    layer_by_layer,
    whole_stretch,   // of as many ticks as there can be
    layer_in_parts,  // a cycle, or neighbours that read no dense rows
    // a woken population at one tick
    stepped_rule,
    stepped_simple,
    stepped_currents,
    stepped_rows_wait,  // sparse rows are added after the update
    lazy_rule,
    lazy_simple,
    leaps_one_by_one,
    leaps_kernel,
    leaps_lanes,     // the same, enough at once for every instruction set's lanes
    leaps_listed,    // rows are not summed in x
    leaps_long_gap,  // longer than the kernel's rows
    max_pool_by_tick,
    max_pool_by_count,
    source_filter,
    pooled_spikes,
    pooled_payloads,
    stepped_renewed,  // held values were set
    leaps_renewed,
    // a stretch tile by tile: what arrives
    tiles_dense_packets,
    tiles_dense_bits,
    tiles_pixel_packets,
    tiles_pixel_bits,
    tiles_pooled_packets,
    tiles_pooled_bits,
    tiles_pooled_bits8,  // of int8
    tiles_payloads,
    tiles_delayed,
    tiles_dilated,
    tiles_nothing,
    tiles_several_ways,
    // how it is added
    tiles_rows,
    tiles_packed_rows,
    tiles_rows8,
    tiles_packed_rows8,
    tiles_product,
    tiles_product8,
    tiles_product8_constant,  // some sources fire at every tick
    tiles_narrow8,
    tiles_pixel_rows,
    tiles_pixel_rows8,
    tiles_pixel_graded8,  // behind a pool
    tiles_whole_rows,
    tiles_row_blocks,  // whole rows of very many sources
    // and the tiles themselves
    tiles_driven,
    tiles_renewed,
    tiles_many,
    tiles_partial,  // the last one of many
    tiles_bits_out,
    tiles_packets_out,
    // a stretch chunk by chunk; the variants in the order of chunk_variant
    chunks_1_now_integrates,
    chunks_1_now_keeps,
    chunks_1_now_drops,
    chunks_1_before_integrates,
    chunks_1_before_keeps,
    chunks_1_before_drops,
    chunks_2_now_integrates,
    chunks_2_now_keeps,
    chunks_2_now_drops,
    chunks_2_before_integrates,
    chunks_2_before_keeps,
    chunks_2_before_drops,
    chunks_dense,
    chunks_one_weight,
    chunks_weights,
    chunks_payloads,
    chunks_many,  // rows are cut
    chunks_renewed,
    count
};

inline constexpr auto k_engine_paths = static_cast<std::size_t>(EnginePath::count);

// As the enumerators are written.
std::string_view name_of(EnginePath path);

class PathCounts {
  public:
    void add(EnginePath path) { add_if(true, path); }

    void add_if(bool taken, EnginePath path) {
        counts_[static_cast<std::size_t>(path)] += taken ? 1 : 0;
    }

    std::uint64_t operator[](EnginePath path) const {
        return counts_[static_cast<std::size_t>(path)];
    }

  private:
    std::array<std::uint64_t, k_engine_paths> counts_{};
};

// Which of the kernel's variants takes a stretch.
EnginePath chunk_variant(const CurrentRun& run);

// What a population takes a stretch by, once everything that arrives is gathered. `by_tile`: not
// whole rows.
void count_tile_paths(const CompiledNetwork<float>& network,
                      PopulationId id,
                      const Tiles& tiles,
                      bool by_tile,
                      PathCounts& paths);

}  // namespace saltus::detail
