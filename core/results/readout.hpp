// What a population says at the end: counts, first ticks or membranes, and the prediction they
// make. Internal to core.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/packet.hpp"
#include "core/result.hpp"

namespace saltus::detail {

template <class Real>
class ReadoutState {
  public:
    ReadoutState(const ReadoutSpec& spec, Tick horizon, const Shape& shape);

    void reset();
    void add_packet(const Packet& packet);
    void add_membranes(std::span<const Real> v);  // by slot, of one tick

    // `membrane`: v after the last tick, by slot.
    [[nodiscard]] ReadoutResult result(const std::vector<Real>& membrane, Tick ticks_run) const;

  private:
    const ReadoutSpec& spec_;
    Tick horizon_;
    const Shape& shape_;
    std::vector<std::uint64_t> counts_;  // by slot
    std::vector<Tick> first_;            // by slot; horizon: none
    std::vector<Real> sums_;             // by slot
};

}  // namespace saltus::detail
