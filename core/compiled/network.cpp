#include "core/network.hpp"

#include "core/compiled/compiled_network.hpp"

namespace saltus {

template <class Real>
BasicNetwork<Real>::BasicNetwork(std::unique_ptr<const detail::CompiledNetwork<Real>> compiled)
    : compiled_(std::move(compiled)) {}

template <class Real>
BasicNetwork<Real>::BasicNetwork(BasicNetwork&&) noexcept = default;
template <class Real>
BasicNetwork<Real>& BasicNetwork<Real>::operator=(BasicNetwork&&) noexcept = default;
template <class Real>
BasicNetwork<Real>::~BasicNetwork() = default;

template <class Real>
Tick BasicNetwork<Real>::horizon() const {
    return compiled_->horizon;
}

template <class Real>
std::size_t BasicNetwork<Real>::population_count() const {
    return compiled_->populations.size();
}

template <class Real>
const PopulationSpec& BasicNetwork<Real>::population(PopulationId id) const {
    return compiled_->populations[id].spec;
}

template <class Real>
std::size_t BasicNetwork<Real>::projection_count() const {
    return compiled_->projections.size();
}

template <class Real>
PopulationId BasicNetwork<Real>::source(ProjectionId id) const {
    return compiled_->projections[id].source;
}

template <class Real>
PopulationId BasicNetwork<Real>::target(ProjectionId id) const {
    return compiled_->projections[id].target;
}

template <class Real>
Tick BasicNetwork<Real>::delay(ProjectionId id) const {
    return compiled_->projections[id].delay;
}

template <class Real>
std::size_t BasicNetwork<Real>::readout_count() const {
    return compiled_->readouts.size();
}

template <class Real>
const ReadoutSpec& BasicNetwork<Real>::readout(std::size_t k) const {
    return compiled_->readouts[k];
}

template <class Real>
Level BasicNetwork<Real>::level(PopulationId id) const {
    return compiled_->populations[id].level;
}

template <class Real>
bool BasicNetwork<Real>::payload_counts(PopulationId id) const {
    return compiled_->populations[id].payload_counts;
}

template <class Real>
std::uint64_t BasicNetwork<Real>::synapses(ProjectionId id) const {
    return compiled_->projections[id].synapses;
}

template <class Real>
std::uint64_t BasicNetwork<Real>::owned_bytes() const {
    return compiled_->owned_bytes;
}

template class BasicNetwork<float>;
template class BasicNetwork<double>;

}  // namespace saltus
