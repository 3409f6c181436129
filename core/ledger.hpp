// Why a membrane is what it is: every spike, bias, held value and reset that is still felt in it,
// each with what it contributes. With all firings held as they were, the update rule is linear in
// these, so the contributions add up to the membrane; only float32's rounding is nobody's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/recording.hpp"
#include "core/synapses.hpp"

namespace saltus {

struct LedgerTerm {
    enum class Kind {
        spike,    // a spike or graded event of a source, through one projection
        drive,    // a value that an encoder holds, over all ticks at which it was present
        bias,     // a receptor's bias, over all ticks of its window
        initial,  // v_init, leaked
        rest,     // (1 - beta) v_rest a tick, leaked
        reset,    // a reset of the neuron: -payload * theta or v_reset, leaked since
        floor,    // the floor, where it bit: what came before is cut off, as by a reset to it
    };

    Kind kind = Kind::spike;
    double contribution = 0;
    ProjectionId projection = 0;    // spike, drive
    NeuronIndex source = 0;         // spike, drive
    Tick tick = 0;                  // spike: fired; reset: the firing that owed it; floor: bit
    double payload = 0;             // spike, reset; drive: the value (of the last set, if several)
    double weight = 0;              // spike, drive: sum over synapses of weight * factor
    std::vector<Synapse> synapses = {};  // spike, drive
    std::uint32_t receptor = 0;          // bias
};

// The ledger of one membrane at one tick, in float64 with the model's float32 numbers.
struct Ledger {
    PopulationId population = 0;
    NeuronIndex neuron = 0;
    Tick tick = 0;
    double theta = 0;
    // The membrane that is tested (step 4 of the rule: before that tick's own reset and floor), to
    // the bit; none: a lazy clock did not look, or the population leaps (`sum` is what it is then).
    std::optional<float> h;
    // Empty: tested. Else why not: "it never fires", "refractory until tick 7", ...
    std::string not_tested_because;
    float fired = 0;                         // payload of its spike at that tick; 0: none
    std::vector<LedgerTerm> terms;           // largest contribution first; none is 0
    double sum = 0;                          // of all contributions
    std::optional<Tick> last_hard_reset;     // the firing whose reset to v_reset cut off what was
    std::uint64_t spikes_without_effect = 0;  // arrived through a synapse, contribution exactly 0

    [[nodiscard]] double residue() const { return h ? double{*h} - sum : 0; }
};

// The ledger of a neuron's membrane at `tick` of a recorded sample that started fresh. Throws
// InputError if there is no such neuron (encoders and max pools have no membrane) or tick, or for a
// tick beyond k_longest_ledger; InternalError if the recording is of another network. Cost: a pass
// over the ticks and over the packets of the neuron's sources; memory: about 60 bytes a tick.
Ledger explain_membrane(const Network& network,
                        const Recording& recording,
                        PopulationId population,
                        NeuronIndex neuron,
                        Tick tick);

inline constexpr Tick k_longest_ledger = Tick{1} << 26;

// What made a max pool emit: the source whose payload (by_tick) or running count (by_count) was the
// largest of its window; of equals the first in slot order.
struct PoolCause {
    NeuronIndex source = 0;
    Tick fired = 0;      // the source's event that arrives at the tick asked for
    double payload = 0;  // of that event
    double count = 0;    // by_count: the source's running count, that event included
};

// Throws InputError if the population is no max pool. None: the pool emitted nothing at `tick`.
std::optional<PoolCause> explain_pool(const Network& network,
                                      const Recording& recording,
                                      PopulationId pool,
                                      NeuronIndex neuron,
                                      Tick tick);

}  // namespace saltus
