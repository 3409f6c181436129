// The frames that a sample shows to an encoder: which one a tick sees, and their check.
//
// The activation at tick t is that of frame min(t / ticks_per_frame, frames - 1).
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/tick.hpp"
#include "encoders/encoder.hpp"

namespace saltus {

class Frames {
  public:
    // Throws InputError if the length is not frames * size, a count is zero or a value is not
    // finite.
    void show(const EncoderInput& input, PopulationId population, std::size_t size);

    [[nodiscard]] std::size_t count() const { return count_; }

    [[nodiscard]] Tick ticks_per_frame() const { return ticks_per_frame_; }

    [[nodiscard]] std::span<const float> all() const { return values_; }

    [[nodiscard]] std::span<const float> frame(std::size_t k) const {
        return values_.subspan(k * size_, size_);
    }

    [[nodiscard]] Tick start_of(std::size_t k) const {
        return static_cast<Tick>(k) * ticks_per_frame_;
    }

    [[nodiscard]] std::size_t seen_at(Tick tick) const {
        const Tick k = tick / ticks_per_frame_;
        const auto last = static_cast<Tick>(count_ - 1);
        return static_cast<std::size_t>(k < last ? k : last);
    }

    // Where value k of the input stands, for messages.
    [[nodiscard]] std::string place(std::size_t k) const;

  private:
    std::span<const float> values_;
    std::size_t size_ = 0;
    std::size_t count_ = 0;
    Tick ticks_per_frame_ = 1;
    std::uint64_t sample_ = 0;
    PopulationId population_ = 0;
};

}  // namespace saltus
