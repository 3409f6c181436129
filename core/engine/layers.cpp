// The layer-by-layer schedule: a population may take many ticks before the next one takes any; in a
// cycle, as many as its spikes need to come back. The same additions in the same order for every
// target, so the same spikes, states and counts; only what different populations do interleaves
// differently.
#include <algorithm>
#include <type_traits>
#include <utility>

#include "core/engine/engine.hpp"
#include "core/engine/profile.hpp"
#include "core/hook_order.hpp"
#include "core/schedule/forced_ticks.hpp"

namespace saltus::detail {

namespace {

constexpr std::uint32_t k_asked_a_stretch = 16;  // steps of StopAsker that a population's count as

}  // namespace

static_assert(WakeStretch::k_ticks <= k_most_hook_lag);

// Whether the order of ticks is free, and worth giving up. SALTUS_SCHEDULE=ticks forbids it.
template <class Real>
bool Engine<Real>::goes_by_layers() const {
    return !ticks_are_forced() && silencer_.empty() && network_.stretch_ticks > 1 &&
           until_ > now_ + 1 && (hook_ == nullptr || !hook_->watches_ticks());
}

// The main loop, layer by layer: leap to the next wake-up, take a stretch of ticks, population by
// population.
template <class Real>
void Engine<Real>::advance_by_layers() {
    for (;;) {
        const Tick from = queue_.first_tick(until_ + 1);
        if (from > until_) {
            now_ = until_;
            return;
        }
        const Tick last = open_stretch(from);
        paths_.add(EnginePath::layer_by_layer);
        paths_.add_if(last - from + 1 == WakeStretch::k_ticks, EnginePath::whole_stretch);
        std::optional<SampleError> error = std::exchange(error_, std::nullopt);  // a held packet's
        for (const Layer& layer : network_.layers) {
            paths_.add_if(last - from >= layer.ticks, EnginePath::layer_in_parts);
            for (Tick at = from; at <= last; at += layer.ticks) {
                run_layer(layer, std::min(last, at + layer.ticks - 1), error);
            }
        }
        stretch_.begin(0, 0);
        if (error) {
            error_ = std::move(error);
            return;
        }
        now_ = last;
    }
}

// Takes a layer through the ticks up to `last`, as far as `error` allows: the earliest one found so
// far, as tick by tick would find it.
template <class Real>
void Engine<Real>::run_layer(const Layer& layer, Tick last, std::optional<SampleError>& error) {
    for (const PopulationId id : layer.populations) {
        const bool before =
            error && network_.populations[id].rank < network_.populations[error->population].rank;
        stop_.pass(k_asked_a_stretch, bytes_touched());
        run_population(id, error ? std::min(last, error->tick - (before ? 0 : 1)) : last);
        if (error_) {
            error = std::exchange(error_, std::nullopt);
        }
    }
}

// Moves the queue's wake-ups of [from, last] into the stretch, and returns last. Held values change
// and windows open and close only at a stretch's first tick.
template <class Real>
Tick Engine<Real>::open_stretch(Tick from) {
    now_ = from;
    stretch_.begin(from, from + 1);
    WakeUp next;
    const auto holds = [&](PopulationId id) {
        const auto* encoder = std::get_if<EncoderSpec>(&network_.populations[id].spec.kind);
        return encoder != nullptr && encoder->holds_values;
    };
    while (queue_.pop(from, next)) {
        const PopulationId id = network_.by_rank[next.rank];
        if (holds(id)) {
            ++counts_.execution.queue_operations;
            const ProfileScope scope(profile_, id);
            encode(id);
            if (error_) {
                return from;  // whatever comes before it in this tick may still have failed
            }
        } else {
            stretch_.push(from, next.rank);
        }
    }
    Tick last = std::min(until_, from + network_.stretch_ticks - 1);
    const auto boundary =
        std::upper_bound(network_.boundaries.begin(), network_.boundaries.end(), from);
    if (boundary != network_.boundaries.end()) {
        last = std::min(last, *boundary - 1);
    }
    for (PopulationId id = 0; id < populations_.size(); ++id) {
        if (populations_[id].fetched && holds(id)) {
            last = std::min(last, populations_[id].history.open().tick - 1);
        }
    }
    stretch_.extend(last + 1);
    while (queue_.pop(last, next)) {
        stretch_.push(next.tick, next.rank);
    }
    return last;
}

template <class Real>
void Engine<Real>::run_population(PopulationId id, Tick last) {
    const CompiledPopulation<Real>& population = network_.populations[id];
    if (populations_[id].source != nullptr) {
        encode_stretch(id, last);
        return;
    }
    const Tick none = last + 1;
    if constexpr (std::is_same_v<Real, float>) {
        const Tick first = stretch_.first(population.rank, none);
        const bool chunked = population.chunk_ticks > 0;
        if ((population.tiled || chunked) && first < none) {
            const ProfileScope scope(profile_, id);
            counts_.execution.queue_operations += stretch_.pop_all(population.rank, last);
            chunked ? integrate_chunks(id, first, last) : integrate_stretch(id, first, last);
            return;
        }
    }
    for (Tick t = stretch_.pop(population.rank, last, none); t < none && !error_;
         t = stretch_.pop(population.rank, last, none)) {
        ++counts_.execution.queue_operations;
        now_ = t;
        wake(id, t);
    }
}

// An encoder's packets up to `last`. Held ones begin a stretch, which has taken them.
template <class Real>
void Engine<Real>::encode_stretch(PopulationId id, Tick last) {
    Live& live = populations_[id];
    const std::uint32_t rank = network_.populations[id].rank;
    if (stretch_.pop_all(rank, last) == 0) {
        return;
    }
    const ProfileScope scope(profile_, id);
    StretchTicks fired = 0;
    while (live.fetched && live.history.open().tick <= last && accept(id)) {
        now_ = live.history.open().tick;
        if (record(id)) {
            fired |= stretch_tick(now_ - stretch_.from());
        }
        read(id, until_);
    }
    wake_targets(id, fired);
    if (!error_) {
        push_read(id);
    }
}

template bool Engine<float>::goes_by_layers() const;
template void Engine<float>::advance_by_layers();
template Tick Engine<float>::open_stretch(Tick);
template void Engine<float>::run_layer(const Layer&, Tick, std::optional<SampleError>&);
template void Engine<float>::run_population(PopulationId, Tick);
template void Engine<float>::encode_stretch(PopulationId, Tick);
template bool Engine<double>::goes_by_layers() const;
template void Engine<double>::advance_by_layers();
template Tick Engine<double>::open_stretch(Tick);
template void Engine<double>::run_layer(const Layer&, Tick, std::optional<SampleError>&);
template void Engine<double>::run_population(PopulationId, Tick);
template void Engine<double>::encode_stretch(PopulationId, Tick);

}  // namespace saltus::detail
