#include "encoders/frames.hpp"

#include <limits>

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/finite.hpp"

namespace saltus {

void Frames::show(const EncoderInput& input, PopulationId population, std::size_t size) {
    sample_ = input.sample;
    population_ = population;
    const std::string where = fmt::format("sample {}, encoder population {}", sample_, population_);
    if (input.frames == 0) {
        throw InputError(where + ": frames", "0", "at least 1");
    }
    if (input.ticks_per_frame < 1 || input.ticks_per_frame > std::numeric_limits<Tick>::max() /
                                                                 static_cast<Tick>(input.frames)) {
        throw InputError(where + ": ticks_per_frame",
                         fmt::format("{}", input.ticks_per_frame),
                         "at least 1, and frames * ticks_per_frame below 2^63");
    }
    if (input.activations.size() % input.frames != 0 ||
        input.activations.size() / input.frames != size) {
        throw InputError(where + ": activations",
                         fmt::format("{} values", input.activations.size()),
                         fmt::format("{} frames of {}", input.frames, size));
    }
    values_ = input.activations;
    size_ = size;
    count_ = input.frames;
    ticks_per_frame_ = input.ticks_per_frame;
    if (const std::size_t k = first_not_finite(values_); k < values_.size()) {
        throw InputError(place(k), fmt::format("{}", values_[k]), "a finite number");
    }
}

std::string Frames::place(std::size_t k) const {
    std::string text = fmt::format("sample {}, encoder population {}: ", sample_, population_);
    if (count_ > 1) {
        text += fmt::format("frame {}, ", k / size_);
    }
    return text + fmt::format("activation {}", k % size_);
}

}  // namespace saltus
