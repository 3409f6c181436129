// The slow reference simulator: plain loops over every neuron at every tick, written from the
// contract (docs/semantics.md, docs/metrics.md) alone. It is right because it is easy to read, not
// because it is quick; the engine is held against it, bit for bit.
//
// Real: the state type, float or double; parameters and weights are float32 values either way.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/reference_network.hpp"

namespace reference {

struct Event {
    Tick tick = 0;
    std::uint32_t index = 0;
    float payload = 1;

    friend bool operator==(const Event&, const Event&) = default;
};

// Values held from `tick` on, by index.
struct Held {
    Tick tick = 0;
    std::vector<float> values;
};

// What one encoder sends during a sample.
struct Input {
    std::vector<Event> events;
    std::vector<Held> held;
};

struct Cost {
    std::uint64_t acs = 0;
    std::uint64_t graded_macs = 0;
    std::uint64_t held_macs = 0;
    std::uint64_t pool_operations = 0;
    // The same without synapses whose stored weight is zero.
    std::uint64_t effective_acs = 0;
    std::uint64_t effective_graded_macs = 0;
    std::uint64_t effective_held_macs = 0;

    friend bool operator==(const Cost&, const Cost&) = default;
};

struct Fired {
    std::uint64_t spikes = 0;
    std::uint64_t graded_events = 0;

    friend bool operator==(const Fired&, const Fired&) = default;
};

// Everything by neuron index; a lazy or leaping value is computed for its tick.
template <class Real>
struct PopulationRun {
    std::vector<Event> events;                      // ascending tick, index
    std::vector<std::vector<Real>> v;               // [tick][index]
    std::vector<std::vector<std::vector<Real>>> i;  // [receptor][tick][index]
    std::vector<std::vector<Real>> i2;              // [receptor][index], after the last tick
    std::vector<Real> q;
    std::vector<Real> v_stored;
    std::vector<Tick> last;
    std::vector<Fired> fired;                 // [tick]
    std::vector<unsigned char> stream_bytes;  // tick, slot, payload of each event
    std::string stream;                       // their digest
};

struct ReadoutRun {
    std::vector<float> values;
    std::uint32_t prediction = 0;
    bool tied = false;
    bool undecided = false;
};

template <class Real>
struct Run {
    Tick ticks = 0;
    std::vector<PopulationRun<Real>> populations;
    std::vector<std::vector<Cost>> projections;  // [projection][tick of arrival]
    std::vector<ReadoutRun> readouts;
    std::array<unsigned char, 16> digest{};
};

// Spikes taken out where they are fired: of a population, of one neuron of it, or at one tick.
struct Mask {
    std::size_t population = 0;
    std::int64_t index = -1;  // -1: every neuron
    Tick tick = -1;           // -1: every tick
};

// A packet: ascending slots, each at most once. A payload is one float32 whatever the state type,
// and so is all that is reckoned with payloads alone: the sums of pools, the counts of max pools.
using Packet = std::map<std::size_t, float>;

template <class Real>
class Simulation {
  public:
    // `every_block_every_tick`: advances each lazy block at each tick, as a clock-driven simulator
    // would; `step_leaps`: runs leaping populations by the stepped rule. For cross-checks only.
    explicit Simulation(const Network& network,
                        bool every_block_every_tick = false,
                        bool step_leaps = false);

    // What the runs after it miss.
    void mask(std::vector<Mask> masks) { masks_ = std::move(masks); }

    // `inputs`: by population number. Stops after tick `cut` (as if at T - 1 if it is negative).
    Run<Real> run(const std::map<std::size_t, Input>& inputs, bool carry = false, Tick cut = -1);

  private:
    struct Neurons {
        std::vector<Real> v, q;
        std::vector<std::vector<Real>> i, i2;  // [slot][receptor]
        std::vector<Real> r;                   // reset owed
        std::vector<std::int64_t> fired;
        std::vector<Tick> free, last;
        std::vector<std::vector<Real>> drive;         // [slot][receptor], bias and held values
        std::vector<std::vector<Real>> drive_before;  // of the tick before, window and drop applied
    };

    struct MaxPool {
        std::vector<float> c, M;
    };

    // After n ticks without arrivals: i = a i0 + b drive, and the membrane gains c i0 + e drive.
    struct Leap {
        double a, b, c, e;
    };

    void start(bool carry);
    void encode(std::size_t P, const Input& input, Tick t);
    void hold(std::size_t P, const std::vector<float>& values, Tick t);
    void sum_drives();
    void take_out(std::size_t P, Tick t);
    [[nodiscard]] bool masked(std::size_t P, std::size_t index, Tick t) const;
    void send(std::size_t P, Tick t);
    void filter(std::size_t p, Packet& packet);
    void count(std::size_t p, std::size_t slot, float payload, Cost& cost) const;
    void run_max_pool(std::size_t P, Tick t);
    void run_neurons(std::size_t P, Tick t);
    void deliver(std::size_t P,
                 Tick t,
                 std::vector<std::vector<Real>>& x,
                 std::vector<bool>& reached) const;
    bool advances(std::size_t P, std::size_t j, Tick t, bool reached) const;
    void update(std::size_t P, std::size_t j, Tick t, Real L, std::vector<Real> x);
    std::int64_t test(std::size_t P, std::size_t j, Tick t, Real h) const;
    void leap(std::size_t P, std::size_t j, Tick t, const std::vector<Real>& x, bool reached);
    // `parameters`: alpha, beta, gain, and 1 where the membrane uses the current of the tick
    // before.
    const Leap& leap_over(Tick n, const std::array<double, 4>& parameters) const;
    void move(std::size_t P,
              std::size_t j,
              Tick t,
              const std::vector<Real>& drive,
              bool held,
              Real& v,
              std::vector<Real>& i) const;
    void record(std::size_t P, Tick t);
    ReadoutRun read(const Readout& readout) const;
    void finish();

    Network network_;
    bool every_tick_;
    std::vector<Mask> masks_;
    std::vector<Neurons> neurons_;
    mutable std::map<std::array<double, 4>, std::vector<Leap>> leaps_;  // by parameters, [ticks]
    std::vector<std::vector<float>> held_;                              // [population][slot]
    std::vector<MaxPool> pools_;
    std::vector<std::vector<Real>> filter_, filter_before_;  // [projection][source slot]
    std::vector<Packet> packets_;                            // of this tick, by population
    std::vector<std::vector<Packet>> sent_;  // [projection][tick], behind filter and pool
    Run<Real> run_;
};

// beta^n by float64 square-and-multiply from the lowest bit of n, rounded once.
template <class Real>
Real power(Real b, Tick n);

// L * (v - v_rest) + v_rest; a v_rest of 0 is a missing term.
template <class Real>
Real leak(Real L, Real v, Real v_rest) {
    return v_rest == 0 ? L * v : L * (v - v_rest) + v_rest;
}

// XXH3-128, canonical bytes.
std::array<unsigned char, 16> hash(const void* data, std::size_t bytes);
std::string hex(const std::array<unsigned char, 16>& digest);

// A digest of digests: a run's of its samples'.
std::array<unsigned char, 16> nested(const std::vector<std::array<unsigned char, 16>>& digests);

}  // namespace reference
