// events: the input is spikes already; they are passed on.
//
//   payload(tick, neuron) = sum of the values given for it, one by one in the order given (float32)
//
// Dense input is [tick, ...shape] by index: 0 is no spike, 1 a spike, any other value the payload
// (the number of events that fell together). A list may name a (tick, neuron) more than once. A sum
// of 0 is not sent.
//
// Takes:  start(): EncoderInput with a frame a tick (frame f is sent at its first tick only); or
// the two
//         others below. What lies at the horizon or later is never sent.
// Sends:  packets at the ticks that hold events. Payload 1 is a spike, any other a graded event.
// Cost:   dense: one pass over the input as packets are asked for (floats: one more at the start);
//         a list: sorted at the start, then nothing at ticks without events.
// Errors: InputError for a length that does not fit, a tick or neuron out of range, a value or a
// sum that is
//         not finite.
#pragma once

#include <cstdint>
#include <vector>

#include "encoders/encoder.hpp"
#include "encoders/nonzero_slots.hpp"
#include "encoders/slot_order.hpp"

namespace saltus {

struct InputEvent {
    Tick tick = 0;
    NeuronIndex index = 0;
    float payload = 1;
};

class EventsEncoder final : public Encoder {
  public:
    explicit EventsEncoder(const EncoderContext& context);

    void start(const EncoderInput& input) override;
    // Dense counts, [ticks, ...shape] by index. They must live until the sample is finished.
    void start(std::uint64_t sample, std::span<const std::uint8_t> counts, std::size_t ticks);
    // In any order.
    void start(std::uint64_t sample, std::span<const InputEvent> events);

    bool next(Tick until, Packet& out) override;

  private:
    struct Event {
        Tick tick;
        Slot slot;
        float payload;
    };

    void begin(std::uint64_t sample, Tick ticks_per_frame);
    void settle();  // sorts, adds up what falls together
    bool next_listed(Tick last, Packet& out);
    template <class Value>
    bool next_dense(std::span<const Value> values, Tick last, Packet& out);

    SlotOrder order_;
    NonzeroSlots nonzero_;
    Shape shape_;
    PopulationId population_;
    Tick horizon_;
    std::uint64_t sample_ = 0;
    // What was given; the other two are empty.
    std::span<const float> values_;
    std::span<const std::uint8_t> counts_;
    std::vector<Event> events_;  // ascending (tick, slot)

    Tick ticks_per_frame_ = 1;
    std::size_t read_ = 0;  // frames, or events
};

}  // namespace saltus
