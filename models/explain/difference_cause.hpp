// Why two runs part: both sides of the first difference replayed, their ledgers laid side by side.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/ledger.hpp"
#include "models/explain/sample_replayer.hpp"
#include "models/trace/trace_diff.hpp"

namespace saltus {

enum class DifferenceKind {
    encoder,     // an encoder that leads there has another coding, or another number of it
    kind,        // the population is of neurons on one side only
    input,       // an encoder was given something else
    weight,      // a synapse has another weight, or is on one side only
    delay,       // a projection has another delay
    comparison,  // >= against >
    reset_when,  // when a reset is applied
    parameter,   // another number of the neurons: `what` names it (theta, beta, v_reset, ...)
    rounding,    // the same model and spikes; the membranes differ by no more than rounding
    unknown,
};

struct DifferenceCause {
    DifferenceKind kind = DifferenceKind::unknown;
    std::string what;   // kind's word, or the parameter's name: "weight", "beta"
    std::string words;  // one sentence
    // Of the neuron that parts first and is no encoder's; none if only encoders differ.
    std::optional<Ledger> a;
    std::optional<Ledger> b;
};

// `difference`: of the two traces, with first set. Each side is replayed with its own model and
// data; both have the traces' populations.
DifferenceCause find_cause(const TraceDifference& difference,
                           SampleReplayer& a,
                           SampleReplayer& b);

// Terms of the two ledgers that are not equal, side by side, largest difference first.
struct TermPair {
    const LedgerTerm* a = nullptr;  // null: on the other side only
    const LedgerTerm* b = nullptr;
};

std::vector<TermPair> unequal_terms(const Ledger& a, const Ledger& b);

}  // namespace saltus
