#include "core/integrate/paths.hpp"

#include <algorithm>
#include <iterator>

#include "core/integrate/tiles/tile_costs.hpp"
#include "core/integrate/tiles/tiles.hpp"

namespace saltus::detail {

namespace {

struct Name {
    EnginePath path;
    std::string_view text;
};

constexpr Name k_names[] = {
    {EnginePath::tick_by_tick, "tick_by_tick"},
    {EnginePath::layer_by_layer, "layer_by_layer"},
    {EnginePath::whole_stretch, "whole_stretch"},
    {EnginePath::layer_in_parts, "layer_in_parts"},
    {EnginePath::stepped_rule, "stepped_rule"},
    {EnginePath::stepped_simple, "stepped_simple"},
    {EnginePath::stepped_currents, "stepped_currents"},
    {EnginePath::stepped_rows_wait, "stepped_rows_wait"},
    {EnginePath::lazy_rule, "lazy_rule"},
    {EnginePath::lazy_simple, "lazy_simple"},
    {EnginePath::leaps_one_by_one, "leaps_one_by_one"},
    {EnginePath::leaps_kernel, "leaps_kernel"},
    {EnginePath::leaps_lanes, "leaps_lanes"},
    {EnginePath::leaps_listed, "leaps_listed"},
    {EnginePath::leaps_long_gap, "leaps_long_gap"},
    {EnginePath::max_pool_by_tick, "max_pool_by_tick"},
    {EnginePath::max_pool_by_count, "max_pool_by_count"},
    {EnginePath::source_filter, "source_filter"},
    {EnginePath::pooled_spikes, "pooled_spikes"},
    {EnginePath::pooled_payloads, "pooled_payloads"},
    {EnginePath::stepped_renewed, "stepped_renewed"},
    {EnginePath::leaps_renewed, "leaps_renewed"},
    {EnginePath::tiles_dense_packets, "tiles_dense_packets"},
    {EnginePath::tiles_dense_bits, "tiles_dense_bits"},
    {EnginePath::tiles_pixel_packets, "tiles_pixel_packets"},
    {EnginePath::tiles_pixel_bits, "tiles_pixel_bits"},
    {EnginePath::tiles_pooled_packets, "tiles_pooled_packets"},
    {EnginePath::tiles_pooled_bits, "tiles_pooled_bits"},
    {EnginePath::tiles_pooled_bits8, "tiles_pooled_bits8"},
    {EnginePath::tiles_payloads, "tiles_payloads"},
    {EnginePath::tiles_delayed, "tiles_delayed"},
    {EnginePath::tiles_dilated, "tiles_dilated"},
    {EnginePath::tiles_nothing, "tiles_nothing"},
    {EnginePath::tiles_several_ways, "tiles_several_ways"},
    {EnginePath::tiles_rows, "tiles_rows"},
    {EnginePath::tiles_packed_rows, "tiles_packed_rows"},
    {EnginePath::tiles_rows8, "tiles_rows8"},
    {EnginePath::tiles_packed_rows8, "tiles_packed_rows8"},
    {EnginePath::tiles_product, "tiles_product"},
    {EnginePath::tiles_product8, "tiles_product8"},
    {EnginePath::tiles_product8_constant, "tiles_product8_constant"},
    {EnginePath::tiles_narrow8, "tiles_narrow8"},
    {EnginePath::tiles_pixel_rows, "tiles_pixel_rows"},
    {EnginePath::tiles_pixel_rows8, "tiles_pixel_rows8"},
    {EnginePath::tiles_pixel_graded8, "tiles_pixel_graded8"},
    {EnginePath::tiles_whole_rows, "tiles_whole_rows"},
    {EnginePath::tiles_row_blocks, "tiles_row_blocks"},
    {EnginePath::tiles_driven, "tiles_driven"},
    {EnginePath::tiles_renewed, "tiles_renewed"},
    {EnginePath::tiles_many, "tiles_many"},
    {EnginePath::tiles_partial, "tiles_partial"},
    {EnginePath::tiles_bits_out, "tiles_bits_out"},
    {EnginePath::tiles_packets_out, "tiles_packets_out"},
    {EnginePath::chunks_1_now_integrates, "chunks_1_now_integrates"},
    {EnginePath::chunks_1_now_keeps, "chunks_1_now_keeps"},
    {EnginePath::chunks_1_now_drops, "chunks_1_now_drops"},
    {EnginePath::chunks_1_before_integrates, "chunks_1_before_integrates"},
    {EnginePath::chunks_1_before_keeps, "chunks_1_before_keeps"},
    {EnginePath::chunks_1_before_drops, "chunks_1_before_drops"},
    {EnginePath::chunks_2_now_integrates, "chunks_2_now_integrates"},
    {EnginePath::chunks_2_now_keeps, "chunks_2_now_keeps"},
    {EnginePath::chunks_2_now_drops, "chunks_2_now_drops"},
    {EnginePath::chunks_2_before_integrates, "chunks_2_before_integrates"},
    {EnginePath::chunks_2_before_keeps, "chunks_2_before_keeps"},
    {EnginePath::chunks_2_before_drops, "chunks_2_before_drops"},
    {EnginePath::chunks_dense, "chunks_dense"},
    {EnginePath::chunks_one_weight, "chunks_one_weight"},
    {EnginePath::chunks_weights, "chunks_weights"},
    {EnginePath::chunks_payloads, "chunks_payloads"},
    {EnginePath::chunks_many, "chunks_many"},
    {EnginePath::chunks_renewed, "chunks_renewed"},
};

constexpr bool each_has_its_name() {
    for (std::size_t k = 0; k < std::size(k_names); ++k) {
        if (k_names[k].path != static_cast<EnginePath>(k)) {
            return false;
        }
    }
    return std::size(k_names) == k_engine_paths;
}

static_assert(each_has_its_name());

// How what arrives through one projection comes.
void count_arrival_paths(const CompiledNetwork<float>& network,
                         const CompiledProjection<float>& projection,
                         const Arrivals& arrivals,
                         PathCounts& paths) {
    using enum EnginePath;
    const bool bits = network.populations[projection.source].fires_bits;
    const bool pixels = projection.kind == ConnectionKind::conv2d;
    paths.add(pixels ? (bits ? tiles_pixel_bits : tiles_pixel_packets)
                     : (bits ? tiles_dense_bits : tiles_dense_packets));
    if (projection.pool) {
        paths.add(!bits                            ? tiles_pooled_packets
                  : projection.weights8 != nullptr ? tiles_pooled_bits8
                                                   : tiles_pooled_bits);
    }
    paths.add_if(!bits && arrivals.graded(), tiles_payloads);
    paths.add_if(projection.delay > 0, tiles_delayed);
    paths.add_if(pixels && projection.geometry.dilation[0] > 1 && projection.kernel_height > 1,
                 tiles_dilated);
}

}  // namespace

std::string_view name_of(EnginePath path) {
    return k_names[static_cast<std::size_t>(path)].text;
}

EnginePath chunk_variant(const CurrentRun& run) {
    const std::size_t held = run.keeps_held ? 1 : run.drops_held ? 2 : 0;
    const std::size_t variant =
        (run.receptors == 1 ? 0U : 6U) + (run.current_before ? 3U : 0U) + held;
    return static_cast<EnginePath>(static_cast<std::size_t>(EnginePath::chunks_1_now_integrates) +
                                   variant);
}

void count_tile_paths(const CompiledNetwork<float>& network,
                      PopulationId id,
                      const Tiles& tiles,
                      bool by_tile,
                      PathCounts& paths) {
    using enum EnginePath;
    const CompiledPopulation<float>& population = network.populations[id];
    std::size_t ways = 0;
    for (std::size_t k = 0; k < tiles.arrives.size(); ++k) {
        if (tiles.arrives[k] == 0) {
            continue;
        }
        ++ways;
        const CompiledProjection<float>& projection = network.projections[population.incoming[k]];
        count_arrival_paths(network, projection, tiles.arrivals[k], paths);
        paths.add(by_tile                                  ? tiles.sources[k].path()
                  : projection.seen.size() > k_most_copied ? tiles_row_blocks
                                                           : tiles_whole_rows);
    }
    paths.add_if(ways == 0, tiles_nothing);
    paths.add_if(ways > 1, tiles_several_ways);
    const std::uint32_t targets =
        population.by_pixel ? population.spec.shape.channels() : population.neurons;
    paths.add_if(targets > k_tile, tiles_many);
    paths.add_if(targets > k_tile && targets % k_tile != 0, tiles_partial);
    paths.add(population.fires_bits ? tiles_bits_out : tiles_packets_out);
}

}  // namespace saltus::detail
