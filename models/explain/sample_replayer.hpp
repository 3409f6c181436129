// A sample of a trace run again, exactly, with everything that was sent kept: what `why` and
// `without` look at.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/digest.hpp"
#include "core/recording.hpp"
#include "models/data/data_set.hpp"
#include "models/pipeline.hpp"

namespace saltus {

struct ReplayedSample {
    std::uint64_t number = 0;  // in the data set
    Result result;
    Recording recording;
    Digest digest{};  // of the sample, as its trace has it; of a failed sample nothing is said
    std::vector<std::vector<float>> activations;  // [encoder]: what it was given, frame after frame
};

// One a thread. The pipeline and data sets must outlive it.
class SampleReplayer {
  public:
    // `inputs`: one a model input, in order. `seed`: of the run that wrote the trace.
    SampleReplayer(const Pipeline& pipeline,
                   std::vector<const DataSet*> inputs,
                   std::uint64_t seed);

    // Runs a sample with what is silenced taken out where it is fired. Throws InputError if the
    // sample does not exist. Cost: a run of the sample tick by tick.
    ReplayedSample run(std::uint64_t sample, std::span<const Silenced> silenced = {});

    [[nodiscard]] const Pipeline& pipeline() const { return pipeline_; }

  private:
    const Pipeline& pipeline_;
    std::vector<const DataSet*> inputs_;
    PipelineWorker worker_;
    RecordingHook hook_;
};

}  // namespace saltus
