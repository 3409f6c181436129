#include "encoders/events.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/frames.hpp"

namespace saltus {

EventsEncoder::EventsEncoder(const EncoderContext& context)
    : order_(context.shape),
      shape_(context.shape),
      population_(context.population),
      horizon_(context.horizon) {}

void EventsEncoder::begin(std::uint64_t sample) {
    sample_ = sample;
    events_.clear();
    read_ = 0;
}

void EventsEncoder::start(const EncoderInput& input) {
    Frames frames;
    frames.show(input, population_, order_.size());
    begin(input.sample);
    for (std::size_t f = 0; f < frames.count(); ++f) {
        const std::span<const float> values = frames.frame(f);
        for (Slot slot = 0; slot < order_.size(); ++slot) {
            const float value = values[order_.index_of(slot)];
            if (value != 0.0F) {
                events_.push_back({frames.start_of(f), slot, value});
            }
        }
    }
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
    begin(sample);
    for (std::size_t tick = 0; tick < ticks; ++tick) {
        const std::span<const std::uint8_t> values =
            counts.subspan(tick * order_.size(), order_.size());
        for (Slot slot = 0; slot < order_.size(); ++slot) {
            const std::uint8_t count = values[order_.index_of(slot)];
            if (count != 0) {
                events_.push_back({static_cast<Tick>(tick), slot, static_cast<float>(count)});
            }
        }
    }
}

void EventsEncoder::start(std::uint64_t sample, std::span<const InputEvent> events) {
    begin(sample);
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
    if (read_ == events_.size()) {
        return false;
    }
    const Tick tick = events_[read_].tick;
    if (tick > until || tick >= horizon_) {
        return false;
    }
    out.tick = tick;
    for (; read_ < events_.size() && events_[read_].tick == tick; ++read_) {
        out.slots.push_back(events_[read_].slot);
        out.payloads.push_back(events_[read_].payload);
    }
    out.drop_unit_payloads();
    return true;
}

}  // namespace saltus
