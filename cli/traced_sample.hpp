// A sample of a trace, with the model and data that made it: what `trace why`, `trace without` and
// `trace diff` replay.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cli/file_roles.hpp"
#include "cli/sample_inputs.hpp"
#include "models/explain/sample_replayer.hpp"
#include "models/trace/trace_choice.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::cli {

struct ReplayOptions {
    std::string model;
    SampleInputOptions input;
};

// Throws InputError if the model's populations are not those of the trace, by name and shape.
void check_model(const Network& network, const TraceHeader& header, const std::string& trace);

void add_replay_options(CLI::App& verb, ReplayOptions& options);

// The model, compiled with the trace's horizon, and its data, ready to replay samples.
class TracedRun {
  public:
    // Throws InputError if the model's populations are not those of the trace.
    TracedRun(const std::string& trace, const ReplayOptions& options);

    [[nodiscard]] const Pipeline& pipeline() const { return pipeline_; }
    [[nodiscard]] const TraceHeader& header() const { return file_.header(); }
    [[nodiscard]] SampleReplayer& replayer() { return replayer_; }

    // The number of the one sample chosen; the first of the trace if none is. Throws InputError if
    // the trace has no such sample, or several are named.
    [[nodiscard]] std::uint64_t sample_number(const TraceChoice& choice) const;

    // Replays a sample and holds its digest against the trace's. Throws InputError if the trace has
    // no such sample, or if they differ: then the model, the data or the version are others.
    ReplayedSample replay(std::uint64_t sample);

    // The digest that the trace has of a sample. Throws InputError if it has no such sample.
    [[nodiscard]] Digest traced_digest(std::uint64_t sample) const;

    // What feeds the model's first input.
    [[nodiscard]] const DataSet* data() const { return inputs_.by_input.front(); }

    // Says what was read: the trace, the model, the data.
    void reads(FileRoles& files) const;

  private:
    std::string trace_;
    std::string model_path_;
    TraceFile file_;
    LoadedModel model_;
    Pipeline pipeline_;
    SampleInputs inputs_;
    SampleReplayer replayer_;
};

}  // namespace saltus::cli
