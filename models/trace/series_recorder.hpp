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

    // Whether any series has a row at every tick, for after_tick to give.
    [[nodiscard]] bool watches_ticks() const { return reads_out_ || !membranes_.empty(); }
    void after_tick(Tick tick, Simulator& simulator) override;
    // The values that an encoder holds from packet.tick on; a hook's on_held.
    void on_held(PopulationId encoder, const Packet& packet);

  private:
    const TraceHeader& header_;
    SampleRecorder& recorder_;
    bool reads_out_ = false;
    std::vector<PopulationId> membranes_;  // that series are of, each once
    std::vector<float> values_;
};

}  // namespace saltus
