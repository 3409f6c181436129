// compile(): NetworkSpec -> Network. A Network is immutable and shared by threads; each thread runs
// it with a Simulator of its own (simulator.hpp).
#pragma once

#include <memory>
#include <vector>

#include "core/network_spec.hpp"

namespace saltus {

namespace detail {
template <class Real>
struct CompiledNetwork;
}

// Real: the state type, float (the product) or double (the test build).
template <class Real>
class BasicNetwork {
  public:
    explicit BasicNetwork(std::unique_ptr<const detail::CompiledNetwork<Real>> compiled);
    BasicNetwork(BasicNetwork&&) noexcept;
    BasicNetwork& operator=(BasicNetwork&&) noexcept;
    ~BasicNetwork();

    [[nodiscard]] Tick horizon() const;
    [[nodiscard]] std::size_t population_count() const;
    [[nodiscard]] const PopulationSpec& population(
        PopulationId id) const;  // as given, without spans
    [[nodiscard]] std::size_t projection_count() const;
    [[nodiscard]] PopulationId source(ProjectionId id) const;
    [[nodiscard]] PopulationId target(ProjectionId id) const;
    [[nodiscard]] Tick delay(ProjectionId id) const;
    [[nodiscard]] std::size_t readout_count() const;
    [[nodiscard]] const ReadoutSpec& readout(std::size_t k) const;
    [[nodiscard]] Level level(PopulationId id) const;
    // True if a payload of this population is a number of spikes (neurons, poisson, max pools of
    // such).
    [[nodiscard]] bool payload_counts(PopulationId id) const;
    // Stored synapses of a projection (0 for identity and max-pool windows).
    [[nodiscard]] std::uint64_t synapses(ProjectionId id) const;
    // Bytes that the compiled network holds itself; weights run from a mapped file are not among
    // them.
    [[nodiscard]] std::uint64_t owned_bytes() const;

    [[nodiscard]] const detail::CompiledNetwork<Real>& compiled() const { return *compiled_; }

  private:
    std::unique_ptr<const detail::CompiledNetwork<Real>> compiled_;
};

using Network = BasicNetwork<float>;

// Validates everything (shapes, sizes, levels, dialect combinations, finite weights and parameters)
// and throws one ModelError with every fault found. Cost: one pass over all weights, as fast as they
// come from memory (some 10 GB a second, or as fast as the disk gives a mapped file); nothing is
// copied for float32 and int8 rows_by_source tensors. Weights are looked at whatever a file says of
// them, since kernels rely on it: a product multiplies them by 0. The padding of rows_by_source
// rows may hold anything; it is never seen.
template <class Real = float>
BasicNetwork<Real> compile(const NetworkSpec& spec);

extern template BasicNetwork<float> compile<float>(const NetworkSpec&);
extern template BasicNetwork<double> compile<double>(const NetworkSpec&);

}  // namespace saltus
