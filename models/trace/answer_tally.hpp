// The sums that a readout's summary is made of, sample by sample. Internal to models/trace.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "models/trace/answer_course.hpp"
#include "models/trace/trace_file.hpp"
#include "models/trace/trace_summary.hpp"

namespace saltus {

class AnswerTally {
  public:
    AnswerTally(const TraceHeader& header, std::size_t readout);

    // `record` is the sample's and holds the readout. `poll` is called between pieces.
    void add(const TraceFile& file,
             std::uint64_t place,
             const SampleRecord& record,
             const std::function<void()>& poll);

    [[nodiscard]] const ReadoutSummary& summary() const { return summary_; }

  private:
    void add_outcome(const SampleRecord& record);
    void keep_if_close(const ReadoutSummary::Answer& answer);
    void add_course(const TraceFile& file,
                    std::uint64_t place,
                    const SampleRecord& record,
                    const std::function<void()>& poll);
    // Puts `step` into the points from number `point` on that lie before `until`.
    void pass(const AnswerStep& step,
              Tick until,
              const std::optional<std::int64_t>& label,
              std::size_t& point);

    std::size_t readout_;
    Tick horizon_;
    Tick point_ticks_;
    ReadoutSummary summary_;
};

}  // namespace saltus
