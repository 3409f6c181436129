// A trace in memory: what a .saltrace file says about a run and about one sample. Plain values; the
// file's form is the business of trace_writer and trace_file alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/network.hpp"
#include "core/packet.hpp"
#include "core/counts.hpp"
#include "core/simulator.hpp"

namespace saltus {

struct TracePopulation {
    enum class Kind { encoder, neurons, max_pool };
    enum class Recorded { every_spike, counts, nothing };

    std::string name;
    Shape shape;
    Kind kind = Kind::neurons;
    bool holds_values = false;   // an encoder whose values are held: it sends no spikes
    std::optional<Clock> clock;  // of neurons
    bool fires = true;           // false: a membrane that is only read
    Recorded recorded = Recorded::every_spike;  // counts: how many times each neuron fired

    friend bool operator==(const TracePopulation&, const TracePopulation&) = default;
};

struct TraceReadout {
    std::string name;
    PopulationId population = 0;
    ReadoutSpec::Kind kind = ReadoutSpec::Kind::spike_count;
    std::uint32_t values = 0;  // how many each sample gives
    bool logit = false;        // the values are logits: value / T + bias
    // Of spike_count and first_spike; none: not known (older files), or a membrane is read.
    std::optional<ReadoutSpec::Ties> ties = std::nullopt;

    friend bool operator==(const TraceReadout&, const TraceReadout&) = default;
};

// Numbers recorded tick by tick, a row a tick, a number a neuron.
struct TraceSeries {
    // readout: its values, were it read at the end of the tick. drive: the values that an encoder
    // holds from the tick on.
    enum class Kind { membrane, readout, drive };
    enum class When { every_tick, changes };  // changes: a row where a bit of it is new

    Kind kind = Kind::membrane;
    PopulationId population = 0;
    std::uint32_t readout = 0;  // its number; of Kind::readout
    NeuronIndex first = 0;      // neurons [first, first + size), by index
    std::uint32_t size = 0;
    When when = When::every_tick;

    friend bool operator==(const TraceSeries&, const TraceSeries&) = default;
};

struct TraceHeader {
    std::string model;
    Tick horizon = 0;
    double tick_seconds = 0;  // 0: not stated
    std::uint64_t seed = 0;
    std::vector<TracePopulation> populations;  // in file order
    std::vector<TraceReadout> readouts;
    std::string model_digest;       // of the model's file, 32 hex digits; empty: not known
    std::uint32_t projections = 0;  // how many SampleRecord::counts has
    std::vector<TraceSeries> series;
    bool input_digests = false;  // SampleRecord::input is there

    // Whether every spike of every population is there.
    [[nodiscard]] bool whole() const;

    friend bool operator==(const TraceHeader&, const TraceHeader&) = default;
};

// Ticks that one count of SampleRecord::levels takes together: a power of two, so that there are at
// most 128 counts.
Tick level_ticks(Tick horizon);
std::size_t level_count(Tick horizon);

// Where a trace came from; the digest skips it.
struct TraceProvenance {
    std::string command_line;
    std::string time;  // UTC, ISO 8601
    std::string processor;
    std::string program;  // version, commit, compiler
    std::uint32_t threads = 0;
};

// The packets of one (sample, population), end to end. payloads: one a spike, or none if all are 1.
struct StreamTrace {
    std::vector<Tick> ticks;            // one a packet, ascending
    std::vector<std::uint32_t> spikes;  // one a packet: how many slots
    std::vector<Slot> slots;            // one a spike, ascending within a packet
    std::vector<float> payloads;

    void clear();
    void add(const Packet& packet);  // in ascending ticks; empty and held packets are left out

    // Packet `k`, whose first spike is number `first`.
    void copy_packet(std::size_t k, std::size_t first, Packet& out) const;
    // Adds the packets to the digest of the stream they are of.
    void add_to(StreamDigest& digest) const;

    [[nodiscard]] std::size_t packets() const { return ticks.size(); }

    [[nodiscard]] float payload(std::size_t spike) const {
        return payloads.empty() ? 1.0F : payloads[spike];
    }

    friend bool operator==(const StreamTrace&, const StreamTrace&) = default;
};

struct ReadoutTrace {
    std::uint32_t prediction = 0;
    std::vector<float> values;  // by neuron index
    bool tied = false;
    bool undecided = false;

    friend bool operator==(const ReadoutTrace&, const ReadoutTrace&) = default;
};

// A sample's model counts (core/counts.hpp); empty where the file has none (version 1).
struct SampleCounts {
    std::vector<PopulationCounts> populations;
    std::vector<ProjectionCounts> projections;

    friend bool operator==(const SampleCounts&, const SampleCounts&) = default;
};

// What is known of a sample besides its spikes.
struct SampleRecord {
    std::uint64_t number = 0;  // in the data set, not in the run
    std::optional<std::int64_t> label;
    std::vector<ReadoutTrace> readouts;
    SampleCounts counts;
    std::optional<std::uint64_t> input;  // digest of the raw input, XXH3-64 of it as float32
    // [population, bin of level_ticks]: events (a graded one is one), of every population, also
    // where its spikes are not recorded.
    std::vector<std::uint64_t> levels;
    std::optional<Digest> digest;  // stored where not every spike is (TraceHeader::whole)

    friend bool operator==(const SampleRecord&, const SampleRecord&) = default;
};

struct SampleTrace {
    std::uint64_t number = 0;  // in the data set, not in the run
    std::optional<std::int64_t> label;
    std::vector<StreamTrace> streams;  // one a population
    std::vector<ReadoutTrace> readouts;

    friend bool operator==(const SampleTrace&, const SampleTrace&) = default;
};

// What a readout's values are, as people say it: "logit", "spike count", "first spike", "membrane",
// "mean membrane".
const char* readout_text(ReadoutSpec::Kind kind, bool logit);

// What the network says of itself; the rest of the header comes from the model and the run.
TraceHeader make_trace_header(const Network& network,
                              std::string model,
                              double tick_seconds,
                              std::uint64_t seed);

// Time and processor of now; `program`: saltus --version's line.
TraceProvenance collect_provenance(std::string command_line,
                                   std::string program,
                                   std::uint32_t threads);

// The digest of one sample (docs/semantics.md#digests). Cost: one pass over its spikes.
Digest digest_of(const SampleTrace& sample);

// Collects the streams of one sample while it runs:
//   hook.begin(sample, label); worker.set_hook(&hook); outcome = worker.run(...);
//   writer.add(hook.take(outcome.result));
class TraceHook final : public Hook {
  public:
    explicit TraceHook(std::size_t populations) : populations_(populations) {}

    void begin(std::uint64_t number, std::optional<std::int64_t> label);
    void on_packet(PopulationId population, const Packet& packet) override;
    // The finished sample, which must not have failed: such a one has no trace. The hook is empty
    // after it, until the next begin().
    [[nodiscard]] SampleTrace take(const Result& result);

  private:
    std::size_t populations_;
    SampleTrace sample_;
};

}  // namespace saltus
