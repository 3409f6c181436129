#include "encoders/events.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/frames.hpp"

namespace saltus {

EventsEncoder::EventsEncoder(const EncoderContext& context)
    : order_(context.shape),
      nonzero_(context.shape),
      shape_(context.shape),
      population_(context.population),
      horizon_(context.horizon) {}

void EventsEncoder::begin(std::uint64_t sample, Tick ticks_per_frame) {
    sample_ = sample;
    values_ = {};
    counts_ = {};
    events_.clear();
    ticks_per_frame_ = ticks_per_frame;
    read_ = 0;
}

void EventsEncoder::start(const EncoderInput& input) {
    Frames frames;
    frames.show(input, population_, order_.size());
    begin(input.sample, input.ticks_per_frame);
    values_ = input.activations;
}

void EventsEncoder::start(std::uint64_t sample,
                          std::span<const std::uint8_t> counts,
                          std::size_t ticks) {
    if (counts.size() != ticks * order_.size()) {
        throw InputError(
            fmt::format("sample {}, encoder population {}: events", sample, population_),
            fmt::format("{} values", counts.size()),
            fmt::format("{} ticks of {}", ticks, order_.size()));
    }
    begin(sample, 1);
    counts_ = counts;
}

void EventsEncoder::start(std::uint64_t sample, std::span<const InputEvent> events) {
    begin(sample, 1);
    events_.reserve(events.size());
    for (std::size_t k = 0; k < events.size(); ++k) {
        const InputEvent& event = events[k];
        const auto fail = [&](const std::string& found, const std::string& needed) {
            throw InputError(
                fmt::format("sample {}, encoder population {}: event {}", sample, population_, k),
                found,
                needed);
        };
        if (event.tick < 0) {
            fail(fmt::format("tick {}", event.tick), "at least 0");
        }
        if (event.index >= order_.size()) {
            fail(fmt::format("neuron {}", event.index), fmt::format("below {}", order_.size()));
        }
        if (!std::isfinite(event.payload)) {
            fail(fmt::format("payload {}", event.payload), "a finite number");
        }
        events_.push_back({event.tick, shape_.slot_of(event.index), event.payload});
    }
    settle();
}

void EventsEncoder::settle() {
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
        return a.tick != b.tick ? a.tick < b.tick : a.slot < b.slot;
    });
    std::size_t kept = 0;
    for (std::size_t k = 0; k < events_.size();) {
        Event sum = events_[k];
        for (++k; k < events_.size() && events_[k].tick == sum.tick && events_[k].slot == sum.slot;
             ++k) {
            sum.payload = sum.payload + events_[k].payload;
        }
        if (!std::isfinite(sum.payload)) {
            throw InputError(fmt::format("sample {}, encoder population {}: tick {}, neuron {}",
                                         sample_,
                                         population_,
                                         sum.tick,
                                         shape_.index_of(sum.slot)),
                             fmt::format("payload {}", sum.payload),
                             "a finite sum");
        }
        if (sum.payload != 0.0F) {
            events_[kept++] = sum;
        }
    }
    events_.resize(kept);
}

bool EventsEncoder::next(Tick until, Packet& out) {
    out.clear();
    const Tick last = std::min(until, horizon_ - 1);
    if (!values_.empty()) {
        return next_dense(values_, last, out);
    }
    return counts_.empty() ? next_listed(last, out) : next_dense(counts_, last, out);
}

template <class Value>
bool EventsEncoder::next_dense(std::span<const Value> values, Tick last, Packet& out) {
    const std::size_t size = order_.size();
    while (read_ < values.size() / size && static_cast<Tick>(read_) * ticks_per_frame_ <= last) {
        out.tick = static_cast<Tick>(read_) * ticks_per_frame_;
        const std::span<const Value> frame = values.subspan(read_++ * size, size);
        const std::span<const Slot> slots = nonzero_.find(frame);
        if (slots.empty()) {
            continue;
        }
        out.slots.assign(slots.begin(), slots.end());
        bool ones = true;
        for (const Slot slot : slots) {
            ones &= frame[order_.index_of(slot)] == Value{1};
        }
        for (std::size_t k = 0; !ones && k < slots.size(); ++k) {
            out.payloads.push_back(static_cast<float>(frame[order_.index_of(slots[k])]));
        }
        return true;
    }
    return false;
}

bool EventsEncoder::next_listed(Tick last, Packet& out) {
    if (read_ == events_.size() || events_[read_].tick > last) {
        return false;
    }
    out.tick = events_[read_].tick;
    for (; read_ < events_.size() && events_[read_].tick == out.tick; ++read_) {
        out.slots.push_back(events_[read_].slot);
        out.payloads.push_back(events_[read_].payload);
    }
    out.drop_unit_payloads();
    return true;
}

}  // namespace saltus
