// How a population of simple neurons takes a stretch of ticks: everything that arrives is gathered,
// then each tile of targets sums and integrates all ticks, then what fired is fired, tick by tick.
// Where rows are read too seldom for that, whole rows are summed before tiles integrate.
#include <algorithm>
#include <cstring>

#include "core/engine/engine.hpp"
#include "core/integrate/tiles/tile_costs.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

namespace {

std::uint32_t whole_vectors(std::uint32_t lanes) {
    return (lanes + 15) / 16 * 16;
}

// `size` numbers, and zeros behind them.
float* with_zeros(float (&to)[k_tile], const float* from, std::uint32_t size) {
    std::memcpy(to, from, size * sizeof(float));
    std::fill(to + size, to + k_tile, 0.0F);
    return to;
}

// Runs a tile whose membranes do not stay finite neuron by neuron, for the first one that does not;
// `from`: its first tick in the stretch.
void find_not_finite(const TileRun& run, std::uint32_t from, Slot first, NotFinite& bad) {
    for (std::uint32_t j = 0; j < run.size; ++j) {
        float v = run.v[j];
        for (std::uint32_t t = 0; t < run.ticks && !(bad.found && from + t > bad.tick); ++t) {
            const float h = run.beta * v + run.x[std::size_t{t} * run.x_pitch + j];
            if (h - h != 0) {
                bad = {
                    true,
                    from + t,
                    bad.found && from + t == bad.tick ? std::min(bad.slot, first + j) : first + j};
            }
            const bool fires = run.may_fire && (run.above ? h > run.theta : h >= run.theta);
            v = !fires ? h : run.subtracts ? h - run.theta : run.v_reset;
        }
    }
}

// Sets the input behind the neurons to 0; run.x is the stretch's own unless all ticks share it,
// which then is 0 there.
void clear_padding(const TileRun& run) {
    for (std::uint32_t t = 0; t < run.ticks && run.x_pitch != 0; ++t) {
        float* const x = const_cast<float*>(run.x) + std::size_t{t} * run.x_pitch;
        std::fill(x + run.size, x + run.lanes, 0.0F);
    }
}

TileOrder tile_order(const CompiledPopulation<float>& population) {
    return {population.neurons,
            population.by_pixel ? population.spec.shape.channels() : population.neurons};
}

TileRun tile_run(const CompiledNeurons<float>& rule) {
    TileRun run;
    run.beta = rule.beta.one;
    run.theta = rule.theta.one;
    run.v_reset = rule.v_reset.one;
    run.above = rule.rule.comparison == Comparison::above;
    run.subtracts = rule.rule.reset == Reset::subtract;
    return run;
}

}  // namespace

// What a population has fired at a tick, nullptr if nothing, until the next call.
template <>
const Packet* Engine<float>::listed(PopulationId id, Tick t) {
    FiredBits& bits = populations_[id].bits;
    const std::size_t count = bits.count(t);
    if (count == 0) {
        return nullptr;
    }
    tiles_.listed.tick = t;
    bits.list(t, count, tiles_.listed.slots);
    return &tiles_.listed;
}

// Sums one tile of targets over the stretch and integrates it.
template <>
void Engine<float>::run_tile(PopulationId id, TileRun run, const TilePlace& place, bool driven) {
    static constexpr float k_nothing[k_tile] = {};
    alignas(64) float copied[k_tile];
    const float* drive = driven ? &populations_[id].state.drive[0][place.first] : k_nothing;
    if (driven && run.size < k_tile) {
        drive = with_zeros(copied, drive, run.size);  // some kernels read a whole tile's
    }
    TileSums sums;
    sums.x = tiles_.x.room_for((std::size_t{run.ticks} + k_product_ticks) * k_tile);
    sums.ticks = run.ticks;
    sums.lanes = whole_vectors(run.size);
    run.x = drive;
    run.x_pitch = 0;
    TileInput input;  // of the last projection: what it adds need not leave registers
    for (std::size_t k = 0; k < tiles_.arrives.size(); ++k) {
        if (tiles_.arrives[k] == 0) {
            continue;
        }
        input.add_to(sums);
        sums.start = run.x;
        sums.start_pitch = run.x_pitch;
        sums.graded = nullptr;
        input = tiles_.sources[k].input(sums, place, tiles_.packed);
        counts_.execution.weight_bytes += tiles_.sources[k].bytes(run.size);
        run.x = sums.x;
        run.x_pitch = k_tile;
    }
    integrate_tile(id, run, place.first, input, sums);
}

