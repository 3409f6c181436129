#include "models/explain/why.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "models/explain/address.hpp"
#include "saltus/model.pb.h"

namespace saltus {

namespace {

// In the order of Coding.
constexpr std::array<const char*, std::variant_size_v<Coding>> k_codings = {"duplicate",
                                                                            "gaussian",
                                                                            "bernoulli",
                                                                            "poisson",
                                                                            "latency",
                                                                            "phase",
                                                                            "burst",
                                                                            "delta",
                                                                            "events"};

// The encoder's place among the model's, or none.
std::optional<std::size_t> encoder_of(const Pipeline& pipeline, PopulationId population) {
    const std::vector<EncoderBinding>& encoders = pipeline.model().encoders();
    for (std::size_t e = 0; e < encoders.size(); ++e) {
        if (encoders[e].population == population) {
            return e;
        }
    }
    return std::nullopt;
}

Why::Encoded encoded(const Pipeline& pipeline,
                     const ReplayedSample& sample,
                     std::size_t e,
                     NeuronIndex neuron,
                     Tick tick) {
    const EncoderBinding& binding = pipeline.model().encoders()[e];
    Why::Encoded out;
    out.coding = coding_text(binding.coding);
    out.from_front = !binding.front.layers.empty();
    const std::size_t size = pipeline.network().population(binding.population).shape.size();
    const std::vector<float>& given = sample.activations[e];
    const std::size_t frames = given.size() / size;
    const bool several = std::holds_alternative<GaussianCoding>(binding.coding);
    if (frames == 0 || given.size() % size != 0 || several) {
        return out;
    }
    const Tick a_frame = pipeline.model().inputs()[binding.input].ticks_per_frame;
    const std::size_t frame =
        std::min(frames - 1, static_cast<std::size_t>(tick / std::max<Tick>(a_frame, 1)));
    out.activation = given[frame * size + neuron];
    return out;
}

// The terms worth following: spikes, those first that moved the membrane most the way it went.
std::vector<std::size_t> to_follow(const Ledger& ledger, float fired, std::uint32_t width) {
    std::vector<std::size_t> places;
    for (std::size_t k = 0; k < ledger.terms.size() && places.size() < width; ++k) {
        const LedgerTerm& term = ledger.terms[k];
        const bool spike = term.kind == LedgerTerm::Kind::spike;
        if (spike && (fired == 0 || term.contribution > 0)) {
            places.push_back(k);
        }
    }
    return places;
}

}  // namespace

const char* coding_text(const Coding& coding) {
    return k_codings[coding.index()];
}

Why explain(const Pipeline& pipeline,
            const ReplayedSample& sample,
            PopulationId population,
            NeuronIndex neuron,
            Tick tick,
            const WhyOptions& options) {
    const Network& network = pipeline.network();
    Why why;
    why.population = population;
    why.neuron = neuron;
    why.tick = tick;
    const auto follow = [&](std::size_t term, PopulationId source, NeuronIndex from, Tick at) {
        WhyOptions further = options;
        --further.depth;
        why.causes.push_back(
            {term, std::make_unique<Why>(explain(pipeline, sample, source, from, at, further))});
    };
    const auto& kind = network.population(population).kind;
    if (std::holds_alternative<NeuronSpec>(kind)) {
        why.ledger = explain_membrane(network, sample.recording, population, neuron, tick);
        why.fired = why.ledger->fired;
        for (const std::size_t k : to_follow(*why.ledger, why.fired, options.width)) {
            const LedgerTerm& term = why.ledger->terms[k];
            if (options.depth > 1) {
                follow(k, network.source(term.projection), term.source, term.tick);
            }
        }
        return why;
    }
    why.fired = sample.recording.payload(
        population, network.population(population).shape.slot_of(neuron), tick);
    if (const auto e = encoder_of(pipeline, population)) {
        why.encoder = encoded(pipeline, sample, *e, neuron, tick);
        return why;
    }
    why.pool = explain_pool(network, sample.recording, population, neuron, tick);
    for (ProjectionId p = 0; why.pool && options.depth > 1 && p < network.projection_count(); ++p) {
        if (network.target(p) == population) {
            follow(0, network.source(p), why.pool->source, why.pool->fired);
        }
    }
    return why;
}

std::string projection_text(const Pipeline& pipeline, ProjectionId projection) {
    const std::string& name =
        pipeline.model().message().projections(static_cast<int>(projection)).name();
    const Network& network = pipeline.network();
    return name.empty() ? fmt::format("{} -> {}",
                                      network.population(network.source(projection)).name,
                                      network.population(network.target(projection)).name)
                        : name;
}

std::string term_text(const Pipeline& pipeline, const LedgerTerm& term) {
    const Network& network = pipeline.network();
    switch (term.kind) {
        case LedgerTerm::Kind::spike:
            return fmt::format(
                "{} by {}",
                address_text(network, network.source(term.projection), term.source, term.tick),
                projection_text(pipeline, term.projection));
        case LedgerTerm::Kind::drive:
            return fmt::format(
                "{} = {:.6g} held, by {}",
                address_text(network, network.source(term.projection), term.source),
                term.payload,
                projection_text(pipeline, term.projection));
        case LedgerTerm::Kind::bias:
            return fmt::format("bias of receptor {}", term.receptor);
        case LedgerTerm::Kind::initial:
            return "v_init, leaked";
        case LedgerTerm::Kind::rest:
            return "leak towards v_rest";
        case LedgerTerm::Kind::reset:
            return fmt::format("own reset after firing at {}", term.tick);
        case LedgerTerm::Kind::floor:
            return fmt::format("floor, reached at {}", term.tick);
    }
    return {};
}

}  // namespace saltus
