// Two streams of one population side by side. Internal to models.
#pragma once

#include <algorithm>
#include <limits>

#include "models/trace/trace.hpp"

namespace saltus::detail {

// One stream, packet by packet.
struct StreamCursor {
    const StreamTrace& stream;
    std::size_t packet = 0;
    std::size_t spike = 0;

    // Beyond the last packet: later than any.
    [[nodiscard]] Tick tick() const {
        return packet < stream.packets() ? stream.ticks[packet] : std::numeric_limits<Tick>::max();
    }

    // Takes the packet of `tick`, if there is one: its spikes are [spike, the place returned).
    std::size_t take(Tick tick_wanted) {
        return tick() == tick_wanted ? spike + stream.spikes[packet++] : spike;
    }
};

// Calls differs(tick, slot, payload in a, payload in b) for every spike that one stream alone has
// (the other's payload is 0), or both with another payload, in ascending (tick, slot).
template <class Differs>
void for_each_difference(const StreamTrace& a, const StreamTrace& b, Differs differs) {
    if (a == b) {
        return;
    }
    constexpr Slot k_none = std::numeric_limits<Slot>::max();
    StreamCursor left{a};
    StreamCursor right{b};
    while (left.packet < a.packets() || right.packet < b.packets()) {
        const Tick tick = std::min(left.tick(), right.tick());
        const std::size_t left_end = left.take(tick);
        const std::size_t right_end = right.take(tick);
        while (left.spike < left_end || right.spike < right_end) {
            const Slot in_a = left.spike < left_end ? a.slots[left.spike] : k_none;
            const Slot in_b = right.spike < right_end ? b.slots[right.spike] : k_none;
            const float fired_a = in_a <= in_b ? a.payload(left.spike++) : 0;
            const float fired_b = in_b <= in_a ? b.payload(right.spike++) : 0;
            if (fired_a != fired_b) {
                differs(tick, std::min(in_a, in_b), fired_a, fired_b);
            }
        }
    }
}

}  // namespace saltus::detail