// Takes the neurons from `first` on through the ticks of a run. What `input` adds is not in run.x
// yet.
template <>
void Engine<float>::integrate_tile(
    PopulationId id, TileRun run, Slot first, const TileInput& input, const TileSums& sums) {
    float* const state = &populations_[id].state.v[first];
    alignas(64) float copied[k_tile];
    run.lanes = whole_vectors(run.size);
    const bool whole = run.lanes == run.size;
    run.v = whole ? state : with_zeros(copied, state, run.size);
    TileResult result = input.run(run, sums);
    if (!result.finite) {
        if (!result.summed) {
            input.add_to(sums);
        }
        const auto from = static_cast<std::uint32_t>(run.due - tiles_.due.data());
        find_not_finite(run, from, first, tiles_.bad);
        if (!tiles_.bad.found) {
            // what is not finite is no neuron, but the padding of a row
            clear_padding(run);
            result = kernels().integrate_tile(run);
        }
    }
    if (!whole) {
        std::memcpy(state, copied, run.size * sizeof(float));
    }
    tiles_.passes = tiles_.passes || result.passes;
    tiles_.changed = tiles_.changed || result.changed;
    const std::uint64_t updates = std::uint64_t{result.ticks_run} * run.size;
    counts_.execution.neuron_updates += updates;
    counts_.execution.state_bytes += updates * network_.populations[id].rule->state_bytes;
}

// Tile by tile. Pixels come column by column: PixelStrip.
template <>
void Engine<float>::run_tiles(PopulationId id, const TileRun& stretch, bool driven) {
    const CompiledPopulation<float>& population = network_.populations[id];
    const TileOrder order = tile_order(population);
    const std::uint32_t groups = order.neurons / order.group;
    const std::uint32_t tiles = (order.group + k_tile - 1) / k_tile;
    const std::uint32_t width = population.by_pixel ? population.spec.shape.width() : 1;
    for (std::uint32_t column = 0; column < width; ++column) {
        std::uint32_t row = 0;
        for (std::uint32_t group = column; group < groups; group += width, ++row) {
            for (std::uint32_t tile = 0; tile < tiles; ++tile) {
                const std::uint32_t at = tile * k_tile;
                TileRun run = stretch;
                run.size = std::min(k_tile, order.group - at);
                run.fires += std::size_t{group} * tiles + tile;
                run_tile(id, run, {group * order.group + at, row, column, at}, driven);
            }
        }
    }
}

// Whole rows of float32. Some ticks at a time, so that their sums stay in a near cache; and block
// by block of sources, so that what several ticks read stays there too.
template <>
void Engine<float>::run_rows(PopulationId id, const TileRun& stretch, bool driven) {
    const CompiledPopulation<float>& population = network_.populations[id];
    const float* const drive = driven ? populations_[id].state.drive[0].data() : nullptr;
    const std::uint32_t neurons = population.neurons;
    const std::uint32_t width = (neurons + k_tile - 1) / k_tile * k_tile;
    const std::uint32_t most = std::clamp(k_most_row_places / width, 1U, k_most_row_ticks);
    float* const x = tiles_.x.room_for(std::size_t{most} * width);
    for (std::uint32_t from = 0; from < stretch.ticks; from += most) {
        TileRun run = stretch;
        run.ticks = std::min(most, stretch.ticks - from);
        run.due += from;
        run.fires += from * run.fires_pitch;
        run.x_pitch = width;
        for (std::uint32_t t = 0; t < run.ticks; ++t) {
            float* const sums = x + std::size_t{t} * width;
            std::fill(driven ? std::copy_n(drive, neurons, sums) : sums, sums + width, 0.0F);
        }
        add_whole_rows(id, from, run.ticks, x, width);
        tiles_.passes = false;
        for (std::uint32_t at = 0; at < neurons; at += k_tile, ++run.fires) {
            run.size = std::min(k_tile, neurons - at);
            run.x = x + at;
            integrate_tile(id, run, at, {}, {});
        }
    }
}

// Adds what arrives at ticks [from, from + ticks) of the stretch to sums, [ticks, width].
template <>
void Engine<float>::add_whole_rows(
    PopulationId id, std::uint32_t from, std::uint32_t ticks, float* sums, std::uint32_t width) {
    const std::vector<ProjectionId>& incoming = network_.populations[id].incoming;
    for (std::size_t place = 0; place < incoming.size(); ++place) {
        if (tiles_.arrives[place] == 0) {
            continue;
        }
        const CompiledProjection<float>& projection = network_.projections[incoming[place]];
        const std::vector<Events>& events = tiles_.arrivals[place].events();
        const auto seen = static_cast<std::uint32_t>(projection.seen.size());
        const std::uint32_t block = seen > k_most_copied ? k_row_block : seen;
        std::size_t added[k_most_row_ticks] = {};  // of a tick's events
        for (std::uint32_t end = block; end < seen + block; end += block) {
            for (std::uint32_t t = 0; t < ticks; ++t) {
                const Events& all = events[from + t];
                const std::size_t first = added[t];
                added[t] =
                    end < seen
                        ? static_cast<std::size_t>(
                              std::lower_bound(all.slots + first, all.slots + all.count, end) -
                              all.slots)
                        : all.count;
                kernels().add_rows(sums + std::size_t{t} * width,
                                   projection.targets,
                                   projection.weights32,
                                   projection.pitch,
                                   all.part(first, added[t]));
            }
        }
        for (std::uint32_t t = from; t < from + ticks; ++t) {
            counts_.execution.weight_bytes += events[t].count * projection.targets * sizeof(float);
        }
    }
}

