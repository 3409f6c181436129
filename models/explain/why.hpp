// Why a neuron fired, or did not: its ledger, and those of the spikes that drove it most, followed
// back to the encoders.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/ledger.hpp"
#include "models/explain/sample_replayer.hpp"

namespace saltus {

// "latency", "bernoulli": the coding's word in a model.
const char* coding_text(const Coding& coding);

// One neuron at one tick, explained. Exactly one of ledger, pool and encoder says how.
struct Why {
    // A spike that an encoder made of an activation.
    struct Encoded {
        std::string coding;               // "latency"
        std::optional<float> activation;  // none: the coding takes several numbers a neuron
        bool from_front = false;          // artificial layers made the activation
    };

    // A term that was followed: its place in ledger.terms (0 for a pool), and its own explanation.
    struct Cause {
        std::size_t term = 0;
        std::unique_ptr<Why> why;
    };

    PopulationId population = 0;
    NeuronIndex neuron = 0;
    Tick tick = 0;
    float fired = 0;  // payload; 0: silent
    std::optional<Ledger> ledger;
    std::optional<PoolCause> pool;
    std::optional<Encoded> encoder;
    std::vector<Cause> causes;
};

struct WhyOptions {
    std::uint32_t depth = 1;  // ledgers on a path from the spike asked for; 1: its own alone
    std::uint32_t width = 3;  // terms followed at each of them, largest contribution first
};

// Throws as explain_membrane does. Cost: a ledger for each spike followed, at most width^depth.
Why explain(const Pipeline& pipeline,
            const ReplayedSample& sample,
            PopulationId population,
            NeuronIndex neuron,
            Tick tick,
            const WhyOptions& options = {});

// For people: what happened in a sentence, then the ledger as a table, then the causes, indented.
// `most_terms`: of each ledger, the rest summed up.
std::string why_text(const Pipeline& pipeline, const Why& why, std::size_t most_terms = 12);

// For programs: every term (docs/traces.md lists the keys).
nlohmann::ordered_json why_json(const Pipeline& pipeline, const Why& why);

// The tree of causes for Graphviz, and drawn.
std::string why_dot(const Pipeline& pipeline, const Why& why);
std::string why_svg(const Pipeline& pipeline, const Why& why);

// A projection's name, or what it connects if it has none: "features -> hidden".
std::string projection_text(const Pipeline& pipeline, ProjectionId projection);

// What heads a term in a table or beside an edge: "in[12]@3 by in-hidden", "bias of receptor 0".
std::string term_text(const Pipeline& pipeline, const LedgerTerm& term);

}  // namespace saltus
