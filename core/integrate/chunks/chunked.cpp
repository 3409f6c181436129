// How a population with synaptic currents takes a stretch of ticks: everything that arrives is
// known when it begins, so that chunk after chunk of its neurons takes all the ticks, input and
// state staying in the nearest cache; then what fired is fired, tick by tick.
#include <algorithm>
#include <bit>

#include "core/engine/engine.hpp"
#include "core/integrate/rule/kernel_updates.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

namespace {

constexpr std::uint32_t k_input = 6144;  // places of x, which stay in the nearest cache

static_assert(k_input >= k_most_chunk_ticks * k_most_currents * 64);

// Takes neighbours that did not all stay finite through the stretch once more, by the kernel of one
// tick, for the first that does not. `released` knows already whom their own spikes release.
void find_not_finite(const CurrentStretch& stretch,
                     std::uint32_t place,
                     std::uint32_t size,
                     NotFinite& bad) {
    const std::uint32_t shift = place % 64;
    std::uint64_t held = stretch.held[place / 64] >> shift;
    CurrentRun run = stretch.run;
    run.first += place;
    run.size = size;
    run.held = &held;
    run.v += place;
    run.ask_changed = false;
    for (std::uint32_t k = 0; k < run.receptors; ++k) {
        run.i[k] += place;
        run.x[k] += place;
    }
    std::uint32_t fired[64];
    for (std::uint32_t t = 0; t < stretch.ticks && !(bad.found && bad.tick <= t); ++t) {
        held &= ~(stretch.released[place / 64 * std::size_t{stretch.ticks} + t] >> shift);
        const CurrentResult result = kernels().integrate_currents(run, fired);
        if (result.not_finite < size) {
            bad = {true, t, run.first + result.not_finite};
            return;
        }
        for (std::uint32_t k = 0; k < result.fired && stretch.refractory != 0; ++k) {
            held |= std::uint64_t{1} << (fired[k] - run.first);
        }
        for (std::uint32_t k = 0; k < run.receptors; ++k) {
            run.x[k] += stretch.x_pitch;
        }
    }
}

}  // namespace

// Takes and counts what arrives in [first, last], by projection.
template <>
void Engine<float>::gather_chunks(PopulationId id, Tick first, Tick last, std::uint32_t pitch) {
    const CompiledPopulation<float>& population = network_.populations[id];
    chunks_.sources.resize(std::max(chunks_.sources.size(), population.incoming.size()));
    chunks_.used = 0;
    for (const ProjectionId p : population.incoming) {
        const CompiledProjection<float>& projection = network_.projections[p];
        if (projection.held) {
            continue;
        }
        ChunkSource& source = chunks_.sources[chunks_.used++];
        source.begin(projection, pitch);
        for (Tick t = first; t <= last; ++t) {
            const Packet* const packet = arriving(p, t);
            const std::uint64_t synapses = source.add(packet);
            if (packet == nullptr) {
                continue;
            }
            if (packet->payloads.empty()) {
                counts_.projections[p].acs += synapses;
                count_zeros(p, *packet);
            } else {
                count(p, *packet);
            }
            counts_.execution.weight_bytes += synapses * weight_bytes(projection);
        }
        source.end();
        paths_.add_if(source.any(), source.path());
        paths_.add_if(source.graded(), EnginePath::chunks_payloads);
    }
}

// Who is held when the stretch begins, and who may fire again at which of its ticks.
template <>
void Engine<float>::find_held(PopulationId id, Tick first, Tick last) {
    const HeldNeurons& held = populations_[id].state.held;
    const std::size_t words = (network_.populations[id].neurons + 63) / 64;
    const auto ticks = static_cast<std::size_t>(last - first + 1);
    chunks_.held.assign(words, 0);
    chunks_.stuck.assign(words, 0);
    chunks_.released.assign(words * ticks, 0);
    if (network_.populations[id].rule->has_refractory) {
        std::copy_n(held.bits(), words, chunks_.held.begin());
        held.for_each_until(last, [&](Slot slot, Tick free) {
            const auto t = static_cast<std::size_t>(std::max(free, first) - first);
            chunks_.released[slot / 64 * ticks + t] |= std::uint64_t{1} << (slot % 64);
        });
    }
}

// A chunk's input: x is the drive, or +0, and takes what arrives.
template <>
void Engine<float>::add_input(PopulationId id, const CurrentStretch& stretch, Tick first) {
    const CompiledNeurons<float>& rule = *network_.populations[id].rule;
    const CurrentRun& run = stretch.run;
    for (std::uint32_t k = 0; k < run.receptors; ++k) {
        if (rule.receptors[k].driven && rule.receptors[k].drive_window.holds(first)) {
            const float* const drive = &populations_[id].state.drive[k][run.first];
            for (std::uint32_t t = 0; t < stretch.ticks; ++t) {
                std::copy_n(drive, run.size, run.x[k] + t * stretch.x_pitch);
            }
        }
    }
    for (std::size_t k = 0; k < chunks_.used; ++k) {
        ChunkSource& source = chunks_.sources[k];
        source.add_to({run.x[source.receptor()], stretch.x_pitch, run.first, run.size});
    }
}

