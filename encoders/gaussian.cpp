#include "encoders/gaussian.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/elementary.hpp"

namespace saltus {
namespace {

constexpr double k_two_pi = 0x1.921fb54442d18p+2;
// |z| never exceeds sqrt(-2 log 2^-32), about 6.66.
constexpr double k_largest_z = 6.7;

double standard_normal(const RandomWords& words) {
    const double u = (static_cast<double>(words[0]) + 1.0) * 0x1p-32;
    const double turn = static_cast<double>(words[1]) * 0x1p-32;
    return std::sqrt(-2.0 * portable_log(u)) * portable_cos(k_two_pi * turn);
}

}  // namespace

GaussianEncoder::GaussianEncoder(const GaussianCoding& coding, const EncoderContext& context)
    : TickwiseEncoder(context, 2 * static_cast<std::size_t>(context.shape.size())),
      relu_(coding.relu) {}

GaussianEncoder::Normal GaussianEncoder::normal(float mean, float log_variance) const {
    const float m = relu_ && !(mean > 0.0F) ? 0.0F : mean;
    const float l = relu_ && !(log_variance > 0.0F) ? 0.0F : log_variance;
    return {m, portable_exp(double{l} / 2.0)};
}

void GaussianEncoder::check(const Frames& frames) {
    const std::size_t neurons = order().size();
    for (std::size_t f = 0; f < frames.count(); ++f) {
        const std::span<const float> frame = frames.frame(f);
        for (std::size_t k = 0; k < neurons; ++k) {
            const Normal n = normal(frame[k], frame[neurons + k]);
            if (!(std::fabs(n.mean) + k_largest_z * n.deviation <=
                  std::numeric_limits<float>::max())) {
                throw InputError(
                    frames.place(f * 2 * neurons + neurons + k),
                    fmt::format("log-variance {} with mean {}", frame[neurons + k], frame[k]),
                    "samples that stay finite in float32");
            }
        }
    }
}

bool GaussianEncoder::prepare(std::span<const float> frame) {
    const std::size_t neurons = order().size();
    normals_.resize(neurons);
    for (Slot slot = 0; slot < neurons; ++slot) {
        const NeuronIndex index = order().index_of(slot);
        normals_[slot] = normal(frame[index], frame[neurons + index]);
    }
    return true;
}

void GaussianEncoder::send(Tick tick, Packet& out) {
    for (Slot slot = 0; slot < normals_.size(); ++slot) {
        const double z = standard_normal(draw(order().index_of(slot), tick));
        const auto payload = static_cast<float>(normals_[slot].mean + normals_[slot].deviation * z);
        if (payload == 0.0F) {
            continue;
        }
        out.slots.push_back(slot);
        out.payloads.push_back(payload);
    }
}

}  // namespace saltus
