// Runs a compiled network, one sample at a time: begin, advance_to, finish.
//
//   Simulator simulator(network);
//   simulator.begin(sources);               // one PacketSource an encoder, in population order
//   simulator.advance_to(horizon - 1);      // or tick by tick
//   const Result result = simulator.finish();
//
// Owns all mutable state; one a thread. Nothing is allocated once buffers have grown. After compile
// a sample fails only for its input (a source that breaks the contract of packet.hpp) or a membrane
// that stops being finite; that is a returned value, not an exception. What a hook, a source or an
// allocation throws passes through; the simulator is then as new, with what was set for it (hook,
// silenced, profile, zero weights, stop). A call that does not fit (no sample begun, a population
// that does not exist) throws InputError and changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/counts.hpp"
#include "core/hook.hpp"
#include "core/network.hpp"
#include "core/packet.hpp"
#include "core/result.hpp"
#include "core/zero_weights.hpp"

namespace saltus {

enum class Start {
    fresh,  // from the initial state
    carry,  // v, i, i2, q, r, fired, counts, maxima and filters are kept, the ticks run are taken
            // off free and last, packets in flight are lost. After a failed sample, an exception or no sample
            // there is nothing to keep: as fresh
};

// What is taken out of a sample where it is fired: every projection, the hook and readouts that
// count spikes miss it. Nothing else of the neuron changes: its own reset, refractory period and
// clock go on as if it had been sent. A held value that is silenced is 0.
struct Silenced {
    PopulationId population = 0;
    std::optional<NeuronIndex> neuron;  // none: the whole population
    std::optional<Tick> tick;           // none: at every tick

    friend bool operator==(const Silenced&, const Silenced&) = default;
};

namespace detail {
template <class Real>
class Engine;
class PathCounts;
}

template <class Real>
class BasicSimulator {
  public:
    explicit BasicSimulator(const BasicNetwork<Real>& network);
    BasicSimulator(BasicSimulator&&) noexcept;
    ~BasicSimulator();

    // `sources`: one for each encoder population, in population order; they must live until finish.
    // InputError if there are more, fewer or none of one.
    void begin(std::span<PacketSource* const> sources, Start start = Start::fresh);

    // Runs every tick up to and including `tick` (at most T - 1). Returns false if the run has
    // ended: stopped by the hook, or failed (see finish().error). Throws InputError if no sample
    // has begun.
    bool advance_to(Tick tick);

    // Readouts and counts after the last tick run. Throws InputError if no sample has begun.
    Result finish();

    // Called for packets and ticks of the samples begun after it; nullptr: none.
    void set_hook(Hook* hook);

    // What the samples begun after it miss; empty: nothing. Forces the tick-by-tick schedule. Throws
    // InputError for a population or neuron that does not exist.
    void set_silenced(std::span<const Silenced> silenced);

    // From now on, what each population takes (encoders: their packets too) is added to its entry,
    // in seconds of a steady clock; what belongs to none (beginning, the queue, finishing) is not.
    // `seconds`: one a population (InputError), and must live on; an empty span ends it. Costs two
    // readings of the clock a wake-up while on, and nothing otherwise; changes no result.
    void set_profile(std::span<double> seconds);

    // Fills Counts::zero_weights of the samples begun after it; nullptr: no more. `zeros`: of this
    // network, and must live on. Costs an addition a spike on projections that store a zero.
    void set_zero_weights(const ZeroWeights* zeros);

    // `stop` is asked now and then within advance_to, finish and the two below, on the thread that
    // calls them; once it says true they throw Stopped, and the simulator is as new. An empty
    // function ends it. Changes no result.
    void set_stop(std::function<bool()> stop);

    // State after the last tick run, by neuron index; a lazy or leaping value is computed, not
    // stored. InputError if there is no such population or receptor, or no sample that has begun
    // and not failed. current() is empty where the current is no state.
    [[nodiscard]] std::vector<Real> membrane(PopulationId population) const;
    [[nodiscard]] std::vector<Real> current(PopulationId population, std::uint32_t receptor) const;

    // For tests: what is stored, by neuron index. i2: second-order memory; q: reset trace; last:
    // the tick at which each neuron's block was last advanced (stepped: the last tick).
    struct Stored {
        std::vector<Real> v;
        std::vector<std::vector<Real>> i2;
        std::vector<Real> q;
        std::vector<Tick> last;
    };

    [[nodiscard]] Stored stored(PopulationId population) const;

    // For tests: which ways the engine has taken since it was made (core/integrate/paths.hpp).
    [[nodiscard]] const detail::PathCounts& paths() const;

    [[nodiscard]] const Counts& counts() const;

  private:
    const detail::Engine<Real>& readable(const char* what, PopulationId population) const;
    template <class Call>
    auto guard(Call&& call) const;
    detail::Engine<Real>& engine() const;

    const detail::CompiledNetwork<Real>* network_;
    Hook* hook_ = nullptr;
    std::vector<Silenced> silenced_;
    std::span<double> profile_;
    const ZeroWeights* zeros_ = nullptr;
    std::function<bool()> stop_;
    // Made anew when asked for after an exception, which leaves none.
    mutable std::unique_ptr<detail::Engine<Real>> engine_;
};

using Simulator = BasicSimulator<float>;

extern template class BasicSimulator<float>;
extern template class BasicSimulator<double>;

}  // namespace saltus
