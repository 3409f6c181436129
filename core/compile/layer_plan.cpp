#include "core/compile/layer_plan.hpp"

#include <algorithm>

#include "core/graph.hpp"
#include "core/integrate/tiles/tile_costs.hpp"
#include "core/schedule/wake_stretch.hpp"

namespace saltus::detail {

namespace {

// The weights of a convolution once more, as pixels pull them. Returns their bytes.
template <class Weight>
std::uint64_t lay_out_pixel_rows(const CompiledProjection<float>& projection,
                                 const Weight* weights,
                                 AlignedBuffer<Weight>& to) {
    const std::uint64_t taps = std::uint64_t{projection.kernel_height} * projection.kernel_width;
    const std::uint32_t in = projection.seen.channels();
    Weight* const rows = to.room_for(taps * in * projection.pitch);
    for (std::uint32_t c = 0; c < in; ++c) {
        for (std::uint64_t tap = 0; tap < taps; ++tap) {
            std::copy_n(weights + (c * taps + tap) * projection.pitch,
                        projection.pitch,
                        rows + (tap * in + c) * projection.pitch);
        }
    }
    return taps * in * projection.pitch * sizeof(Weight);
}

// The int8 weights as float32(scale * q), where they lie in pixel_rows8: what an average pool sends
// has payloads, and those take weights one by one. Returns their bytes.
std::uint64_t lay_out_graded_rows(CompiledProjection<float>& projection) {
    const std::uint64_t rows = projection.pixel_rows8.size() / projection.pitch;
    float* const to = projection.pixel_rows.room_for(rows * projection.pitch);
    const std::uint32_t run = projection.target_shape.channels();
    for (std::uint64_t row = 0; row < rows; ++row) {
        for (std::uint64_t o = 0; o < projection.pitch; ++o) {
            const std::uint64_t at = row * projection.pitch + o;
            const float scale =
                projection.scales[projection.scales.size() == 1 || o >= run ? 0 : o];
            to[at] = o < run ? scale * static_cast<float>(projection.pixel_rows8.data()[at]) : 0.0F;
        }
    }
    return rows * projection.pitch * sizeof(float);
}

// How many spikes a pool's window may have.
std::uint32_t most_spikes(const CompiledPool& pool) {
    return pool.k * pool.k;
}

// The rows of a convolution that takes a pool's windows from bits, once for each number of spikes:
// multiplied by what so many send. Returns how many bytes they are more.
std::uint64_t multiply_pixel_rows(CompiledProjection<float>& projection) {
    const std::uint64_t rows = projection.pixel_rows.size();
    const std::uint32_t most = most_spikes(*projection.pool);
    AlignedBuffer<float> blocks;
    float* to = blocks.room_for(rows * most);
    for (std::uint32_t n = 1; n <= most; ++n) {
        const float sent = static_cast<float>(n) * projection.pool->factor;
        for (std::uint64_t k = 0; k < rows; ++k) {
            *to++ = projection.pixel_rows.data()[k] * sent;
        }
    }
    projection.pixel_rows = std::move(blocks);
    return rows * (most - 1) * sizeof(float);
}

std::uint64_t lay_out_pixels(CompiledProjection<float>& projection) {
    if (projection.weights32 != nullptr) {
        return lay_out_pixel_rows(projection, projection.weights32, projection.pixel_rows);
    }
    const std::uint64_t bytes =
        lay_out_pixel_rows(projection, projection.weights8, projection.pixel_rows8);
    return projection.pool ? bytes + lay_out_graded_rows(projection) : bytes;
}

// Whether a population's tiles can take a stretch of ticks (tiled.cpp): simple neurons, all of
// whose spikes come through dense rows, or all through convolutions that pixels pull through. Whole
// rows alone gain by nothing else than many ticks.
void find_tiling(CompiledNetwork<float>& network,
                 CompiledPopulation<float>& population,
                 Tick ticks) {
    if (!population.rule || !population.rule->is_simple || population.rule->never_sleeps ||
        population.rule->rule.clock != Clock::stepped) {
        return;
    }
    bool dense = false;
    bool conv = false;
    bool gains = ticks >= k_reuse;
    for (const ProjectionId p : population.incoming) {
        const CompiledProjection<float>& projection = network.projections[p];
        if (projection.held) {
            continue;
        }
        if (projection.filter ||
            (projection.weights32 == nullptr && projection.weights8 == nullptr)) {
            return;
        }
        gains = gains || projection.pool || projection.weights8 != nullptr;
        if (projection.kind == ConnectionKind::dense) {
            dense = true;
        } else if (projection.kind == ConnectionKind::conv2d && projection.groups == 1 &&
                   projection.geometry.dilation[1] == 1) {
            conv = true;
        } else {
            return;
        }
    }
    if (dense && (conv || !gains)) {
        return;
    }
    population.tiled = true;
    population.by_pixel = conv;
    for (const ProjectionId p : population.incoming) {
        CompiledProjection<float>& projection = network.projections[p];
        if (conv && !projection.held) {
            network.owned_bytes += lay_out_pixels(projection);
        }
    }
}

// How many ticks a population's chunks can take at once (chunked.cpp), 0 for none: neurons of the
// current kernel, all of whose spikes come through rows of float32. If everything fired at every
// tick, what arrives would still be counted in 32 bits.
Tick find_chunk_ticks(const CompiledNetwork<float>& network,
                      const CompiledPopulation<float>& population) {
    constexpr std::uint64_t k_most_arrivals = std::uint64_t{1} << 28;
    constexpr std::uint32_t k_most_neurons = 1U << 16;
    if (!population.rule || !population.rule->has_current_kernel || population.rule->never_sleeps ||
        population.neurons > k_most_neurons) {
        return 0;
    }
    std::uint64_t most = 1;
    for (const ProjectionId p : population.incoming) {
        const CompiledProjection<float>& projection = network.projections[p];
        if (projection.held) {
            continue;
        }
        const bool sparse = projection.kind == ConnectionKind::sparse;
        if (projection.weights32 == nullptr || projection.filter || projection.pool ||
            (!sparse && projection.kind != ConnectionKind::dense)) {
            return 0;
        }
        most = std::max(most, sparse ? projection.synapses : 0);
    }
    const auto ticks = static_cast<Tick>(k_most_arrivals / most);
    return ticks < 2 ? 0 : std::min(ticks, k_most_chunk_ticks);
}

// Cycles, and how long their spikes need at least to come back: whoever is earlier by rank takes
// its ticks first, so only projections that do not lead on count. Those lead on that have no delay.
std::vector<Layer> find_layers(const NetworkSpec& spec, const CompiledNetwork<float>& network) {
    std::vector<Layer> layers;
    std::vector<std::size_t> layer_of(network.populations.size());
    const auto rank = [&](PopulationId id) { return network.populations[id].rank; };
    for (std::vector<PopulationId>& cycle : cycles_in_order(spec)) {
        std::sort(cycle.begin(), cycle.end(), [&](PopulationId a, PopulationId b) {
            return rank(a) < rank(b);
        });
        for (const PopulationId id : cycle) {
            layer_of[id] = layers.size();
        }
        layers.push_back({std::move(cycle), WakeStretch::k_ticks});
    }
    for (const CompiledProjection<float>& projection : network.projections) {
        Layer& layer = layers[layer_of[projection.source]];
        if (layer_of[projection.target] == layer_of[projection.source] &&
            rank(projection.target) <= rank(projection.source)) {
            layer.ticks = std::min(layer.ticks, projection.delay);
        }
    }
    return layers;
}

// Whether a tiled population reads no dense rows.
bool is_light(const CompiledNetwork<float>& network, const CompiledPopulation<float>& population) {
    return population.tiled &&
           (population.by_pixel ||
            std::all_of(population.incoming.begin(),
                        population.incoming.end(),
                        [&](ProjectionId p) { return network.projections[p].held; }));
}

// Whether a layer's ticks cost about the same however few it takes at once: it reads no weights, or
// those of convolutions, which a cache keeps.
bool may_take_few(const CompiledNetwork<float>& network, const Layer& layer) {
    const CompiledPopulation<float>& population = network.populations[layer.populations[0]];
    return layer.populations.size() == 1 && layer.ticks == WakeStretch::k_ticks &&
           (!population.rule || is_light(network, population));
}

// Lets neighbours that may take few ticks at once go through a stretch together, so that few of the
// spikes between them wait at a time.
void join_layers(const CompiledNetwork<float>& network, std::vector<Layer>& layers) {
    std::vector<Layer> joined;
    bool open = false;
    for (Layer& layer : layers) {
        const bool few = may_take_few(network, layer);
        if (few && open) {
            Layer& last = joined.back();
            last.populations.push_back(layer.populations[0]);
            last.ticks = k_few_ticks;
        } else {
            joined.push_back(std::move(layer));
        }
        open = few;
    }
    layers = std::move(joined);
}

// Whether a convolution sees bits through its pool, if it has one. Many blocks of rows would not
// pay.
bool pools_bits(const CompiledProjection<float>& projection) {
    return !projection.pool ||
           (projection.pool->k <= k_most_window &&
            projection.pixel_rows.size() * most_spikes(*projection.pool) <= k_most_pooled_rows);
}

// Who fires only for populations that take it as bits, without delay: convolutions that take every
// tick right after it; or dense rows, if it takes a whole stretch before they take any of it.
void find_bits(CompiledNetwork<float>& network, const std::vector<Layer>& layers) {
    std::vector<const Layer*> layer_of(network.populations.size());
    for (const Layer& layer : layers) {
        for (const PopulationId id : layer.populations) {
            layer_of[id] = &layer;
        }
    }
    for (PopulationId id = 0; id < network.populations.size(); ++id) {
        CompiledPopulation<float>& population = network.populations[id];
        const bool light = is_light(network, population);
        const bool whole =
            population.tiled && !population.by_pixel && layer_of[id]->ticks == WakeStretch::k_ticks;
        const auto takes_bits = [&](ProjectionId p) {
            const CompiledProjection<float>& projection = network.projections[p];
            const CompiledPopulation<float>& target = network.populations[projection.target];
            if (projection.delay != 0 || !target.tiled) {
                return false;
            }
            return target.by_pixel ? light && layer_of[projection.target] == layer_of[id] &&
                                         pools_bits(projection)
                                   : whole && !projection.pool;
        };
        population.fires_bits =
            !population.outgoing.empty() &&
            std::all_of(population.outgoing.begin(), population.outgoing.end(), takes_bits);
    }
}

// Gives the convolutions that see bits through a pool their rows.
void lay_out_pooled_bits(CompiledNetwork<float>& network) {
    for (CompiledProjection<float>& projection : network.projections) {
        if (projection.pool && network.populations[projection.source].fires_bits) {
            network.owned_bytes += multiply_pixel_rows(projection);
        }
    }
}

// Gives dense projections to few targets that see bits their weights by groups of sources.
void lay_out_narrow_groups(CompiledNetwork<float>& network) {
    for (CompiledProjection<float>& projection : network.projections) {
        const auto sources = static_cast<std::uint32_t>(projection.seen.size());
        if (projection.kind != ConnectionKind::dense || projection.weights8 == nullptr ||
            projection.targets > k_narrow || sources > k_most_narrow_sources ||
            !network.populations[projection.source].fires_bits) {
            continue;
        }
        const std::size_t size = (sources + 63) / 64 * std::size_t{64} * k_narrow;
        std::int8_t* const groups = projection.narrow_groups8.room_for(size);
        std::fill_n(groups, size, std::int8_t{0});
        for (std::uint32_t s = 0; s < sources; ++s) {
            for (std::uint32_t j = 0; j < projection.targets; ++j) {
                groups[(s / k_group * k_narrow + j) * k_group + s % k_group] =
                    projection.weights8[s * projection.pitch + j];
            }
        }
        network.owned_bytes += size;
    }
}

}  // namespace

void plan_layers(const NetworkSpec& spec, CompiledNetwork<float>& network) {
    constexpr std::uint64_t k_most_places = std::uint64_t{1} << 22;
    std::vector<Layer> layers = find_layers(spec, network);
    Tick shortest = WakeStretch::k_ticks;
    for (const Layer& layer : layers) {
        shortest = std::min(shortest, layer.ticks);
    }
    if (shortest < 2) {
        return;
    }
    for (const Layer& layer : layers) {
        for (const PopulationId id : layer.populations) {
            find_tiling(network, network.populations[id], layer.ticks);
        }
    }
    std::uint64_t largest = 0;
    for (CompiledPopulation<float>& population : network.populations) {
        population.chunk_ticks = find_chunk_ticks(network, population);
        if (!population.tiled && population.chunk_ticks == 0) {
            continue;
        }
        largest = std::max<std::uint64_t>(largest, population.neurons);
        const auto add = [&](const Window& window) {
            network.boundaries.push_back(window.from);
            network.boundaries.push_back(window.until);
        };
        add(population.rule->firing_window);
        for (const CompiledReceptor<float>& receptor : population.rule->receptors) {
            add(receptor.drive_window);
        }
    }
    if (largest == 0) {
        return;
    }
    std::sort(network.boundaries.begin(), network.boundaries.end());
    join_layers(network, layers);
    find_bits(network, layers);
    lay_out_pooled_bits(network);
    lay_out_narrow_groups(network);
    network.layers = std::move(layers);
    const Tick most =
        std::clamp<Tick>(static_cast<Tick>(k_most_places / largest), 1, WakeStretch::k_ticks);
    network.stretch_ticks = most < shortest ? most : most - most % shortest;
}

}  // namespace saltus::detail
