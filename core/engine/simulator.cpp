#include "core/simulator.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/engine/engine.hpp"
#include "core/error.hpp"

namespace saltus {

namespace {

constexpr const char* k_no_sample = "no sample";
constexpr const char* k_begin = "begin() before it";

// From slot order, as the engine keeps it, to index order, as people read it.
template <class T, class Memory>
std::vector<T> by_index(const Shape& shape, const std::vector<T, Memory>& by_slot) {
    std::vector<T> out(by_slot.size());
    for (Slot slot = 0; slot < by_slot.size(); ++slot) {
        out[shape.index_of(slot)] = by_slot[slot];
    }
    return out;
}

}  // namespace

template <class Real>
BasicSimulator<Real>::BasicSimulator(const BasicNetwork<Real>& network)
    : network_(&network.compiled()),
      engine_(std::make_unique<detail::Engine<Real>>(network.compiled())) {}

template <class Real>
BasicSimulator<Real>::BasicSimulator(BasicSimulator&&) noexcept = default;
template <class Real>
BasicSimulator<Real>::~BasicSimulator() = default;

template <class Real>
detail::Engine<Real>& BasicSimulator<Real>::engine() const {
    if (engine_ == nullptr) {
        auto engine = std::make_unique<detail::Engine<Real>>(*network_);
        engine->set_hook(hook_);
        engine->set_silencer(detail::Silencer(silenced_, *network_));
        engine->set_profile(profile_);
        engine->set_zero_weights(zeros_);
        engine->set_stop(stop_);
        engine_ = std::move(engine);
    }
    return *engine_;
}

// An engine that was left in the middle of anything is given up: much of its state is only right
// between two calls.
template <class Real>
template <class Call>
auto BasicSimulator<Real>::guard(Call&& call) const {
    detail::Engine<Real>& engine = this->engine();
    try {
        return call(engine);
    } catch (...) {
        engine_.reset();
        throw;
    }
}

template <class Real>
void BasicSimulator<Real>::begin(std::span<PacketSource* const> sources, Start start) {
    std::size_t encoders = 0;
    for (const detail::CompiledPopulation<Real>& population : network_->populations) {
        encoders += std::holds_alternative<EncoderSpec>(population.spec.kind) ? 1 : 0;
    }
    if (sources.size() != encoders) {
        throw InputError("begin",
                         fmt::format("{} packet sources", sources.size()),
                         fmt::format("one for each of {} encoders", encoders));
    }
    if (std::find(sources.begin(), sources.end(), nullptr) != sources.end()) {
        throw InputError("begin", "a packet source that is nullptr", "one for each encoder");
    }
    guard([&](detail::Engine<Real>& engine) { engine.begin(sources, start); });
}

template <class Real>
bool BasicSimulator<Real>::advance_to(Tick tick) {
    if (!engine().has_begun()) {
        throw InputError("advance_to", k_no_sample, k_begin);
    }
    return guard([&](detail::Engine<Real>& engine) { return engine.advance_to(tick); });
}

template <class Real>
Result BasicSimulator<Real>::finish() {
    if (!engine().has_begun()) {
        throw InputError("finish", k_no_sample, k_begin);
    }
    return guard([](const detail::Engine<Real>& engine) { return engine.finish(); });
}

template <class Real>
void BasicSimulator<Real>::set_hook(Hook* hook) {
    hook_ = hook;
    engine().set_hook(hook);
}

template <class Real>
void BasicSimulator<Real>::set_silenced(std::span<const Silenced> silenced) {
    detail::Silencer silencer(silenced, *network_);
    std::vector<Silenced> kept(silenced.begin(), silenced.end());
    engine().set_silencer(std::move(silencer));
    silenced_ = std::move(kept);
}

template <class Real>
void BasicSimulator<Real>::set_profile(std::span<double> seconds) {
    const std::size_t populations = network_->populations.size();
    if (!seconds.empty() && seconds.size() != populations) {
        throw InputError("set_profile",
                         fmt::format("{} places", seconds.size()),
                         fmt::format("one for each of {} populations", populations));
    }
    profile_ = seconds;
    engine().set_profile(seconds);
}

template <class Real>
void BasicSimulator<Real>::set_stop(std::function<bool()> stop) {
    stop_ = std::move(stop);
    engine().set_stop(stop_);
}

// The engine, if it can be asked for a population's state.
template <class Real>
const detail::Engine<Real>& BasicSimulator<Real>::readable(const char* what,
                                                           PopulationId population) const {
    if (!engine().has_begun()) {
        throw InputError(what, k_no_sample, k_begin);
    }
    if (engine().has_failed()) {
        throw InputError(what, "a sample that failed", "one that did not: it has no state");
    }
    if (population >= network_->populations.size()) {
        throw InputError(what,
                         fmt::format("population {}", population),
                         fmt::format("one below {}", network_->populations.size()));
    }
    return engine();
}

template <class Real>
void BasicSimulator<Real>::set_zero_weights(const ZeroWeights* zeros) {
    zeros_ = zeros;
    engine().set_zero_weights(zeros);
}

template <class Real>
std::vector<Real> BasicSimulator<Real>::membrane(PopulationId population) const {
    readable("membrane", population);
    return guard([&](const detail::Engine<Real>& engine) {
        return by_index(network_->populations[population].spec.shape, engine.membrane(population));
    });
}

template <class Real>
std::vector<Real> BasicSimulator<Real>::current(PopulationId population,
                                                std::uint32_t receptor) const {
    readable("current", population);
    const detail::CompiledPopulation<Real>& compiled = network_->populations[population];
    const std::size_t receptors = compiled.rule ? compiled.rule->receptors.size() : 0;
    if (receptor >= receptors) {
        throw InputError(fmt::format("current of {}", compiled.spec.name),
                         fmt::format("receptor {}", receptor),
                         fmt::format("one of {}", receptors));
    }
    return guard([&](const detail::Engine<Real>& engine) {
        return by_index(compiled.spec.shape, engine.current(population, receptor));
    });
}

template <class Real>
typename BasicSimulator<Real>::Stored BasicSimulator<Real>::stored(PopulationId population) const {
    const detail::Engine<Real>& engine = readable("stored", population);
    const detail::CompiledPopulation<Real>& compiled = network_->populations[population];
    const detail::PopulationState<Real>& state = engine.state(population);
    const Shape& shape = compiled.spec.shape;
    Stored out;
    const bool leaps = compiled.rule && compiled.rule->rule.clock == Clock::leaps;
    std::vector<Real> v(state.v.begin(), state.v.end());
    for (Slot slot = 0; leaps && slot < state.neurons; ++slot) {
        v.push_back(state.cells.v(slot));
    }
    out.v = by_index(shape, v);
    for (const auto& i2 : state.i2) {
        out.i2.push_back(by_index(shape, i2));
    }
    out.q = by_index(shape, state.q);
    std::vector<Tick> last(v.size(), engine.last_tick());
    for (Slot slot = 0; slot < last.size(); ++slot) {
        if (leaps) {
            last[slot] = state.cells.last(slot);
        } else if (!state.last.empty()) {
            last[slot] = state.last[slot / compiled.rule->block];
        }
    }
    out.last = by_index(shape, last);
    return out;
}

template <class Real>
const Counts& BasicSimulator<Real>::counts() const {
    return engine().counts();
}

template <class Real>
const detail::PathCounts& BasicSimulator<Real>::paths() const {
    return engine().paths();
}

template class BasicSimulator<float>;
template class BasicSimulator<double>;

}  // namespace saltus
