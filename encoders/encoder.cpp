#include "encoders/encoder.hpp"

#include <algorithm>
#include <limits>

#include "encoders/bernoulli.hpp"
#include "encoders/burst.hpp"
#include "encoders/delta.hpp"
#include "encoders/duplicate.hpp"
#include "encoders/events.hpp"
#include "encoders/gaussian.hpp"
#include "encoders/latency.hpp"
#include "encoders/phase.hpp"
#include "encoders/poisson.hpp"
#include "encoders/settings.hpp"

namespace saltus {
namespace {

struct Maker {
    const EncoderContext& context;

    std::unique_ptr<Encoder> operator()(const DuplicateCoding&) const {
        return std::make_unique<DuplicateEncoder>(context);
    }

    std::unique_ptr<Encoder> operator()(const GaussianCoding& coding) const {
        return std::make_unique<GaussianEncoder>(coding, context);
    }

    std::unique_ptr<Encoder> operator()(const BernoulliCoding& coding) const {
        return std::make_unique<BernoulliEncoder>(coding, context);
    }

    std::unique_ptr<Encoder> operator()(const PoissonCoding& coding) const {
        return std::make_unique<PoissonEncoder>(coding, context);
    }

    std::unique_ptr<Encoder> operator()(const LatencyCoding& coding) const {
        return std::make_unique<LatencyEncoder>(coding, context);
    }

    std::unique_ptr<Encoder> operator()(const PhaseCoding& coding) const {
        return std::make_unique<PhaseEncoder>(coding, context);
    }

    std::unique_ptr<Encoder> operator()(const BurstCoding& coding) const {
        return std::make_unique<BurstEncoder>(coding, context);
    }

    std::unique_ptr<Encoder> operator()(const DeltaCoding& coding) const {
        return std::make_unique<DeltaEncoder>(coding, context);
    }

    std::unique_ptr<Encoder> operator()(const EventsCoding&) const {
        return std::make_unique<EventsEncoder>(context);
    }
};

// More neurons than slots of 32 bits name, or than an index of activations holds.
constexpr std::uint64_t k_most_neurons = std::uint64_t{1} << 31;

}  // namespace

std::size_t activations_per_frame(const Coding& coding, const Shape& shape) {
    const auto neurons = static_cast<std::size_t>(shape.size());
    return std::holds_alternative<GaussianCoding>(coding) ? 2 * neurons : neurons;
}

std::unique_ptr<Encoder> make_encoder(const Coding& coding, const EncoderContext& context) {
    check_range(context, "horizon", context.horizon, 1, std::numeric_limits<Tick>::max());
    check_range(context,
                "neurons",
                static_cast<Tick>(std::min(context.shape.size(), std::uint64_t{1} << 62)),
                1,
                static_cast<Tick>(k_most_neurons));
    return std::visit(Maker{context}, coding);
}

bool holds_values(const Coding& coding) {
    return std::holds_alternative<DuplicateCoding>(coding);
}

bool payload_counts(const Coding& coding) {
    return std::holds_alternative<PoissonCoding>(coding);
}

}  // namespace saltus