// Where a population's tiles or chunks leave what fires in [first, last].
template <>
FiredBits& Engine<float>::clear_fires(PopulationId id, Tick first, Tick last) {
    const CompiledPopulation<float>& population = network_.populations[id];
    FiredBits& bits = population.fires_bits ? populations_[id].bits : tiles_.fires;
    bits.begin(tile_order(population), first, last);
    if (population.chunk_ticks > 0) {
        bits.zero();  // chunks set bits, tiles write words
    }
    return bits;
}

// What waits as bits is counted, and shown if anybody looks.
template <>
void Engine<float>::record_bits(PopulationId id, std::size_t count, Tick t) {
    counts_.populations[id].spikes += count;
    if (hook_ != nullptr || !network_.populations[id].readouts.empty()) {
        show(id, *listed(id, t));
    }
}

// Fires what the tiles or chunks have left, tick by tick.
template <>
void Engine<float>::fire_stretch(PopulationId id, Tick first, Tick last) {
    const CompiledPopulation<float>& population = network_.populations[id];
    const CompiledNeurons<float>& rule = *population.rule;
    PacketHistory& history = populations_[id].history;
    HeldNeurons& held = populations_[id].state.held;
    FiredBits& bits = population.fires_bits ? populations_[id].bits : tiles_.fires;
    StretchTicks fired = 0;
    for (Tick t = first; t <= last; ++t) {
        const std::size_t count = bits.count(t);
        held.release(t, [](Slot) {});
        if (count == 0) {
            continue;
        }
        now_ = t;
        fired |= stretch_tick(t - stretch_.from());
        if (population.fires_bits) {
            record_bits(id, count, t);
            continue;
        }
        Packet& packet = history.start();
        packet.tick = t;
        bits.list(t, count, packet.slots);
        for (std::size_t s = 0; rule.has_refractory && s < packet.slots.size(); ++s) {
            held.hold(packet.slots[s], t + rule.rule.refractory_ticks);
        }
        record(id);
    }
    wake_targets(id, fired);
    bits.cut(last + 1);
}

template <>
void Engine<float>::integrate_stretch(PopulationId id, Tick first, Tick last) {
    const CompiledNeurons<float>& rule = *network_.populations[id].rule;
    const bool by_tile = gather(id, first, last);
    const bool renewed = renew_drive(id, first);
    FiredBits& bits = clear_fires(id, first, last);
    tiles_.bad = {};
    tiles_.passes = false;
    tiles_.changed = renewed || std::any_of(tiles_.arrives.begin(),
                                            tiles_.arrives.end(),
                                            [](std::uint8_t arrives) { return arrives != 0; });
    TileRun run = tile_run(rule);
    run.ticks = static_cast<std::uint32_t>(last - first + 1);
    run.fires = bits.front();
    run.fires_pitch = bits.pitch();
    run.due = tiles_.due.data();
    run.keeps = rule.keeps_without_input;
    run.may_fire = rule.rule.fires && rule.firing_window.holds(first);
    const CompiledReceptor<float>& receptor = rule.receptors[0];
    const bool driven = receptor.driven && receptor.drive_window.holds(first);
    count_tile_paths(network_, id, tiles_, by_tile, paths_);
    paths_.add_if(driven, EnginePath::tiles_driven);
    paths_.add_if(renewed, EnginePath::tiles_renewed);
    by_tile ? run_tiles(id, run, driven) : run_rows(id, run, driven);
    if (tiles_.bad.found) {
        const Tick t = first + tiles_.bad.tick;
        fire_stretch(id, first, t - 1);
        fail(id, tiles_.bad.slot, t, k_not_finite);
        return;
    }
    const std::uint64_t before = counts_.populations[id].spikes;
    fire_stretch(id, first, last);
    const bool changed = tiles_.changed || counts_.populations[id].spikes != before;
    const bool again = rule.keeps_without_input
                           ? tiles_.passes && rule.rule.fires && rule.firing_window.holds(last + 1)
                           : changed;
    push(id, again ? last + 1 : next_boundary(rule, last, tiles_.passes));
}

}  // namespace saltus::detail
