#include "core/simulator.hpp"

#include "core/engine.hpp"
#include "core/error.hpp"

namespace saltus {

namespace {

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
    : engine_(std::make_unique<detail::Engine<Real>>(network.compiled())) {}

template <class Real>
BasicSimulator<Real>::BasicSimulator(BasicSimulator&&) noexcept = default;
template <class Real>
BasicSimulator<Real>::~BasicSimulator() = default;

template <class Real>
void BasicSimulator<Real>::begin(std::span<PacketSource* const> sources, Start start) {
    engine_->begin(sources, start);
}

template <class Real>
bool BasicSimulator<Real>::advance_to(Tick tick) {
    return engine_->advance_to(tick);
}

template <class Real>
Result BasicSimulator<Real>::finish() {
    return engine_->finish();
}

template <class Real>
void BasicSimulator<Real>::set_hook(Hook* hook) {
    engine_->set_hook(hook);
}

template <class Real>
void BasicSimulator<Real>::set_silenced(std::span<const Silenced> silenced) {
    engine_->set_silencer(detail::Silencer(silenced, engine_->network()));
}

template <class Real>
void BasicSimulator<Real>::set_profile(std::span<double> seconds) {
    if (!seconds.empty() && seconds.size() != engine_->network().populations.size()) {
        throw InternalError("set_profile: need one number a population");
    }
    engine_->set_profile(seconds);
}

template <class Real>
void BasicSimulator<Real>::set_zero_weights(const ZeroWeights* zeros) {
    engine_->set_zero_weights(zeros);
}

template <class Real>
std::vector<Real> BasicSimulator<Real>::membrane(PopulationId population) const {
    return by_index(engine_->network().populations[population].spec.shape,
                    engine_->membrane(population));
}

template <class Real>
std::vector<Real> BasicSimulator<Real>::current(PopulationId population,
                                                std::uint32_t receptor) const {
    return by_index(engine_->network().populations[population].spec.shape,
                    engine_->current(population, receptor));
}

template <class Real>
typename BasicSimulator<Real>::Stored BasicSimulator<Real>::stored(PopulationId population) const {
    const detail::CompiledPopulation<Real>& compiled = engine_->network().populations[population];
    const detail::PopulationState<Real>& state = engine_->state(population);
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
    std::vector<Tick> last(v.size(), engine_->last_tick());
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
    return engine_->counts();
}

template class BasicSimulator<float>;
template class BasicSimulator<double>;

}  // namespace saltus
