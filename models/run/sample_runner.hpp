// Runs many samples of one model on several threads, and hands the results on in ascending sample
// number, whichever thread made them: the output is the same for any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/pipeline.hpp"
#include "models/run/run_statistics.hpp"
#include "models/run/workers.hpp"
#include "models/trace/sample_recorder.hpp"
#include "models/trace/trace.hpp"

namespace saltus {

// Everything one sample gave. Of one that failed (outcome.result.error) there is no trace, its
// counts are 0, and NeuronActivity has none of it: it is to be named and left out of all sums.
struct FinishedSample {
    std::uint64_t number = 0;
    std::optional<std::int64_t> label;
    SampleOutcome outcome;
    std::vector<std::vector<FrontLayerCounts>> front;  // [encoder][layer]
    std::optional<RecordedSample> trace;
};

// What of a run goes to a trace.
struct TraceRecording {
    const TraceHeader* header = nullptr;  // says what is recorded; must live on. nullptr: nothing
    std::optional<std::vector<std::uint64_t>> samples = std::nullopt;  // ascending; absent: all
    // Takes chunks of the sample whose turn to be handed on it is, while that still runs: by one
    // thread at a time, never during `finished`.
    std::function<void(std::vector<PackedChunk>&)> take_chunks = {};
};

struct SampleRunnerOptions {
    std::vector<std::uint64_t> samples;  // numbers in the data sets, ascending
    std::vector<const DataSet*> inputs;  // one a model input, in order
    const DataSet* labels = nullptr;     // whose labels count; nullptr: none
    std::uint64_t seed = 0;
    unsigned threads = 1;
    TraceRecording recording = {};
    StartThread start_thread = {};      // how a thread is made (workers.hpp)
    SayShortage short_of_threads = {};  // told if there are fewer than `threads`
    bool keep_going = false;  // input that cannot be read or shown is that sample's error
};

// `finished`: called by one thread at a time, in ascending sample number; may throw Stopped where it
// asks `stop` itself. `stop`: polled between samples and within long ones, by any thread; once true,
// no new sample starts and those under way are dropped. Returns every neuron's activity over the
// samples that did not fail. Throws what the first sample that failed threw, in sample number
// (InputError, naming the data, for one that cannot be read; with `keep_going` that is the sample's
// error). Memory: a few finished samples a thread wait; chunks of a trace, 64 MiB
// (k_waiting_chunk_bytes) beside what each thread's recorder holds, however long a sample is.
// Threads that cannot be made, or that find no memory to work in, are done without: the results are
// the same.
NeuronActivity run_samples(const Pipeline& pipeline,
                           const SampleRunnerOptions& options,
                           const std::function<void(FinishedSample&&)>& finished,
                           const std::function<bool()>& stop);

}  // namespace saltus
