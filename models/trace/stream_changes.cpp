#include "models/trace/stream_changes.hpp"

#include <algorithm>

#include "models/trace/stream_difference.hpp"

namespace saltus::detail {

void StreamChanges::add(const StreamTrace& a, const StreamTrace& b) {
    for_each_difference(a, b, [&](Tick tick, Slot slot, float fired_a, float fired_b) {
        add(tick, slot, fired_a, fired_b);
    });
}

void StreamChanges::add(Tick tick, Slot slot, float a, float b) {
    if (first_tick_ < 0) {
        first_tick_ = tick;
        fired_a_ = a;
        fired_b_ = b;
    }
    if (tick == first_tick_) {
        slots_.push_back(slot);
    }
    if (a != 0 && b != 0) {
        ++counts_.payload;
        return;
    }
    ++(b == 0 ? counts_.only_a : counts_.only_b);
    if (tolerance_ > 0) {
        (b == 0 ? only_a_ : only_b_).push_back({slot, tick});
    }
}

// Pairs of one neuron's spikes, in ascending ticks.
StreamChanges::Counts StreamChanges::counted() {
    std::sort(only_a_.begin(), only_a_.end());
    std::sort(only_b_.begin(), only_b_.end());
    Counts counts = counts_;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < only_a_.size() && j < only_b_.size()) {
        const Spike& a = only_a_[i];
        const Spike& b = only_b_[j];
        if (a.slot == b.slot && std::max(a.tick, b.tick) - std::min(a.tick, b.tick) <= tolerance_) {
            ++counts.moved;
            ++i;
            ++j;
        } else if (a < b) {
            ++i;
        } else {
            ++j;
        }
    }
    counts.only_a -= counts.moved;
    counts.only_b -= counts.moved;
    return counts;
}

}  // namespace saltus::detail
