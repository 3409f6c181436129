// What a run of many samples adds up to: accuracy, counts, per-layer activity, time. Sums of
// integers in sample order, so the same for any number of threads (times apart).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/pipeline.hpp"

namespace saltus {

// Counts, for every neuron of every population, the spikes and the ticks at which it fired. One a
// worker; sums are of integers, so the order of adding workers does not matter.
struct NeuronActivity {
    // [population][slot]
    std::vector<std::vector<std::uint64_t>> ticks_fired;

    NeuronActivity() = default;
    explicit NeuronActivity(const Network& network);

    void add(PopulationId population, const Packet& packet) {
        for (const Slot slot : packet.slots) {
            ++ticks_fired[population][slot];
        }
    }

    void add(const NeuronActivity& other);
};

// A proportion with its Wilson score interval at 95 % (Wilson, 1927).
struct Proportion {
    double value = 0;
    double low = 0;
    double high = 0;
};

Proportion wilson(std::uint64_t hits, std::uint64_t of);

// Per sample, over the run (means).
struct SampleMeans {
    double spikes = 0;  // of populations of neurons
    double encoder_spikes = 0;
    double max_pool_spikes = 0;
    double graded_events = 0;
    double synaptic_operations = 0;  // ACs, the encoders' included
    double front_macs = 0;           // dense
    double front_macs_nonzero = 0;   // inputs of zero skipped
    double graded_macs = 0;
    double held_drive_macs = 0;
    double pool_operations = 0;
    // The same without weights of zero; the front's without inputs of zero too.
    double effective_synaptic_operations = 0;
    double effective_front_macs = 0;
    double effective_graded_macs = 0;
    double effective_held_drive_macs = 0;
    double neuron_updates = 0;
    double queue_operations = 0;
    double bytes_touched = 0;

    // Effective MACs and ACs together: the one number of operations that a headline may use.
    [[nodiscard]] double total_operations() const {
        return effective_front_macs + effective_graded_macs + effective_held_drive_macs +
               effective_synaptic_operations;
    }
};

// One front layer or population.
struct LayerActivity {
    std::string name;
    std::string kind;  // "dense", "relu", ..., "encoder", "neurons", "max_pool"
    std::uint64_t neurons = 0;
    bool spiking = false;  // an encoder of spikes, a firing population, a max pool
    double spikes_per_sample = 0;
    double synaptic_operations_per_sample = 0;  // ACs that arrive in it
    double macs_per_sample =
        0;  // front: dense MACs; populations: graded and held ones that arrive in it
    double effective_synaptic_operations_per_sample = 0;  // without weights of zero
    double effective_macs_per_sample = 0;                 // alike; front: without zero inputs too
    std::optional<double>
        activation_sparsity;              // share of zero outputs; absent where nothing is put out
    std::uint64_t silent_neurons = 0;     // never fired in the run
    std::uint64_t saturated_neurons = 0;  // fired at every tick of the run
};

// What one readout of the model said over the run.
struct ReadoutActivity {
    std::string name;
    std::string population;
    ReadoutSpec::Kind kind = ReadoutSpec::Kind::spike_count;
    bool logit = false;           // its values are logits: value / T + bias
    std::uint64_t undecided = 0;  // samples of a spike readout without any output spike
    std::uint64_t labelled = 0;
    std::uint64_t right = 0;
    std::uint64_t right_undecided = 0;   // of `right`: by the rule for ties alone
    std::optional<Proportion> accuracy;  // absent: no labels, or some that it cannot predict
    std::optional<Proportion> accuracy_decided;  // with those right_undecided counted as wrong
};

struct FailedSample {
    std::uint64_t number = 0;
    std::string text;  // one line, with names
};

struct RunReport {
    std::uint64_t samples = 0;              // without those that failed, as all that follows
    std::vector<FailedSample> failed;       // in ascending number
    std::vector<ReadoutActivity> readouts;  // in file order
    double median_seconds = 0;              // of one sample
    double p99_seconds = 0;
    SampleMeans means;
    std::vector<LayerActivity> layers;
    std::optional<double> activation_sparsity;  // pooled over all ReLU, sigmoid and spiking layers
};

// Adds samples up, in ascending sample number.
class RunStatistics {
  public:
    explicit RunStatistics(const Pipeline& pipeline);

    // Of a sample that failed only its number and error are kept.
    void add_failure(std::uint64_t number, std::string text);

    // `outcome`: with what goes through weights of zero counted (PipelineWorker::set_zero_weights);
    // a sample that failed is left out. `front`: the front's layers of this sample, by encoder.
    // Label as stored; absent: not counted.
    void add(const SampleOutcome& outcome,
             const std::vector<std::vector<FrontLayerCounts>>& front,
             std::optional<std::int64_t> label);

    [[nodiscard]] RunReport report(const NeuronActivity& activity) const;

  private:
    // Outputs and zeros among them, of the layers that sparsity is pooled over.
    struct Pooled;

    // One readout's sums.
    struct ReadoutSums {
        std::uint64_t undecided = 0;
        std::uint64_t labelled = 0;
        std::uint64_t right = 0;
        std::uint64_t right_undecided = 0;
        bool label_beyond = false;  // a label that it has no neuron for
    };

    void add_readout(ReadoutSums& sums,
                     const ReadoutResult& result,
                     std::optional<std::int64_t> label) const;
    [[nodiscard]] ReadoutActivity report_readout(std::size_t r) const;
    void report_front(RunReport& report, Pooled& pooled) const;
    void report_populations(RunReport& report,
                            const NeuronActivity& activity,
                            Pooled& pooled) const;

    const Pipeline& pipeline_;
    std::uint64_t samples_ = 0;
    std::vector<FailedSample> failed_;
    std::vector<ReadoutSums> readouts_;  // in file order
    FrontCounts front_;
    Counts counts_;
    std::vector<std::vector<FrontLayerCounts>> front_layers_;  // [encoder][layer]
    std::vector<double> seconds_;
};

}  // namespace saltus
