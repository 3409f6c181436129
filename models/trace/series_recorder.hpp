// Gives a recorder the rows of the series that a trace's header asks for: membranes, readouts and
// held drive of a sample while it runs. One a thread.
#pragma once

#include <vector>

#include "models/pipeline.hpp"
#include "models/trace/sample_recorder.hpp"
#include "models/trace/trace.hpp"

namespace saltus {

class SeriesRecorder final : public TickWatch {
  public:
    // Both must live on.
    SeriesRecorder(const TraceHeader& header, SampleRecorder& recorder);

    [[nodiscard]] bool watches_ticks() const override { return watches_ticks_; }
    void after_tick(Tick tick, Simulator& simulator) override;
    void on_held(PopulationId encoder, const Packet& packet) override;

  private:
    const TraceHeader& header_;
    SampleRecorder& recorder_;
    bool watches_ticks_ = false;
    bool reads_out_ = false;
    std::vector<PopulationId> membranes_;  // that series are of, each once
    std::vector<float> values_;
};

}  // namespace saltus