// Turns to the chunk from neuron `at` on.
template <>
void Engine<float>::turn_to(PopulationId id, Slot at, CurrentStretch& stretch) {
    PopulationState<float>& state = populations_[id].state;
    CurrentRun& run = stretch.run;
    const std::uint32_t most = stretch.x_pitch / run.receptors;
    run.first = at;
    run.size = std::min(most, network_.populations[id].neurons - at);
    run.v = &state.v[at];
    stretch.held = &chunks_.held[at / 64];
    stretch.stuck = &chunks_.stuck[at / 64];
    stretch.fires = tiles_.fires.front() + at / 64;
    stretch.released = &chunks_.released[at / 64 * std::size_t{stretch.ticks}];
    for (std::uint32_t k = 0; k < run.receptors; ++k) {
        run.i[k] = &state.i[k][at];
        run.x[k] = &chunks_.x[k * std::size_t{most}];
    }
}

// Takes one chunk after the other through the stretch. Returns whether a bit of state changed, if
// asked for.
template <>
bool Engine<float>::run_chunks(PopulationId id, CurrentStretch& stretch, Tick first) {
    const std::uint32_t neurons = network_.populations[id].neurons;
    CurrentStretchResult all;
    for (Slot at = 0; at < neurons; at += stretch.x_pitch / stretch.run.receptors) {
        turn_to(id, at, stretch);
        add_input(id, stretch, first);
        const CurrentStretchResult result = kernels().integrate_current_stretch(stretch);
        all.changed = all.changed || result.changed;
        all.finite = all.finite && result.finite;
    }
    if (!all.finite) {
        find_stuck(id, stretch, first);
    }
    return all.changed;
}

// Goes through the chunks once more for the first neuron that did not stay finite.
template <>
void Engine<float>::find_stuck(PopulationId id, CurrentStretch& stretch, Tick first) {
    const std::uint32_t neurons = network_.populations[id].neurons;
    for (std::size_t k = 0; k < chunks_.used; ++k) {
        chunks_.sources[k].rewind();
    }
    for (Slot at = 0; at < neurons; at += stretch.x_pitch / stretch.run.receptors) {
        turn_to(id, at, stretch);
        add_input(id, stretch, first);
        for (std::uint32_t word = 0; word * 64 < stretch.run.size; ++word) {
            const std::uint64_t stuck = stretch.stuck[word];
            for (int bit = 0; bit < 64 && stuck >> bit != 0;) {
                bit += std::countr_zero(stuck >> bit);
                const int size = std::countr_one(stuck >> bit);
                find_not_finite(stretch,
                                word * 64 + static_cast<std::uint32_t>(bit),
                                static_cast<std::uint32_t>(size),
                                tiles_.bad);
                bit += size;
            }
        }
        std::fill(chunks_.x.begin(), chunks_.x.end(), 0.0F);
    }
}

template <>
void Engine<float>::integrate_chunks(PopulationId id, Tick first, Tick last) {
    const Tick most = network_.populations[id].chunk_ticks;
    bool again = false;
    for (Tick t = first; t <= last && !error_; t += most) {
        again = take_chunks(id, t, std::min(last, t + most - 1));
    }
    if (!error_) {
        push(id, again ? last + 1 : next_boundary(*network_.populations[id].rule, last, true));
    }
}

template <>
bool Engine<float>::take_chunks(PopulationId id, Tick first, Tick last) {
    const CompiledPopulation<float>& population = network_.populations[id];
    const CompiledNeurons<float>& rule = *population.rule;
    CurrentStretch stretch;
    stretch.run = current_run(rule, first);
    stretch.ticks = static_cast<std::uint32_t>(last - first + 1);
    if (rule.has_refractory) {
        stretch.refractory =
            static_cast<std::uint32_t>(std::min(rule.rule.refractory_ticks, k_most_chunk_ticks));
    }
    const std::uint32_t words = std::min((population.neurons + 63) / 64,
                                         k_input / 64 / (stretch.ticks * stretch.run.receptors));
    stretch.x_pitch = stretch.run.receptors * words * 64;
    chunks_.x.resize(std::max<std::size_t>(chunks_.x.size(), stretch.ticks * stretch.x_pitch));

    bool again = renew_drive(id, first);
    paths_.add(chunk_variant(stretch.run));
    paths_.add_if(again, EnginePath::chunks_renewed);
    paths_.add_if(population.neurons > words * 64, EnginePath::chunks_many);
    gather_chunks(id, first, last, stretch.x_pitch);
    find_held(id, first, last);
    stretch.fires_pitch = clear_fires(id, first, last).pitch();
    tiles_.bad = {};
    for (std::size_t k = 0; k < chunks_.used; ++k) {
        again = again || chunks_.sources[k].any();
    }
    stretch.run.ask_changed = !again;
    again = run_chunks(id, stretch, first) || again;
    if (tiles_.bad.found) {
        const Tick t = first + tiles_.bad.tick;
        fire_stretch(id, first, t - 1);
        fail(id, tiles_.bad.slot, t, k_not_finite);
        return false;
    }
    const std::uint64_t updates = std::uint64_t{stretch.ticks} * population.neurons;
    counts_.execution.neuron_updates += updates;
    counts_.execution.state_bytes += updates * rule.state_bytes;
    const std::uint64_t before = counts_.populations[id].spikes;
    fire_stretch(id, first, last);
    return again || counts_.populations[id].spikes != before || populations_[id].state.held.any();
}

}  // namespace saltus::detail
