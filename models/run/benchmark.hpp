// How long samples of a model take: the same samples again and again, their input in memory, front,
// encoding, simulation and all counting on. Before anything is timed they run twice with the digest
// of every spike taken, which must be equal; every later repetition must give the same counts and
// readouts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/pipeline.hpp"
#include "models/run/run_statistics.hpp"
#include "models/run/workers.hpp"

namespace saltus {

struct BenchmarkOptions {
    std::vector<std::uint64_t> samples;  // numbers in the data sets, ascending, at least one
    std::vector<const DataSet*> inputs;  // one a model input, in order
    std::uint64_t seed = 0;
    unsigned threads = 1;
    unsigned repetitions = 10;          // timed ones; at least 1
    StartThread start_thread = {};      // how a thread is made (workers.hpp)
    SayShortage short_of_threads = {};  // told if there are fewer than `threads`
};

struct Spread {
    double mean = 0;
    double deviation = 0;  // of the values (n - 1); 0 of one value
    double median = 0;
    double min = 0;
    double max = 0;
};

// `values`: at least one, in any order.
Spread spread_of(std::vector<double> values);

// A part that time goes into: the front of an encoder with the scaling of its input, a population,
// or the rest (beginning, the queue, finishing). All but the time is a mean a sample.
struct BenchmarkLayer {
    std::string name;
    std::string kind;  // "front", "encoder", "neurons", "max_pool", "rest"
    std::uint64_t neurons = 0;
    double spikes = 0;
    double synaptic_operations = 0;  // ACs that arrive in it
    double macs = 0;                 // front: dense; else graded and of held drive
    double operations = 0;           // effective ones, MACs and ACs
    double seconds = 0;              // a sample, measured on one thread with its parts timed
    double share = 0;                // of that sample's seconds
};

struct BenchmarkReport {
    unsigned threads = 1;         // that there were
    std::string digest;           // of the samples' traces (docs/semantics.md#digests)
    std::vector<double> seconds;  // a sample: wall clock of each repetition / samples
    Spread spread;                // of `seconds`
    SampleMeans means;
    double synaptic_operations_per_second = 0;  // at the median
    std::vector<BenchmarkLayer> layers;
};

// Throws Error for a sample that fails or differs between two repetitions, InputError (naming the
// data) for input that cannot be read or more of it than k_most_input_bytes. `advanced`: called
// between repetitions with the number of samples run since. `stop`: polled between samples and
// within long ones; once true, nothing is returned. Memory: the samples' input, one worker a
// thread.
std::optional<BenchmarkReport> run_benchmark(const Pipeline& pipeline,
                                             const BenchmarkOptions& options,
                                             const std::function<void(std::uint64_t)>& advanced,
                                             const std::function<bool()>& stop);

inline constexpr std::uint64_t k_most_input_bytes = std::uint64_t{2} << 30;

// How many samples run_benchmark runs in all, for progress.
std::uint64_t benchmark_samples(const BenchmarkOptions& options);

}  // namespace saltus
