#include "encoders/poisson.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/elementary.hpp"
#include "encoders/settings.hpp"

namespace saltus {
namespace {

constexpr float k_largest_mean = 700.0F;

// The smallest k with u < p0 + ... + pk.
std::uint32_t poisson_count(double u, double mean, double p0) {
    std::uint32_t k = 0;
    double p = p0;
    double sum = p0;
    while (!(u < sum)) {
        k += 1;
        p = p * mean / k;
        sum = sum + p;
    }
    return k;
}

}  // namespace

PoissonEncoder::PoissonEncoder(const PoissonCoding& coding, const EncoderContext& context)
    : TickwiseEncoder(context, static_cast<std::size_t>(context.shape.size())), c_(coding.c) {
    check_positive(context, "c", c_);
}

void PoissonEncoder::check(const Frames& frames) {
    const std::span<const float> all = frames.all();
    for (std::size_t k = 0; k < all.size(); ++k) {
        if (!(all[k] / c_ <= k_largest_mean)) {
            throw InputError(frames.place(k),
                             fmt::format("{}", all[k]),
                             fmt::format("at most {} * c ({})", k_largest_mean, c_));
        }
    }
}

bool PoissonEncoder::prepare(std::span<const float> frame) {
    active_.clear();
    for (Slot slot = 0; slot < order().size(); ++slot) {
        const NeuronIndex index = order().index_of(slot);
        const float mean = frame[index] / c_;
        if (mean > 0.0F) {
            active_.push_back({slot, index, mean, portable_exp(-double{mean})});
        }
    }
    return !active_.empty();
}

void PoissonEncoder::send(Tick tick, Packet& out) {
    for (const Active& neuron : active_) {
        const double u = unit_uniform(draw(neuron.index, tick)[0]);
        const std::uint32_t count = poisson_count(u, neuron.mean, neuron.p0);
        if (count == 0) {
            continue;
        }
        out.slots.push_back(neuron.slot);
        out.payloads.push_back(static_cast<float>(count));
    }
}

}  // namespace saltus
