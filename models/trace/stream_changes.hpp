// What differs of one population in one sample, gathered window by window. Internal to models.
#pragma once

#include <cstdint>
#include <vector>

#include "models/trace/trace.hpp"

namespace saltus::detail {

class StreamChanges {
  public:
    // `tolerance`: spikes of one neuron at most so many ticks apart are counted as moved. With one,
    // every spike that differs is kept until counted(); without, none.
    explicit StreamChanges(Tick tolerance) : tolerance_(tolerance) {}

    // The two sides of a window; windows come in ascending ticks.
    void add(const StreamTrace& a, const StreamTrace& b);

    struct Counts {
        std::uint64_t only_a = 0;
        std::uint64_t only_b = 0;
        std::uint64_t payload = 0;
        std::uint64_t moved = 0;
    };

    // Ends the sample.
    [[nodiscard]] Counts counted();

    // -1: nothing differs.
    [[nodiscard]] Tick first_tick() const { return first_tick_; }

    // Those that differ at first_tick(), ascending, and the payloads of the first of them.
    [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }

    [[nodiscard]] float fired_a() const { return fired_a_; }

    [[nodiscard]] float fired_b() const { return fired_b_; }

  private:
    struct Spike {
        Slot slot = 0;
        Tick tick = 0;

        friend auto operator<=>(const Spike&, const Spike&) = default;
    };

    void add(Tick tick, Slot slot, float a, float b);

    Tick tolerance_;
    Tick first_tick_ = -1;
    std::vector<Slot> slots_;
    float fired_a_ = 0;
    float fired_b_ = 0;
    Counts counts_;
    std::vector<Spike> only_a_;
    std::vector<Spike> only_b_;
};

}  // namespace saltus::detail
